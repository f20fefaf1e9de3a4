"""The real service goes by its file as it changes, and never goes down over it."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.imported import imported
from tests.service import Service, Target, service, target

CONFIG = """
version: 1
page: {name: Acme, url: "http://127.0.0.1:{public}"}
server: {public: "127.0.0.1:{public}", internal: "127.0.0.1:{internal}"}
storage: sqlite:upfront.db
defaults: {interval: 1s, timeout: 1s, confirm: {fail: 2/2, recover: 2/2}}
components:
  shop:
    name: Shop
    checks: {web: {http: "TARGET"}}
"""
WITHIN_SECONDS = 30.0


@pytest.fixture
async def shop() -> AsyncIterator[Target]:
    async with target() as made:
        yield made


@pytest.fixture
async def running(tmp_path: Path, shop: Target) -> AsyncIterator[Service]:
    async with service(tmp_path, CONFIG.replace("TARGET", shop.url), imported) as made:
        await made.start()
        yield made


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(WITHIN_SECONDS):
        while not await holds():  # noqa: ASYNC110 - a process is waited for
            await asyncio.sleep(0.05)


async def runs(found: Service) -> dict[str, Any]:
    """What the socket tells."""
    connector = aiohttp.UnixConnector(str(found.config.with_name("upfront.sock")))
    async with (
        aiohttp.ClientSession(connector=connector) as client,
        client.get("http://upfront/v1/running") as answer,
    ):
        told: dict[str, Any] = await answer.json()
        return told


async def outcome(found: Service) -> str:
    last = (await runs(found))["reload"]
    return last["result"] if last else ""


async def component(found: Service) -> dict[str, str]:
    """What the API tells of it; nothing while nothing is known."""
    told = json.loads(await found.get("/api/v2/components.json")).get("components")
    return {key: told[0][key] for key in ("id", "name", "status")} if told else {}


def rewrite(found: Service, old: str, new: str) -> None:
    """Replace the file in one step, as editors and deployments do."""
    text = found.config.read_text()
    assert old in text
    draft = found.config.with_suffix(".new")
    draft.write_text(text.replace(old, new))
    draft.rename(found.config)


async def metric(found: Service) -> str:
    _, text = await found.ask("/metrics", internal=True)
    return next(x for x in text.splitlines() if x.startswith("upfront_config_reload_success "))


async def test_a_moved_component_keeps_its_incident_and_its_id(
    running: Service, shop: Target
) -> None:
    shop.fail()

    async def down() -> bool:
        return (await component(running)).get("status") == "major_outage"

    await until(down)
    before = await component(running)
    rewrite(running, "shop:\n    name: Shop", "till:\n    name: Till\n    aliases: [shop]")

    async def renamed() -> bool:
        return (await component(running)).get("name") == "Till"

    await until(renamed)
    assert await component(running) == {**before, "name": "Till"}
    [incident] = json.loads(await running.get("/api/v2/incidents/unresolved.json"))["incidents"]
    shop.recover()

    async def monitored() -> bool:
        found = json.loads(await running.get("/api/v2/incidents/unresolved.json"))["incidents"]
        return [one["status"] for one in found if one["id"] == incident["id"]] == ["monitoring"]

    await until(monitored)


async def test_a_wrong_file_is_refused_loudly_and_the_service_goes_on(
    running: Service, shop: Target
) -> None:
    rewrite(running, "checks:", "chekcs:")

    async def refused() -> bool:
        return await outcome(running) == "refused"

    await until(refused)
    assert await metric(running) == "upfront_config_reload_success 0.0"
    assert 'did you mean "checks"?' in running.printed()
    asked = shop.requests

    async def goes_on() -> bool:
        return shop.requests > asked + 1

    await until(goes_on)
    rewrite(running, "chekcs:", "checks:")

    async def mended() -> bool:
        return await metric(running) == "upfront_config_reload_success 1.0"

    await until(mended)


async def test_a_hangup_reads_the_file_again_and_nothing_is_lost(running: Service) -> None:
    since = (await runs(running))["since_at"]
    running.signal(signal.SIGHUP)

    async def looked() -> bool:
        return await outcome(running) == "unchanged"

    await until(looked)
    assert (await runs(running))["since_at"] == since


async def test_a_post_with_the_token_answers_what_the_next_start_will_change(
    running: Service,
) -> None:
    token = running.config.with_name("control_token").read_text().strip()
    url = f"http://127.0.0.1:{running.internal}/api/v1/reload"
    rewrite(running, "storage: sqlite:upfront.db", "storage: sqlite:other.db")
    async with aiohttp.ClientSession() as client:
        async with client.post(url) as answer:
            assert answer.status == 401
        async with client.post(url, headers={"Authorization": f"Bearer {token}"}) as answer:
            told = await answer.json()
    assert told["at_next_start"] == ["storage"]
    assert not running.config.with_name("other.db").exists()


async def test_the_socket_is_gone_with_the_service_and_comes_back_after_a_kill(
    running: Service,
) -> None:
    place = running.config.with_name("upfront.sock")
    await running.kill()
    assert place.exists()
    await running.start()
    assert (await runs(running))["checks"].keys() == {"shop/web"}
    assert await running.stop() == 0
    assert not place.exists()
