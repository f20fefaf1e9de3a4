"""Scheduler: CPU per probe of the timetable alone, then lag and CPU of scheduler and agents.

Run: .venv/bin/python -m bench.schedule [--checks 50000] [--per-second 1000] [--seconds 60]
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import uvloop

from checks.clock import SystemClock
from checks.model import Check, Kind, Observation, Outcome, ProbeRequest, Result
from monitor.agent import Agent
from monitor.engine import Engine
from monitor.metrics import PrometheusMeter
from monitor.schedule import Timetable
from monitor.transport.local import LocalTransport


async def _observe(options: Any, net: Any) -> Observation:
    return Observation(0.0)


NULL = Kind("null", "Nothing is probed.", dict, _observe, lambda options: options["host"])


def checks(count: int, interval: timedelta) -> list[Check]:
    return [
        Check(
            id=f"component-{number % 1000}/check-{number}",
            name="",
            kind=NULL,
            options={"host": f"host-{number % 1000}"},
            interval=interval,
            timeout=timedelta(seconds=1),
            locations=("here",),
        )
        for number in range(count)
    ]


def timetable_alone(count: int, interval: timedelta) -> tuple[float, float]:
    """CPU seconds to take over the checks, and probes per CPU second over five rounds."""
    configured, now = checks(count, interval), SystemClock().now()
    table = Timetable("here")
    began = time.process_time()
    table.replace(configured, now)
    loaded = time.process_time()
    popped = 0
    for turn in range(int(5 * interval / timedelta(milliseconds=20))):
        popped += len(table.pop_due(now + turn * timedelta(milliseconds=20)))
    return loaded - began, popped / (time.process_time() - loaded)


class NullProbe:
    """Answers at once."""

    def __init__(self, clock: SystemClock) -> None:
        self._clock = clock

    async def __call__(self, check: Check, request: ProbeRequest) -> Result:
        at = self._clock.now()
        return Result(check.id, request.location, at, at, Outcome.PASS, 0.0)


class Lags(PrometheusMeter):
    """The real meter, which also keeps every lag."""

    def __init__(self) -> None:
        super().__init__()
        self.lags: list[float] = []

    def observe(self, name: str, value: float, /, **labels: str) -> None:
        super().observe(name, value, **labels)
        if name == "upfront_scheduler_lag_seconds":
            self.lags.append(value)


@dataclass
class Run:
    """What was seen after the first round."""

    results: int
    lags: list[float]
    cpu_seconds: float
    memory_mb: float


async def at_work(count: int, interval: timedelta, seconds: float) -> Run:
    """Scheduler, transport and agent with a probe that does nothing."""
    clock, meter, transport = SystemClock(), Lags(), LocalTransport()
    configured = {check.id: check for check in checks(count, interval)}
    engine = Engine(transport, clock, meter)
    agent = Agent(["here"], configured.get, transport, NullProbe(clock), clock, meter)
    engine.replace(list(configured.values()))
    seen = 0

    async def drain() -> None:
        nonlocal seen
        while True:
            batch = await transport.results()
            seen += len(batch)

    tasks = [asyncio.create_task(work) for work in (engine.run(), agent.run(), drain())]
    await asyncio.sleep(min(interval.total_seconds(), 10))
    meter.lags.clear()
    seen, began = 0, time.process_time()
    await asyncio.sleep(seconds)
    run = Run(
        seen,
        meter.lags.copy(),
        time.process_time() - began,
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    )
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    return run


def quantile(values: Sequence[float], share: float) -> float:
    return sorted(values)[int(share * (len(values) - 1))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checks", type=int, default=50_000)
    parser.add_argument("--per-second", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=60)
    given = parser.parse_args()
    interval = timedelta(seconds=given.checks / given.per_second)
    loading, rate = timetable_alone(given.checks, interval)
    run = uvloop.run(at_work(given.checks, interval, given.seconds))
    rows = {
        f"taking over {given.checks:,} checks": f"{loading:.2f} s CPU",
        "timetable alone": f"{rate:,.0f} probes per CPU second",
        "scheduler and agents, null probe": f"{run.results / given.seconds:,.0f} results/s",
        "CPU per probe": f"{run.cpu_seconds / run.results * 1e6:.0f} µs",
        "lag p50": f"{quantile(run.lags, 0.5) * 1000:.1f} ms",
        "lag p99": f"{quantile(run.lags, 0.99) * 1000:.1f} ms",
        "lag max": f"{max(run.lags) * 1000:.1f} ms",
        "memory, peak": f"{run.memory_mb:.0f} MB",
    }
    for name, value in rows.items():
        print(f"| {name} | {value} |")


if __name__ == "__main__":
    main()
