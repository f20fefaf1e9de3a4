"""The real service and a job that reports to it: through a kill, a silence and a failure."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from checks.model import Check
from monitor.config.load import load
from monitor.heartbeats import heartbeat_url
from monitor.secrets import instance_keys
from tests.imported import imported
from tests.service import Service, service
from tests.stories.watching import FAILING, HEALTHY, UNKNOWN, comes, incidents, is_judged

CONFIG = """
version: 1
server: {public: "127.0.0.1:{public}", internal: "127.0.0.1:{internal}"}
storage: sqlite:upfront.db
components:
  payments:
    checks:
      settlement: {heartbeat: {every: 1h}}
  export:
    checks:
      quick: {heartbeat: {every: 2s, grace: 2s}}
  upfront:
    checks:
      alive: {heartbeat: {every: 1s, grace: 30s, own: true}}
"""


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Service]:
    async with service(tmp_path, CONFIG, imported) as made:
        await made.start()
        yield made


def checks(running: Service) -> dict[str, Check]:
    config = load(running.config, environ={}).config
    assert config is not None
    return dict(config.checks)


async def report(running: Service, check: str, word: str = "", body: bytes = b"") -> int:
    keys = instance_keys(None, running.config.with_name("upfront.db"))
    url = heartbeat_url(checks(running)[check], running.url, keys)
    async with (
        aiohttp.ClientSession() as client,
        client.post(f"{url}/{word}" if word else url, data=body) as answer,
    ):
        return answer.status


async def test_a_beat_that_was_answered_survives_a_kill(running):
    await is_judged(running, "payments/settlement", UNKNOWN)
    assert await report(running, "payments/settlement") == 200
    await running.kill()
    await running.start()
    await is_judged(running, "payments/settlement", HEALTHY)
    await is_judged(running, "export/quick", UNKNOWN)


async def test_a_beat_missed_while_we_were_away_is_no_alarm_and_one_missed_later_is(running):
    assert await report(running, "export/quick") == 200
    await running.kill()
    await asyncio.sleep(4.5)  # past the time at which it is missed
    await running.start()
    await is_judged(running, "export/quick", HEALTHY)
    assert await report(running, "export/quick") == 200
    assert await incidents(running) == []

    async def is_down() -> bool:
        return bool(await incidents(running))

    await comes(is_down)
    await is_judged(running, "export/quick", FAILING)
    [incident] = await incidents(running)
    assert incident["status"] == "investigating"
    assert await report(running, "export/quick", "0") == 200
    await is_judged(running, "export/quick", HEALTHY)


async def test_a_failure_is_told_at_once(running):
    assert await report(running, "payments/settlement", "1", b"no space left\n") == 200
    await is_judged(running, "payments/settlement", FAILING)


async def test_we_report_to_ourselves(running):
    await is_judged(running, "upfront/alive", HEALTHY)


async def test_what_waits_for_its_first_beat_keeps_nobody_from_being_ready(running):
    assert (await running.ask("/readyz", internal=True))[0] == 200


async def test_a_beat_is_not_taken_while_the_disk_is_full(running):
    running.limit_files_to(8192)
    assert await report(running, "payments/settlement") == 503
    running.limit_files_to(None)

    async def is_taken() -> bool:
        return await report(running, "payments/settlement") == 200

    await comes(is_taken)
