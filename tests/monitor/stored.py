"""A day in the life of a service, folded and written by the product itself."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from checks.model import Outcome, Result
from incidents.agenda import Agenda
from incidents.journal import Journal
from incidents.policy import Policy
from incidents.signals import Recheck
from monitor.config.load import load
from monitor.pipeline import Pipeline
from monitor.storage import open_store
from tests.clock import START, FakeClock

Answer = Callable[[str, str, datetime], tuple[Outcome, float, str]]
"""What a probe of a check from a location sees at an instant: outcome, latency, reason."""


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)


def at(count: float) -> datetime:
    """So many seconds after the start."""
    return START + seconds(count)


def well(check: str, location: str, when: datetime) -> tuple[Outcome, float, str]:
    """All is well, and takes 80 to 120 ms."""
    spread = (hash_of(check, location, when) % 41 - 20) / 1000
    return Outcome.PASS, 0.1 + spread, ""


def down(since: float, until: float, only: str = "") -> Answer:
    """Between these seconds every check, or `only` that one, refuses connections."""

    def answer(check: str, location: str, when: datetime) -> tuple[Outcome, float, str]:
        if at(since) <= when < at(until) and check.startswith(only):
            return Outcome.FAIL, 0.0, "connection refused"
        return well(check, location, when)

    return answer


def hash_of(*parts: object) -> int:
    """A number that follows from the parts, the same in each run."""
    return sum(ord(char) * 31**index for index, char in enumerate(str(parts))) % 1_000_003


@dataclass
class Life:
    """Probes checks by a policy, folds what they see and grants rechecks, as the service does."""

    policy: Policy
    answer: Answer
    clock: FakeClock = field(default_factory=FakeClock)
    rechecks: list[Recheck] = field(default_factory=list)

    async def live(self, path: Path, span: timedelta) -> None:
        """Run for that long on a database that is made there."""
        store = open_store(f"sqlite:{path}")
        await store.start()
        journal = Journal(store.events, self.policy, self.clock)
        await journal.start()
        pipeline = Pipeline(
            policy=self.policy, signals=store.signals, journal=journal, clock=self.clock,
            recheck=self.rechecks.append,
        )  # fmt: skip
        await pipeline.restore()
        await self._go_on(pipeline, journal, self.clock.now() + span)
        await pipeline.save()
        await store.close()

    async def _go_on(self, pipeline: Pipeline, journal: Journal, until: datetime) -> None:
        agenda, order = Agenda(), itertools.count()
        queue: list[tuple[datetime, int, str, str, bool]] = []
        for check in self.policy.checks.values():
            for number, location in enumerate(check.locations):
                began = START + check.interval * (number + 1) / (len(check.locations) + 1)
                heapq.heappush(queue, (began, next(order), check.check, location, False))
        while queue and queue[0][0] <= until:
            began, _, check, location, recheck = heapq.heappop(queue)
            await self._wake(pipeline, journal, agenda, began)
            await self._probe(pipeline, check, location, began, recheck=recheck)
            if not recheck:
                again = began + self.policy.checks[check].interval
                heapq.heappush(queue, (again, next(order), check, location, False))
            for wish in self.rechecks:
                for place in wish.locations or self.policy.checks[wish.check].locations:
                    when = max(wish.at, began)
                    heapq.heappush(queue, (when, next(order), wish.check, place, True))
            self.rechecks.clear()
        await self._wake(pipeline, journal, agenda, until)

    async def _wake(
        self, pipeline: Pipeline, journal: Journal, agenda: Agenda, until: datetime
    ) -> None:
        agenda.rebuild(journal.board, self.policy)
        due = [found for found in (pipeline.next_at(), agenda.next_at()) if found]
        while due and min(due) <= until:
            await self._reach(min(due))
            await pipeline.wake()
            await pipeline.act(agenda.due(self.clock.now()))
            agenda.follow(journal.board.open_incidents(), self.policy)
            due = [found for found in (pipeline.next_at(), agenda.next_at()) if found]
        await self._reach(until)

    async def _reach(self, when: datetime) -> None:
        if when > self.clock.now():
            await self.clock.advance(when - self.clock.now())

    async def _probe(
        self, pipeline: Pipeline, check: str, location: str, began: datetime, *, recheck: bool
    ) -> None:
        outcome, took, reason = self.answer(check, location, began)
        latency = took if outcome in (Outcome.PASS, Outcome.SLOW) else None
        revision = self.policy.checks[check].revision
        result = Result(
            check, location, began, began + seconds(took), outcome, latency, reason,
            recheck=recheck, revision=revision,
        )  # fmt: skip
        await self._reach(result.known_at)
        await pipeline.take([result])


def lived_in(folder: Path, answer: Answer, span: timedelta) -> None:
    """Let a service run for that long by the checks.yaml of a folder, on its upfront.db."""
    config = load(folder / "checks.yaml").config
    assert config is not None
    asyncio.run(Life(config.policy, answer).live(folder / "upfront.db", span))
