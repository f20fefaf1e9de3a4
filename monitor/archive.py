"""What commands ask of storage that a service may be writing to at the same time: only to read."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Protocol

from incidents.events import Recorded
from incidents.signals import Positioned


class Archive(Protocol):
    """Stored results, signals and events, as they are when it is asked."""

    def span(self) -> tuple[datetime, datetime] | None:
        """From when to when there are results; None where there are none."""
        ...

    def checks(self) -> frozenset[str]:
        """The ids that there are or were results of."""
        ...

    def size(self, from_at: datetime, until: datetime) -> int:
        """About how many signals `signals` goes through for all checks, for a progress bar."""
        ...

    def signals(
        self, from_at: datetime, until: datetime, checks: Collection[str] | None = None
    ) -> Iterator[Positioned]:
        """Signals of that time in the order they were folded in, without ticks.

        With `checks`, results of other checks are left out; other signals never are. Results
        that came late may lie a little outside.
        """
        ...

    def events(self) -> Iterator[Recorded]:
        """The whole event log, in order."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...
