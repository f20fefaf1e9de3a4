"""The last 90 local days of a component, and what a bar shows of each."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from incidents.impact import DayShare, day_shares
from incidents.model import ComponentStatus, Span
from statuspage.views.standing import Standing
from statuspage.views.times import Times

DAYS = 90

Strip = tuple[DayShare, ...]

BAD = (ComponentStatus.MAJOR_OUTAGE, ComponentStatus.PARTIAL_OUTAGE, ComponentStatus.DEGRADED)
"""What counts as trouble, worst first."""


class Strips:
    """The last 90 days of a page's components; what many have in common is worked out once."""

    def __init__(self, times: Times) -> None:
        """Begin with none."""
        first = times.today - timedelta(days=DAYS - 1)
        self._now = times.now
        # The instants that the days lie between; the last one is yet to come.
        self._midnights = tuple(
            times.start_of(first + timedelta(days=number)) for number in range(DAYS + 1)
        )
        self._untroubled: dict[tuple[datetime, datetime], Strip] = {}
        self._found: dict[str, Strip] = {}

    @property
    def from_at(self) -> datetime:
        """Where the first day begins."""
        return self._midnights[0]

    def of(self, standing: Standing) -> Strip:
        """A component's days."""
        found = self._found.get(standing.component.id)
        if found is None:
            found = self._found[standing.component.id] = self._days(standing)
        return found

    def _days(self, standing: Standing) -> Strip:
        """Only the days that a component's stretches touch differ from untroubled ones."""
        since_at = max(standing.existed_at, self.from_at)
        until_at = standing.gone_at or self._now
        days = list(self._days_without_trouble(since_at, until_at))
        for number, found in self._by_day(standing.stretches, until_at).items():
            edges = self._midnights[number : number + 2]
            days[number] = day_shares(found, edges, since_at=since_at, until_at=until_at)[0]
        return tuple(days)

    def _days_without_trouble(self, since_at: datetime, until_at: datetime) -> Strip:
        found = self._untroubled.get((since_at, until_at))
        if found is None:
            found = day_shares((), self._midnights, since_at=since_at, until_at=until_at)
            self._untroubled[since_at, until_at] = found
        return found

    def _by_day(self, stretches: Sequence[Span], until_at: datetime) -> Mapping[int, list[Span]]:
        """The stretches that touch each day, by the day's number."""
        touched: dict[int, list[Span]] = {}
        for span in stretches:
            first = max(0, bisect_right(self._midnights, span.from_at) - 1)
            last = bisect_right(self._midnights, span.to_at or until_at, hi=DAYS) - 1
            for number in range(first, last + 1):
                touched.setdefault(number, []).append(span)
        return touched


def is_plain(day: DayShare) -> bool:
    """Whether all of the day was operational."""
    return len(day.seconds) == 1 and ComponentStatus.OPERATIONAL in day.seconds


def bad_seconds(day: DayShare) -> float:
    """How long the component was in trouble."""
    return sum(day.seconds.get(status, 0.0) for status in BAD)


def is_dark(day: DayShare) -> bool:
    """Whether nothing is known of the whole day."""
    return len(day.seconds) == 1 and ComponentStatus.UNKNOWN in day.seconds


def filled(day: DayShare) -> float:
    """The share of the day that its bar is filled with the colour of the worst."""
    worst = day.worst
    if worst is None or worst is ComponentStatus.OPERATIONAL:
        return 0.0
    seconds = bad_seconds(day) if worst in BAD else day.seconds[worst]
    return seconds / sum(day.seconds.values())
