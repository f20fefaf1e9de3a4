"""Addresses of heartbeats, who may report how often, and the beats that we send ourselves."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from checks.kinds.heartbeat import KIND, HeartbeatOptions
from checks.model import Check
from incidents.signals import Beat
from monitor.heartbeats import A_MINUTE, Heartbeats, heartbeat_url
from monitor.pulse import Pulse, loopback
from statuspage.ports import BeatAnswer
from tests.clock import FakeClock
from tests.monitor.samples import SAMPLE

KEYS = (b"an older instance key", b"the instance key")
HOUR = timedelta(hours=1)
TAKEN, UNKNOWN, TOO_OFTEN = BeatAnswer.TAKEN, BeatAnswer.UNKNOWN, BeatAnswer.TOO_OFTEN


def heartbeat(id: str = "payments/settlement", aliases: tuple[str, ...] = (), **options) -> Check:
    kind = HeartbeatOptions(**{"every": HOUR, **options})
    return Check(id, id, KIND, kind, HOUR, HOUR, (), aliases=aliases)


def token(check: Check, *keys: bytes) -> str:
    address = heartbeat_url(check, "https://status.example/", keys or KEYS)
    start, _, found = address.rpartition("/")
    assert start == "https://status.example/beat"
    return found


@dataclass
class Desk:
    """Heartbeats that remember what was heard."""

    heard: list[Beat] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.beats = Heartbeats(KEYS, self._hear, FakeClock())

    async def _hear(self, beat: Beat) -> None:
        self.heard.append(beat)


@pytest.fixture
def desk() -> Desk:
    return Desk()


async def test_a_beat_is_heard_of_the_check_whose_address_it_came_to(desk):
    checks = [heartbeat(), heartbeat("shop/backup")]
    desk.beats.replace(checks)
    assert await desk.beats.beat(token(checks[1]), "3", "full") is TAKEN
    [beat] = desk.heard
    assert (beat.check, beat.word, beat.body) == ("shop/backup", "3", "full")


async def test_nobody_guesses_an_address(desk):
    check = heartbeat()
    desk.beats.replace([check])
    right = token(check)
    assert len(right) == 24
    for wrong in ("", right[:-1], right + "A", right.swapcase(), check.id, "\udcff", "é"):
        assert await desk.beats.beat(wrong, "", "") is UNKNOWN
    assert desk.heard == []


async def test_words_that_mean_nothing_are_not_heard(desk):
    desk.beats.replace([heartbeat()])
    assert await desk.beats.beat(token(heartbeat()), "256", "") is UNKNOWN
    assert desk.heard == []


async def test_a_rotated_address_is_another_one_and_the_one_before_is_void(desk):
    desk.beats.replace([heartbeat(rotate=2)])
    assert await desk.beats.beat(token(heartbeat()), "", "") is UNKNOWN
    assert await desk.beats.beat(token(heartbeat(rotate=2)), "", "") is TAKEN


async def test_addresses_of_an_older_key_and_of_an_earlier_id_are_still_answered(desk):
    moved = heartbeat("pay/settlement", aliases=("payments/settlement",))
    desk.beats.replace([moved])
    for known in (token(moved), token(moved, KEYS[0]), token(heartbeat())):
        assert await desk.beats.beat(known, "", "") is TAKEN
    assert {beat.check for beat in desk.heard} == {"pay/settlement"}


async def test_a_check_that_is_gone_or_probed_has_no_address(desk):
    desk.beats.replace([heartbeat()])
    desk.beats.replace([replace(heartbeat(), kind=SAMPLE)])
    assert await desk.beats.beat(token(heartbeat()), "", "") is UNKNOWN


async def test_nobody_reports_without_measure_and_others_are_not_held_up(desk):
    checks = [heartbeat(), heartbeat("shop/backup")]
    desk.beats.replace(checks)
    answers = [await desk.beats.beat(token(checks[0]), "", "") for _ in range(A_MINUTE + 5)]
    assert answers[:A_MINUTE] == [TAKEN] * A_MINUTE
    assert answers[-1] is TOO_OFTEN
    assert await desk.beats.beat(token(checks[1]), "", "") is TAKEN


# Our own ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("listening", "reached"),
    [
        ("127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("0.0.0.0:80", "http://127.0.0.1:80"),
        ("[::]:8080", "http://[::1]:8080"),
        ("status.internal:8080", "http://status.internal:8080"),
    ],
)
def test_we_reach_ourselves_where_we_listen(listening, reached):
    assert loopback(listening) == reached


async def test_our_own_beats_are_sent_at_once_and_then_in_time():
    seen: asyncio.Queue[str] = asyncio.Queue()
    statuses = iter((200, 503, 200))

    async def answer(request: web.Request) -> web.Response:
        seen.put_nowait(request.path)
        return web.Response(status=next(statuses))

    app = web.Application()
    app.router.add_post("/{check:.*}", answer)
    clock = FakeClock()
    async with TestServer(app) as server:
        pulse = Pulse(lambda check: str(server.make_url(f"/{check.id}")), clock)
        pulse.replace([heartbeat(), heartbeat("web/alive", every=timedelta(seconds=40), own=True)])
        running = asyncio.create_task(pulse.run())
        for _ in range(3):
            async with asyncio.timeout(10):
                assert await seen.get() == "/web/alive"
            await clock.advance(timedelta(seconds=40))
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
