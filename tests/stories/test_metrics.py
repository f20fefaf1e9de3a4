"""The real service and a program that sends it numbers: limits, a kill, and silence."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from monitor.config.load import load
from monitor.secrets import instance_keys
from monitor.values import metric_url
from tests.imported import imported
from tests.service import Service, service
from tests.stories.watching import FAILING, HEALTHY, UNKNOWN, comes, incidents, is_judged, verdict

CONFIG = """
version: 1
server: {public: "127.0.0.1:{public}", internal: "127.0.0.1:{internal}"}
storage: sqlite:upfront.db
components:
  shop:
    checks:
      orders:
        metric: {every: 1h}
        expect: {value: {below: 1000}}
        confirm: {fail: 2/2, recover: 1/1}
  queue:
    checks:
      depth: {metric: {every: 1s, grace: 1s}}
"""


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Service]:
    async with service(tmp_path, CONFIG, imported) as made:
        await made.start()
        yield made


async def send(running: Service, check: str, body: str) -> tuple[int, str]:
    config = load(running.config, environ={}).config
    assert config is not None
    keys = instance_keys(None, running.config.with_name("upfront.db"))
    url = metric_url(config.checks[check], running.url, keys)
    async with aiohttp.ClientSession() as client, client.post(url, data=body) as answer:
        return answer.status, await answer.text()


async def test_numbers_that_were_answered_survive_a_kill(running):
    await is_judged(running, "shop/orders", UNKNOWN)
    assert await send(running, "shop/orders", "1200") == (200, "OK\n")
    await running.kill()
    await running.start()
    await is_judged(running, "shop/orders", HEALTHY)
    assert await send(running, "shop/orders", '{"value": 1300}') == (200, "OK\n")
    await is_judged(running, "shop/orders", FAILING)


async def test_a_broken_limit_is_an_incident_until_it_holds_again(running):
    assert await send(running, "shop/orders", "1200") == (200, "OK\n")
    assert await send(running, "shop/orders", "1300") == (200, "OK\n")

    async def is_down() -> bool:
        return bool(await incidents(running))

    await comes(is_down)
    assert await send(running, "shop/orders", "999") == (200, "OK\n")
    await is_judged(running, "shop/orders", HEALTHY)

    async def is_watched() -> bool:
        return (await incidents(running))[0]["status"] == "monitoring"

    await comes(is_watched)


async def test_a_program_that_falls_silent_is_noticed(running):
    assert await send(running, "queue/depth", "5") == (200, "OK\n")
    await is_judged(running, "queue/depth", FAILING)
    assert await send(running, "queue/depth", "5") == (200, "OK\n")
    await is_judged(running, "queue/depth", HEALTHY)


async def test_what_is_no_number_is_answered_and_forgotten(running):
    status, words = await send(running, "shop/orders", "many")
    assert (status, words) == (400, '"many" is no number\n')
    assert await verdict(running, "shop/orders") == UNKNOWN


async def test_numbers_are_not_taken_while_the_disk_is_full(running):
    running.limit_files_to(8192)
    assert (await send(running, "shop/orders", "5"))[0] == 503
    running.limit_files_to(None)

    async def is_taken() -> bool:
        return (await send(running, "shop/orders", "5"))[0] == 200

    await comes(is_taken)


async def test_a_number_is_asked_of_a_prometheus(tmp_path):
    number = 12.0

    async def query(_: web.Request) -> web.Response:
        result = [{"metric": {}, "value": [0, str(number)]}]
        data = {"resultType": "vector", "result": result}
        return web.json_response({"status": "success", "data": data})

    app = web.Application()
    app.router.add_post("/api/v1/query", query)
    async with TestServer(app) as server:
        config = (
            CONFIG
            + f"""\
  load:
    checks:
      busy:
        prometheus: {{url: "{server.make_url("")}", query: up}}
        interval: 1s
        timeout: 1s
        expect: {{value: {{below: 100}}}}
        confirm: {{fail: 2/2, recover: 2/2}}
"""
        )
        async with service(tmp_path, config, imported) as running:
            await running.start()
            await is_judged(running, "load/busy", HEALTHY)
            number = 200.0
            await is_judged(running, "load/busy", FAILING)
