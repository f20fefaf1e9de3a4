"""Time that does not pass evenly becomes a Gap."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from checks.clock import SystemClock
from incidents.signals import Gap
from monitor.timekeeping import AnchoredClock, keep_time
from tests.clock import START, FakeClock
from tests.monitor.meters import RecordingMeter


class Scene:
    def __init__(self) -> None:
        self.clock = FakeClock()
        self.meter = RecordingMeter()
        self.gaps: list[Gap] = []

    async def keep(self, gap: Gap) -> None:
        self.gaps.append(gap)


@asynccontextmanager
async def keeping() -> AsyncIterator[Scene]:
    scene = Scene()
    task = asyncio.create_task(keep_time(scene.clock, scene.keep, scene.meter))
    yield scene
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)


async def test_time_that_passes_evenly_is_no_gap():
    async with keeping() as scene:
        scene.clock.step(seconds(0.9))
        await scene.clock.advance(timedelta(hours=1))
        assert scene.gaps == []


async def test_a_clock_set_ahead_is_taken_over_and_leaves_a_gap():
    async with keeping() as scene:
        await scene.clock.advance(seconds(10))
        scene.clock.step(timedelta(hours=2))
        await scene.clock.advance(seconds(10))
        at = START + seconds(11) + timedelta(hours=2)
        assert scene.gaps == [Gap(at=at, from_at=START + seconds(10))]
        assert scene.clock.now() == START + seconds(20) + timedelta(hours=2)
        assert scene.meter.counts == {"upfront_gaps_total": 1}


async def test_a_clock_set_back_is_taken_over_and_names_no_span():
    async with keeping() as scene:
        await scene.clock.advance(seconds(10))
        scene.clock.step(-timedelta(hours=2))
        await scene.clock.advance(seconds(1))
        at = START + seconds(11) - timedelta(hours=2)
        assert scene.gaps == [Gap(at=at, from_at=at)]


async def test_a_stop_of_the_process_leaves_a_gap():
    async with keeping() as scene:
        await scene.clock.advance(seconds(10))
        await scene.clock.stall(seconds(60))
        assert scene.gaps == [Gap(at=START + seconds(70), from_at=START + seconds(10))]
        await scene.clock.advance(seconds(60))
        assert len(scene.gaps) == 1


async def test_a_short_delay_is_no_gap():
    async with keeping() as scene:
        await scene.clock.stall(seconds(5))
        assert scene.gaps == []


def test_the_systems_clock_can_be_kept():
    clock: AnchoredClock = SystemClock()
    assert abs(clock.drift()) < seconds(1)
