"""The last 90 local days of a component, and what a bar shows of each."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

from incidents.impact import DayShare, day_shares
from incidents.model import ComponentStatus, Span
from statuspage.views.standing import Standing
from statuspage.views.times import Times

DAYS = 90

Strip = tuple[DayShare, ...]

BAD = (ComponentStatus.MAJOR_OUTAGE, ComponentStatus.PARTIAL_OUTAGE, ComponentStatus.DEGRADED)
"""What counts as trouble, worst first."""


def bounds(times: Times) -> tuple[datetime, ...]:
    """The midnights that the last 90 days lie between; the last one is yet to come."""
    first = times.today - timedelta(days=DAYS - 1)
    return tuple(times.start_of(first + timedelta(days=number)) for number in range(DAYS + 1))


@dataclass(frozen=True)
class Strips:
    """The last 90 days of a page's components; what many have in common is worked out once."""

    times: Times
    _plain: dict[tuple[datetime, datetime], Strip] = field(default_factory=dict)
    _found: dict[str, Strip] = field(default_factory=dict)

    @cached_property
    def midnights(self) -> tuple[datetime, ...]:
        """The instants between the days."""
        return bounds(self.times)

    @property
    def from_at(self) -> datetime:
        """Where the first day begins."""
        return self.midnights[0]

    def of(self, standing: Standing) -> Strip:
        """A component's days."""
        found = self._found.get(standing.component.id)
        if found is None:
            found = self._found[standing.component.id] = self._days(standing)
        return found

    def _days(self, standing: Standing) -> Strip:
        since_at = max(standing.existed_at, self.from_at)
        until_at = standing.gone_at or self.times.now
        if (since_at, until_at) not in self._plain:
            self._plain[since_at, until_at] = untroubled(self.midnights, since_at, until_at)
        plain = self._plain[since_at, until_at]
        return strip(plain, standing.stretches, self.midnights, since_at, until_at)


def untroubled(midnights: Sequence[datetime], since_at: datetime, now: datetime) -> Strip:
    """The days of a component that was never anything but operational."""
    return day_shares((), midnights, since_at=since_at, until_at=now)


def strip(
    plain: Strip,
    spans: Sequence[Span],
    midnights: Sequence[datetime],
    since_at: datetime,
    now: datetime,
) -> Strip:
    """The days of a component; only those that its spans touch differ from plain ones."""
    touched: dict[int, list[Span]] = {}
    for span in spans:
        last = bisect_right(midnights, span.to_at or now, hi=DAYS) - 1
        for number in range(max(0, bisect_right(midnights, span.from_at) - 1), last + 1):
            touched.setdefault(number, []).append(span)
    days = list(plain)
    for number, found in touched.items():
        edges = midnights[number : number + 2]
        days[number] = day_shares(found, edges, since_at=since_at, until_at=now)[0]
    return tuple(days)


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
