"""What a copy of the pages asks of storage that a service may be writing to: only to read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from checks.rollup import LatencyPoint, Sketch
from incidents.events import Recorded
from incidents.model import Span
from incidents.ports import FoldState
from incidents.signals import Positioned


class Told(Protocol):
    """What is stored of all that the pages tell; every call may raise a `StorageError`."""

    def position(self) -> int:
        """The event log's position."""
        ...

    def events(self, position: int) -> Iterator[Recorded]:
        """The events after a position, in order."""
        ...

    def states(self) -> tuple[int, Sequence[FoldState]]:
        """The states of the folds and the position that they hold everything up to."""
        ...

    def signals(self, position: int) -> Iterator[Positioned]:
        """The signals after a position, in order."""
        ...

    def spans(self, from_at: datetime) -> Sequence[Span]:
        """All spans that are open or end after an instant."""
        ...

    def latency(
        self, checks: Sequence[str], from_at: datetime, step: timedelta
    ) -> Mapping[str, Sequence[LatencyPoint]]:
        """For each check, over all its locations, one point a step, oldest first."""
        ...

    def sketches(self, checks: Sequence[str], from_at: datetime) -> Mapping[str, Sketch]:
        """Of each check, all that was timed since then at all its locations."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...
