"""A service as far as its pages tell it, read from what it stored and beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from checks.clock import Clock
from checks.rollup import LatencyPoint, Sketch
from incidents.board import Board
from incidents.model import Span
from monitor.config.config import Config
from monitor.export.freshness import Freshness
from monitor.export.ports import Told
from monitor.live import LATENCY_REACH, LATENCY_STEP, SPANS_REACH, by_component, first_sketch
from statuspage.ports import Snapshot


class StoredService:
    """What a service knows: read with `look` and `fetch`, kept for when it cannot be read."""

    def __init__(self, open: Callable[[str], Told], config: Config, clock: Clock) -> None:
        """Read nothing yet; `config` may be replaced."""
        self.config = config
        self._open = open
        self._clock = clock
        self._told: Told | None = None
        self._storage = ""
        self._board = Board()
        self._freshness: Freshness | None = None
        self._spans: Sequence[Span] = ()
        self._latencies: Mapping[str, Sequence[LatencyPoint]] = {}

    @property
    def known(self) -> bool:
        """Whether it could ever be read."""
        return self._freshness is not None

    def look(self) -> None:
        """Take in what was written since the last look.

        The file is opened anew each time: it may have been replaced by another one.

        Raises:
            StorageError: It cannot be read; what was known stays.
        """
        self.close()
        storage = self.config.storage
        told = self._told = self._open(storage)
        another = storage != self._storage or told.position() < self._board.position
        if self._freshness is None or another:
            self._board, self._freshness = Board(), Freshness(*told.states())
            self._storage = storage
        for recorded in told.events(self._board.position):
            self._board.apply(recorded)
        self._freshness.hear(told.signals(self._freshness.position), self.config.policy)

    def fetch(self) -> None:
        """Read what pages tell of the last months; after a `look`.

        Raises:
            StorageError: It cannot be read; what was known stays.
        """
        now = self._clock.now()
        self._spans = self._reading.spans(now - SPANS_REACH)
        self._latencies = self._read(now - LATENCY_REACH, LATENCY_STEP)

    def snapshot(self) -> Snapshot:
        """Everything as it was read, told now."""
        pages, policy, freshness = self.config.pages, self.config.policy, self._freshness
        return Snapshot(
            at=self._clock.now(),
            page=self.config.page,
            pages=tuple(pages.values()),
            policy=policy,
            board=self._board.copy(),
            spans=self._spans,
            latencies=self._latencies,
            last_result_at=freshness.last_result_at if freshness else None,
            fresh_until=freshness.until(policy) if freshness else None,
        )

    async def spans(self, from_at: datetime) -> Sequence[Span]:
        """Spans back to an instant."""
        return self._reading.spans(from_at)

    async def latency(
        self, component: str, from_at: datetime, step: timedelta
    ) -> Sequence[LatencyPoint]:
        """The latency of the first check of a component that has any."""
        return self._read(from_at, step, only=component).get(component, ())

    async def latency_sketch(self, component: str, from_at: datetime) -> Sketch | None:
        """All that the same check was timed at since an instant."""
        found = self.config.policy.components.get(component)
        checks = found.checks if found else ()
        return first_sketch(checks, self._reading.sketches(checks, from_at))

    def close(self) -> None:
        """Let go of the file."""
        if self._told is not None:
            self._told.close()
            self._told = None

    @property
    def _reading(self) -> Told:
        assert self._told is not None, "there was no look at it"
        return self._told

    def _read(
        self, from_at: datetime, step: timedelta, only: str | None = None
    ) -> Mapping[str, Sequence[LatencyPoint]]:
        components = [c for c in self.config.policy.components.values() if only in (None, c.id)]
        checks = [check for component in components for check in component.checks]
        return by_component(components, self._reading.latency(checks, from_at, step))


class Nothing:
    """The past of a service that cannot be read: pages are told without it."""

    async def spans(self, from_at: datetime) -> Sequence[Span]:
        """None."""
        return ()

    async def latency(
        self, component: str, from_at: datetime, step: timedelta
    ) -> Sequence[LatencyPoint]:
        """None."""
        return ()

    async def latency_sketch(self, component: str, from_at: datetime) -> Sketch | None:
        """None."""
        return None
