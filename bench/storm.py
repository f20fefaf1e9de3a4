"""A storm: every check fails within the same second, and what that costs us.

Run: .venv/bin/python -m bench.storm [--checks 100000] [--locations 3] [--canaries] [--recover]
     [--holds]

Each check has answered well from every location before. Then all of them are refused from all
locations at once, and again in each round of rechecks, until each has been told of; then, if
asked for, all are well again. The pipeline, the journal and what is due by time run as in the
product, on SQLite; without probes, pages and mails. A beat notes how long the loop was held, and
with `--holds` a thread looks where it stands then. Told is when the last event of a round was on
disk and known to the pages, in seconds since the round's first result came in.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import resource
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import uvloop

from bench.held import Holds
from bench.reload import BEAT_SECONDS, Beat
from checks.model import Outcome, Result
from incidents.board import Board
from incidents.events import Recorded
from incidents.journal import Journal
from incidents.model import Judgement
from incidents.policy import CheckPolicy, Component, Policy
from monitor.brain import Timekeeper
from monitor.heap import keep_collections_short
from monitor.pipeline import TAKEN_AT_ONCE, Pipeline
from monitor.storage import open_store
from monitor.turns import take_short_turns

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
INTERVAL, TIMEOUT = timedelta(seconds=60), timedelta(seconds=10)
CANARIES = ("_connectivity/1", "_connectivity/2")
REFUSED_SECONDS = (100.0, 101.0, 105.0, 110.0, 120.0)
"""When all fail: the planned probes, and the rounds of rechecks."""
WELL_SECONDS = (130.0, 142.0, 154.0, 166.0, 178.0, 230.0)
"""When all are well again, the last time after the watch is over."""
WATCH = timedelta(minutes=1)


class Moved:
    """A clock that stands until it is moved on."""

    def __init__(self) -> None:
        """Begin with the first probes."""
        self._now = NOW
        self._moved = asyncio.Event()

    def now(self) -> datetime:
        """The instant that it was moved to."""
        return self._now

    def monotonic(self) -> float:
        """The same in seconds."""
        return self._now.timestamp()

    def to(self, at: datetime) -> None:
        """Move it on."""
        self._now = max(self._now, at)
        self._moved.set()
        self._moved = asyncio.Event()

    async def sleep(self, span: timedelta) -> None:
        """Wait until it was moved on so far."""
        until = self._now + span
        while self._now < until:
            await self._moved.wait()


def policy(checks: int, places: tuple[str, ...], canaries: tuple[str, ...]) -> Policy:
    """So many components of one check each, judged by what is learned."""
    names = [f"part{number}" for number in range(checks)]
    spans = INTERVAL, TIMEOUT
    return Policy(
        components={name: Component(name, name, checks=(f"{name}/api",)) for name in names},
        checks={f"{name}/api": CheckPolicy(f"{name}/api", *spans, places) for name in names},
        canaries={name: CheckPolicy(name, *spans, places) for name in canaries},
        watch=WATCH,
    )


def round_of(judged: Policy, outcome: Outcome, begin: float) -> Iterator[Result]:
    """Every check from every location within one second, and then a canary that answers."""
    reason = "connection refused" if outcome is Outcome.FAIL else ""
    took = None if outcome is Outcome.FAIL else 0.1
    count = len(judged.checks)
    places = next(iter(judged.checks.values())).locations
    for number, check in enumerate(judged.checks):
        at = NOW + timedelta(seconds=begin + number / count)
        for place in places:
            yield Result(check, place, at, at, outcome, took, reason)
    answered = NOW + timedelta(seconds=begin + 1)
    for canary in judged.canaries:
        for place in places:
            yield Result(canary, place, answered, answered, Outcome.PASS, 0.1)


def megabytes() -> float:
    """The most memory that this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


class Service:
    """What judges, on a database of its own."""

    def __init__(self, judged: Policy, path: Path) -> None:
        """Join the parts."""
        self.clock = Moved()
        self.board = Board()
        self.beat = Beat()
        self.told_at = 0.0
        self._store = open_store(f"sqlite:{path}")
        self._journal = Journal(self._store.events, judged, self.clock)
        self.pipeline = Pipeline(
            policy=judged, signals=self._store.signals, journal=self._journal, clock=self.clock,
            recheck=lambda wish: None,
        )  # fmt: skip
        self._timekeeper = Timekeeper(self.pipeline, self._journal, self.clock)

    async def start(self, running: AsyncExitStack) -> None:
        """Open the store and begin to listen; `running` ends it."""
        await self._store.start()
        running.push_async_callback(self._store.close)
        await self._journal.start()
        self._journal.listen(self._hear)
        self._journal.listen(self._timekeeper.follow)
        await self.pipeline.restore()
        self._timekeeper.rebuild()
        collections = keep_collections_short(self.clock)
        for work in (self._timekeeper.run(), self.beat.run(), collections):
            running.push_async_callback(ended, asyncio.create_task(work))

    def _hear(self, written: Sequence[Recorded]) -> None:
        for one in written:
            self.board.apply(one)
        self.told_at = time.perf_counter()

    @property
    def standing(self) -> str:
        """How many incidents there are of each status."""
        found = Counter(incident.status for incident in self.board.incidents.values())
        return ", ".join(f"{count} {status}" for status, count in found.items())

    async def feed(self, results: Iterable[Result]) -> tuple[float, float]:
        """Take in results as they come; the seconds that it took, and those of CPU time."""
        await asyncio.sleep(4 * BEAT_SECONDS)
        self.beat.told()  # what was counted after the round before
        began, coming = (time.perf_counter(), time.process_time()), iter(results)
        while some := list(itertools.islice(coming, TAKEN_AT_ONCE)):
            self.clock.to(some[-1].known_at)
            await self.pipeline.take(some)
            await asyncio.sleep(0)
        return time.perf_counter() - began[0], time.process_time() - began[1]


async def ended(task: asyncio.Task[None]) -> None:
    """End a task that goes on for ever."""
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def measure(judged: Policy, path: Path, *, recover: bool, look: bool) -> None:
    """Let it storm, and print a row for each round."""
    rounds = [(Outcome.PASS, 0.0), *((Outcome.FAIL, at) for at in REFUSED_SECONDS)]
    rounds += ((Outcome.PASS, at) for at in WELL_SECONDS if recover)
    count = sum(len(check.locations) for check in judged.checks.values())
    print("| round | seconds | told | CPU | each | loop | threads | late | down |"
          " incidents | memory |")  # fmt: skip
    print(f"|{'---|' * 11}")
    async with AsyncExitStack() as running:
        service = Service(judged, path)
        await service.start(running)
        holds = Holds(service.beat) if look else None
        for outcome, begin in rounds:
            began = time.perf_counter()
            took, spent = await service.feed(round_of(judged, outcome, begin))
            held, seen = service.beat.told(), holds.told() if holds else ""
            verdicts = service.pipeline.verdicts.values()
            down = sum(one.judgement is Judgement.FAILING for one in verdicts)
            each, told = spent / count * 1e6, max(0.0, service.told_at - began)
            print(
                f"| {outcome} at {begin:.0f} s | {took:.1f} | {told:.1f} | {spent:.1f}"
                f" | {each:.0f} us | {held} | {down} | {service.standing} | {megabytes():.0f} MB |",
                flush=True,
            )
            if seen:
                print(seen, flush=True)


def main() -> None:
    """Measure as asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checks", type=int, default=100_000)
    parser.add_argument("--locations", type=int, default=3)
    parser.add_argument("--canaries", action="store_true")
    parser.add_argument("--recover", action="store_true")
    parser.add_argument("--holds", action="store_true")
    asked = parser.parse_args()
    places = tuple(f"place{number}" for number in range(asked.locations))
    judged = policy(asked.checks, places, CANARIES if asked.canaries else ())
    take_short_turns()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "upfront.db"
        uvloop.run(measure(judged, path, recover=asked.recover, look=asked.holds))


if __name__ == "__main__":
    main()
