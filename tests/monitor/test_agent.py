"""Agents: bounded, fair between hosts, clean at the end, never brought down by one probe."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from checks.model import Check, Outcome, ProbeRequest, Result
from monitor.agent import Agent
from monitor.transport.local import LocalTransport
from tests.clock import START, FakeClock, settle
from tests.monitor.meters import RecordingMeter
from tests.monitor.samples import sample_check


class ScriptedProbe:
    """A probe whose duration is its host's; it keeps who ran and how many at once."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self.takes: dict[str, timedelta] = {}
        self.breaks: set[str] = set()
        self.running: Counter[str] = Counter()
        self.peak: Counter[str] = Counter()
        self.cancelled: list[str] = []

    async def __call__(self, check: Check, request: ProbeRequest) -> Result:
        host = check.options.host
        if host in self.breaks:
            raise RuntimeError("a bug in a kind")
        for name in (host, "all"):
            self.running[name] += 1
            self.peak[name] = max(self.peak[name], self.running[name])
        at = self._clock.now()
        try:
            await self._clock.sleep(self.takes.get(host, timedelta(0)))
        except asyncio.CancelledError:
            self.cancelled.append(check.id)
            raise
        finally:
            self.running.subtract((host, "all"))
        return Result(check.id, request.location, at, self._clock.now(), Outcome.PASS, 0.1)


class Scene:
    """An agent between a local transport and a scripted probe."""

    def __init__(self, checks: Sequence[Check], locations: Sequence[str]) -> None:
        self.clock = FakeClock()
        self.checks = {check.id: check for check in checks}
        self.transport = LocalTransport()
        self.probe = ScriptedProbe(self.clock)
        self.meter = RecordingMeter()
        self.agent = Agent(
            locations,
            self.checks.get,
            self.transport,
            self.probe,
            self.clock,
            self.meter,
            at_once=20,
            per_host=4,
        )

    async def ask(self, location: str = "here") -> None:
        """Request every check once, as fast as the agent takes it."""
        for check in tuple(self.checks):
            await self.transport.request(ProbeRequest(check, location, START, timedelta(seconds=5)))
        await settle()

    async def answered(self) -> list[str]:
        return sorted(result.check for result in await self.transport.results())


@asynccontextmanager
async def probing(*checks: Check, locations: Sequence[str] = ("here",)) -> AsyncIterator[Scene]:
    scene = Scene(checks, locations)
    task = asyncio.create_task(scene.agent.run())
    yield scene
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def on_hosts(count: int, host: str) -> list[Check]:
    return [sample_check(f"{host}/c{n}", host=host.replace("*", str(n))) for n in range(count)]


async def test_every_request_is_answered_once():
    async with probing(*on_hosts(10, "h*")) as scene:
        await scene.ask()
        assert await scene.answered() == sorted(scene.checks)
        assert len(scene.meter.observed["upfront_probe_duration_seconds"]) == 10


async def test_no_more_probes_run_at_once_than_allowed():
    async with probing(*on_hosts(100, "h*")) as scene:
        scene.probe.takes = {f"h{n}": timedelta(seconds=1) for n in range(100)}
        await scene.ask()
        await scene.clock.advance(timedelta(seconds=4.5))
        assert scene.probe.peak["all"] == 20
        assert scene.transport.backlog() == 0
        await scene.clock.advance(timedelta(seconds=1))
        assert len(await scene.answered()) == 100


async def test_a_slow_host_has_its_own_bound_and_starves_nobody():
    async with probing(*on_hosts(60, "slow"), *on_hosts(10, "fast*")) as scene:
        scene.probe.takes = {"slow": timedelta(seconds=5)}
        await scene.ask()
        assert await scene.answered() == sorted(f"fast*/c{n}" for n in range(10))
        assert scene.probe.running["slow"] == 4
        assert scene.agent.backlog() == 56
        await scene.clock.advance(timedelta(seconds=75))
        assert len(await scene.answered()) == 60
        assert scene.probe.peak["slow"] == 4
        assert scene.agent.backlog() == 0


async def test_addresses_of_one_host_share_its_bound():
    urls = [f"https://slow.example/{n}" for n in range(10)]
    async with probing(*(sample_check(f"slow/c{n}", host=u) for n, u in enumerate(urls))) as scene:
        scene.probe.takes = dict.fromkeys(urls, timedelta(seconds=1))
        await scene.ask()
        assert scene.probe.running["all"] == 4


async def test_a_check_waits_for_a_busy_host_only_once():
    async with probing(*on_hosts(10, "slow")) as scene:
        scene.probe.takes = {"slow": timedelta(seconds=5)}
        for _ in range(3):
            await scene.ask()
        assert scene.agent.backlog() <= 10
        await scene.clock.advance(timedelta(seconds=30))
        assert set(Counter(await scene.answered()).values()) <= {1, 2}


async def test_several_locations_are_served_side_by_side():
    async with probing(*on_hosts(3, "h*"), locations=("a", "b")) as scene:
        await scene.ask("a")
        await scene.ask("b")
        results = await scene.transport.results()
        assert Counter(r.location for r in results) == {"a": 3, "b": 3}


async def test_a_check_that_vanished_before_its_probe_is_dropped():
    async with probing(*on_hosts(2, "h*")) as scene:
        await scene.transport.request(
            ProbeRequest("gone/check", "here", START, timedelta(seconds=5))
        )
        await scene.ask()
        assert await scene.answered() == sorted(scene.checks)


async def test_a_check_that_vanishes_while_it_waits_or_runs_gives_no_result():
    async with probing(*on_hosts(6, "slow")) as scene:
        scene.probe.takes = {"slow": timedelta(seconds=1)}
        await scene.ask()
        for id in ("slow/c0", "slow/c5"):
            del scene.checks[id]
        await scene.clock.advance(timedelta(seconds=5))
        assert await scene.answered() == ["slow/c1", "slow/c2", "slow/c3", "slow/c4"]
        assert scene.probe.peak["slow"] == 4


async def test_a_probe_that_breaks_its_contract_costs_one_result():
    async with probing(*on_hosts(1, "broken"), *on_hosts(1, "fine")) as scene:
        scene.probe.breaks = {"broken"}
        await scene.ask()
        results = {r.check: r for r in await scene.transport.results()}
        assert results["fine/c0"].outcome is Outcome.PASS
        assert results["broken/c0"].outcome is Outcome.ERROR
        assert "log" in results["broken/c0"].reason


async def test_a_probe_that_overstays_its_deadline_is_stopped():
    never = sample_check("never/ends", timeout=timedelta(0))
    transport = LocalTransport()
    cancelled = []

    async def endless(check: Check, request: ProbeRequest) -> Result:
        try:
            return await asyncio.get_running_loop().create_future()
        except asyncio.CancelledError:
            cancelled.append(check.id)
            raise

    agent = Agent(["here"], {never.id: never}.get, transport, endless, FakeClock())
    task = asyncio.create_task(agent.run())
    # A deadline already 990 ms gone, so that the test need not wait for the grace of a second.
    await transport.request(ProbeRequest(never.id, "here", START, timedelta(milliseconds=-990)))
    [result] = await transport.results()
    assert result.outcome is Outcome.ERROR
    assert cancelled == [never.id]
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_shutting_down_cancels_the_probes_under_way_and_leaves_none_behind():
    async with probing(*on_hosts(3, "h*")) as scene:
        scene.probe.takes = {f"h{n}": timedelta(hours=1) for n in range(3)}
        await scene.ask()
        assert scene.probe.running["all"] == 3
    assert sorted(scene.probe.cancelled) == sorted(scene.checks)
    assert asyncio.all_tasks() == {asyncio.current_task()}
