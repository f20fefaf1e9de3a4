"""The demo's witness waits for what happens, and says what did not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest
from aiohttp import web

from checks.clock import SystemClock
from checks.model import Outcome, Result
from incidents.events import Published, Recorded
from incidents.signals import Positioned, Tick
from monitor.demo.witness import Missed, Witness

NOW = datetime(2026, 11, 21, 14, tzinfo=UTC)


class Kept:
    """Signals in memory."""

    def __init__(self) -> None:
        self.signals: list[Positioned] = []

    def add(self, check: str, outcome: Outcome) -> None:
        at = NOW + timedelta(seconds=len(self.signals))
        result = Result(check, "local", at, at, outcome)
        self.signals.append(Positioned(len(self.signals) + 1, result))

    async def last_position(self) -> int:
        return len(self.signals)

    async def since(self, position: int) -> AsyncIterator[Positioned]:
        for signal in self.signals[position:]:
            yield signal


def witness(kept: Kept, client: object = None, within_seconds: float = 0.2) -> Witness:
    return Witness(kept, client, "http://127.0.0.1:1", SystemClock(), within_seconds)  # type: ignore[arg-type]


def event(position: int) -> Recorded:
    return Recorded(position, "incident:x", position, NOW, "machine", Published())


async def test_trouble_is_looked_for_after_the_mark_and_recovery_after_the_trouble():
    kept = Kept()
    kept.add("a/x", Outcome.FAIL)
    found = witness(kept)
    await found.mark()
    kept.add("a/x", Outcome.PASS)
    kept.add("b/x", Outcome.FAIL)
    kept.signals.append(Positioned(4, Tick("a/x", NOW)))
    kept.add("a/x", Outcome.SLOW)
    kept.add("a/x", Outcome.PASS)
    assert (await found.trouble("a/x")).outcome is Outcome.SLOW
    assert (await found.passing("a/x")).at == NOW + timedelta(seconds=5)


async def test_all_checks_have_answered_once_each_has():
    kept = Kept()
    for check in ("a/x", "a/x", "b/x"):
        kept.add(check, Outcome.PASS)
    await witness(kept).all_answered(2)
    with pytest.raises(Missed, match="each check"):
        await witness(kept).all_answered(3)


async def test_an_event_is_found_whether_it_was_written_before_or_is_yet_to_come():
    found = witness(Kept(), within_seconds=10)
    found.follow([event(1)])
    async with asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(found.recorded(lambda one: one.position == 2, "two"))
        await asyncio.sleep(0)
        found.follow([event(2)])
    assert waiting.result() == event(2)
    assert await found.recorded(lambda one: one.position == 1, "one") == event(1)


async def test_what_does_not_come_is_named():
    found = witness(Kept())
    with pytest.raises(Missed, match="the incident"):
        await found.recorded(lambda _: True, "the incident")
    with pytest.raises(Missed, match="a/x that does not pass"):
        await found.trouble("a/x")


async def test_the_page_is_read_as_people_read_it(aiohttp_server):
    async def answer(_: web.Request) -> web.Response:
        return web.Response(text="It&#39;s slow", content_type="text/html")

    app = web.Application()
    app.router.add_get("/", answer)
    server = await aiohttp_server(app)
    async with aiohttp.ClientSession() as client:
        page = str(server.make_url("/")).rstrip("/")
        found = Witness(Kept(), client, page, SystemClock(), 0.2)  # type: ignore[arg-type]
        assert await found.page_says("It's slow") <= datetime.now(UTC)
        with pytest.raises(Missed, match="down"):
            await found.page_says("down")
