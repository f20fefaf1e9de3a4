"""What commands ask of storage that a service may be writing to at the same time: only to read."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from checks.model import Result
from incidents.events import Recorded
from incidents.signals import Positioned

Line = tuple[int, int, int, int, float | None, int, int, str | None]
"""A result as it is packed, which costs a tenth of unpacking it.

Its position; the number of its series; when the probe began and when the result was known, in
microseconds since 1970; the seconds that it took; whether it was asked for on a suspicion; the
outcome (0 for one that passed); and what else there is to say of it, unless it just passed.
"""

PASSED = 0


class Series(Protocol):
    """What results of one series share."""

    @property
    def check(self) -> str:
        """The check's id."""
        ...

    @property
    def location(self) -> str:
        """Where it was probed from."""
        ...

    @property
    def revision(self) -> str:
        """The revision of the question."""
        ...


@dataclass(frozen=True, slots=True)
class Slice:
    """Some thousand results in the order they were folded in, and the signals among them."""

    positions: int
    """How many there are in it, of other checks, too."""
    lines: Sequence[Line]
    others: Sequence[Positioned]
    series: Mapping[int, Series]
    result: Callable[[Line], Result]
    """The result that a line is."""


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

    def slices(
        self, from_at: datetime, until: datetime, checks: Collection[str] | None = None
    ) -> Iterator[Slice]:
        """The same as `signals`, with the results as they are packed."""
        ...

    def events(self) -> Iterator[Recorded]:
        """The whole event log, in order."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...
