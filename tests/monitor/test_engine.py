"""The scheduler at work: on time, resuming after a stop, and never held up by one location."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import pytest

from checks.model import Check, ProbeRequest
from incidents.signals import Recheck
from monitor.engine import FINE_GRAIN, GRAIN, TOGETHER, Engine
from tests.clock import START, FakeClock
from tests.monitor.meters import RecordingMeter
from tests.monitor.samples import sample_check


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)


class Handed:
    """The seam to the agents: keeps what it is handed; a blocked location takes nothing."""

    def __init__(self, clock: FakeClock) -> None:
        self.requests: list[ProbeRequest] = []
        self.blocked: dict[str, asyncio.Event] = {}
        self._clock = clock
        self.lags: list[timedelta] = []

    async def request(self, request: ProbeRequest) -> None:
        if gate := self.blocked.get(request.location):
            await gate.wait()
        self.requests.append(request)
        self.lags.append(self._clock.now() - request.due_at)

    def backlog(self) -> int:
        return 0

    def count(self, location: str = "here") -> int:
        return sum(request.location == location for request in self.requests)


class Scene:
    """An engine with a fake clock at one end and a seam at the other."""

    def __init__(self, *checks: Check) -> None:
        self.clock = FakeClock()
        self.handed = Handed(self.clock)
        self.meter = RecordingMeter()
        self.engine = Engine(self.handed, self.clock, self.meter)  # type: ignore[arg-type]
        self.engine.replace(checks)


@asynccontextmanager
async def running(*checks: Check) -> AsyncIterator[Scene]:
    scene = Scene(*checks)
    task = asyncio.create_task(scene.engine.run())
    yield scene
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_every_check_is_handed_over_once_per_interval_and_within_a_grain():
    checks = [sample_check(f"shop/c{n}", interval=seconds(10)) for n in range(50)]
    async with running(*checks) as scene:
        await scene.clock.advance(seconds(20))
        scene.handed.requests.clear()
        scene.handed.lags.clear()
        await scene.clock.advance(seconds(60))
        assert Counter(r.check for r in scene.handed.requests) == {c.id: 6 for c in checks}
        assert max(scene.handed.lags) <= GRAIN
        assert max(scene.meter.observed["upfront_scheduler_lag_seconds"]) <= GRAIN.total_seconds()
        assert not scene.meter.counts


async def turns(scene: Scene, span: timedelta) -> Counter[datetime]:
    """When something was handed over in a span, and how much."""
    scene.handed.requests.clear()
    scene.handed.lags.clear()
    await scene.clock.advance(span)
    return Counter(
        request.due_at + lag
        for request, lag in zip(scene.handed.requests, scene.handed.lags, strict=True)
    )


async def test_what_falls_due_together_is_handed_over_in_one_go():
    checks = [sample_check(f"shop/c{n}", interval=seconds(1)) for n in range(2000)]
    async with running(*checks) as scene:
        assert len(await turns(scene, seconds(5))) <= 5 / FINE_GRAIN.total_seconds() + 1


async def test_a_few_that_fall_due_one_after_another_wait_for_each_other():
    checks = [sample_check(f"shop/c{n}", interval=seconds(20)) for n in range(1000)]
    async with running(*checks) as scene:
        await scene.clock.advance(seconds(5))
        found = await turns(scene, seconds(20))
        assert 3 < found.total() / len(found) < 2 * TOGETHER


async def test_a_check_that_falls_due_alone_waits_for_no_other():
    async with running(sample_check(interval=seconds(10))) as scene:
        await scene.clock.advance(seconds(20))
        assert len(await turns(scene, seconds(60))) == 6
        assert max(scene.handed.lags) == seconds(0)


async def test_an_engine_without_checks_waits_for_the_first():
    async with running() as scene:
        await scene.clock.advance(seconds(10))
        scene.engine.replace([sample_check()])
        await scene.clock.advance(seconds(1))
        assert scene.handed.count() == 1


async def test_a_new_check_does_not_wait_for_a_sleeping_engine():
    async with running(sample_check(interval=timedelta(hours=1))) as scene:
        await scene.clock.advance(seconds(1))
        scene.engine.replace([sample_check(interval=timedelta(hours=1)), sample_check("shop/new")])
        await scene.clock.advance(seconds(1))
        assert [r.check for r in scene.handed.requests] == ["shop/front", "shop/new"]


async def test_a_recheck_is_handed_over_when_it_is_wished_for():
    async with running(sample_check(interval=timedelta(hours=1))) as scene:
        await scene.clock.advance(seconds(1))
        scene.engine.expedite(Recheck("shop/front", START + seconds(3), timeout=seconds(2)))
        await scene.clock.advance(seconds(5))
        assert [(r.due_at, r.timeout, r.recheck) for r in scene.handed.requests[1:]] == [
            (START + seconds(3), seconds(2), True)
        ]


@pytest.mark.parametrize(
    ("named", "expected"), [((), {"a", "b"}), (("b",), {"b"}), (("gone",), set())]
)
async def test_a_recheck_comes_from_the_locations_named_or_from_all(
    named: tuple[str, ...], expected: set[str]
):
    check = sample_check(interval=timedelta(hours=1), locations=("a", "b"))
    async with running(check) as scene:
        await scene.clock.advance(seconds(1))
        scene.engine.expedite(Recheck("shop/front", START + seconds(2), named))
        await scene.clock.advance(seconds(5))
        assert {r.location for r in scene.handed.requests if r.recheck} == expected


async def test_a_location_that_takes_nothing_holds_up_no_other():
    async with running(sample_check(interval=seconds(10), locations=("stuck", "free"))) as scene:
        scene.handed.blocked["stuck"] = asyncio.Event()
        await scene.clock.advance(seconds(100))
        assert scene.handed.count("stuck") == 0
        assert scene.handed.count("free") >= 10


async def test_after_back_pressure_a_check_is_handed_over_once_and_the_rest_is_counted():
    checks = [sample_check(f"shop/c{n}", interval=seconds(10)) for n in range(20)]
    async with running(*checks) as scene:
        await scene.clock.advance(seconds(30))
        scene.handed.requests.clear()
        gate = scene.handed.blocked["here"] = asyncio.Event()
        await scene.clock.advance(seconds(100))
        del scene.handed.blocked["here"]
        gate.set()
        await scene.clock.advance(2 * GRAIN)
        assert max(Counter(r.check for r in scene.handed.requests).values()) <= 2
        assert scene.meter.counts["upfront_scheduler_skipped_total"] >= 20 * 8
        scene.handed.requests.clear()
        await scene.clock.advance(seconds(10))
        assert {r.check for r in scene.handed.requests} == {c.id for c in checks}


async def test_a_stop_of_the_process_brings_no_burst_of_what_was_missed():
    checks = [sample_check(f"shop/c{n}", interval=seconds(10)) for n in range(1000)]
    async with running(*checks) as scene:
        await scene.clock.advance(seconds(30))
        scene.handed.requests.clear()
        await scene.clock.stall(timedelta(hours=1))
        assert len(scene.handed.requests) < 20
        await scene.clock.advance(seconds(2.1))
        assert Counter(r.check for r in scene.handed.requests) == {c.id: 1 for c in checks}
        assert scene.meter.counts["upfront_scheduler_skipped_total"] >= 1000 * 359


@pytest.mark.parametrize("step", [timedelta(hours=5), -timedelta(hours=5)], ids=["ahead", "back"])
async def test_a_step_of_the_clock_that_is_taken_over_interrupts_nothing(step: timedelta):
    checks = [sample_check(f"shop/c{n}", interval=seconds(10)) for n in range(20)]
    async with running(*checks) as scene:
        await scene.clock.advance(seconds(30))
        scene.handed.requests.clear()
        scene.clock.step(step)
        scene.clock.reanchor()
        await scene.clock.advance(seconds(40))
        counted = Counter(r.check for r in scene.handed.requests)
        assert set(counted) == {check.id for check in checks}
        assert set(counted.values()) <= {4, 5}


async def test_a_clock_set_back_during_back_pressure_is_noticed_all_the_same():
    async with running(sample_check(interval=seconds(10))) as scene:
        gate = scene.handed.blocked["here"] = asyncio.Event()
        await scene.clock.advance(seconds(10))
        scene.clock.step(-timedelta(hours=5))
        scene.clock.reanchor()
        del scene.handed.blocked["here"]
        gate.set()
        await scene.clock.advance(seconds(60))
        assert scene.handed.count() >= 6


async def test_a_removed_check_and_its_location_are_not_asked_again():
    async with running(
        sample_check(interval=seconds(5), locations=("a",)),
        sample_check("shop/other", interval=seconds(5), locations=("b",)),
    ) as scene:
        await scene.clock.advance(seconds(20))
        scene.engine.replace([sample_check(interval=seconds(5), locations=("a",))])
        scene.handed.requests.clear()
        await scene.clock.advance(seconds(20))
        assert {r.check for r in scene.handed.requests} == {"shop/front"}
