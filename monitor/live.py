"""The running service as the pages read it: board, spans, latencies, freshness."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from checks.clock import Clock
from checks.rollup import LatencyPoint, Sketch
from incidents.board import Board
from incidents.events import Recorded
from incidents.model import Span
from incidents.policy import Component, Policy
from incidents.ports import Store
from monitor.pipeline import Pipeline
from statuspage.ports import Snapshot
from statuspage.site import Page

SPANS_REACH = timedelta(days=92)
"""Ninety days and what a zone and a day with a clock change can add."""

LATENCY_REACH = timedelta(hours=24)
LATENCY_STEP = timedelta(minutes=15)
LATENCY_KEPT = timedelta(minutes=1)
"""How long a day of latencies serves every snapshot: summing it up is dear with many checks."""


class LiveService:
    """Implements `statuspage.ports.Live` over the store and the parts that run.

    Its board is a fold of its own, of what is on disk: the journal's runs ahead of that.
    """

    def __init__(
        self, *, pages: Sequence[Page], policy: Policy, store: Store, pipeline: Pipeline,
        clock: Clock, subscribe_by: tuple[str, ...] = (),
    ) -> None:  # fmt: skip
        """Read from these parts; `pages`, `policy` and `subscribe_by` may be replaced."""
        self.pages = tuple(pages)
        self.policy = policy
        self.subscribe_by = subscribe_by
        self._store = store
        self._pipeline = pipeline
        self._clock = clock
        self._board = Board()
        self._latencies: Mapping[str, Sequence[LatencyPoint]] = {}
        self._latencies_at: datetime | None = None
        self._followers: set[asyncio.Event] = set()

    def follow(self, recorded: Sequence[Recorded]) -> None:
        """Take in what was written; a listener of the journal."""
        for one in recorded:
            self._board.apply(one)
        self.stir()

    def stir(self) -> None:
        """Have the pages rendered again: something else than the log changed."""
        for follower in self._followers:
            follower.set()

    async def snapshot(self) -> Snapshot:
        """Everything as it is now."""
        now = self._clock.now()
        spans = await self._store.events.spans(now - SPANS_REACH)
        return Snapshot(
            at=now,
            page=self.pages[0],
            pages=self.pages,
            policy=self.policy,
            board=self._board.copy(),
            spans=spans,
            latencies=await self._day(now),
            last_result_at=self._pipeline.last_result_at,
            fresh_until=self._pipeline.fresh_until,
            subscribe_by=self.subscribe_by,
        )

    async def changes(self) -> AsyncIterator[int]:
        """The log's position each time it moved."""
        moved = asyncio.Event()
        self._followers.add(moved)
        try:
            while True:
                await moved.wait()
                moved.clear()
                yield self._board.position
        finally:
            self._followers.discard(moved)

    async def spans(self, from_at: datetime) -> Sequence[Span]:
        """Spans back to an instant."""
        return await self._store.events.spans(from_at)

    async def latency(
        self, component: str, from_at: datetime, step: timedelta
    ) -> Sequence[LatencyPoint]:
        """The latency of the first check of a component that has any."""
        found = await self._read(from_at, step, only=component)
        return found.get(component, ())

    async def latency_sketch(self, component: str, from_at: datetime) -> Sketch | None:
        """All that the same check was timed at since an instant."""
        found = self.policy.components.get(component)
        checks = found.checks if found else ()
        return first_sketch(checks, await self._store.latencies.sketches(checks, from_at))

    async def _day(self, now: datetime) -> Mapping[str, Sequence[LatencyPoint]]:
        if self._latencies_at is None or now - self._latencies_at >= LATENCY_KEPT:
            self._latencies = await self._read(now - LATENCY_REACH, LATENCY_STEP)
            self._latencies_at = now
        return self._latencies

    async def _read(
        self, from_at: datetime, step: timedelta, only: str | None = None
    ) -> Mapping[str, Sequence[LatencyPoint]]:
        components = [c for c in self.policy.components.values() if only in (None, c.id)]
        checks = [check for component in components for check in component.checks]
        return by_component(components, await self._store.latencies.latency(checks, from_at, step))


def by_component(
    components: Iterable[Component], series: Mapping[str, Sequence[LatencyPoint]]
) -> Mapping[str, Sequence[LatencyPoint]]:
    """The latencies of checks as those of the components that have any."""
    return {
        component.id: points
        for component in components
        if (points := _first_timed(component.checks, series))
    }


def first_sketch(checks: Sequence[str], sketches: Mapping[str, Sketch]) -> Sketch | None:
    """That of the check that stands for the component."""
    return next((sketches[check] for check in checks if check in sketches), None)


def _first_timed(
    checks: Sequence[str], series: Mapping[str, Sequence[LatencyPoint]]
) -> Sequence[LatencyPoint]:
    """One check's latency stands for the component: that of different questions never adds up."""
    for check in checks:
        points = series.get(check, ())
        if any(point.p50_seconds is not None for point in points):
            return points
    return ()
