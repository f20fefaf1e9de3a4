"""The pieces that history is told in: months, and single days of which there is much to tell."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from statuspage.views.times import Times

_WRITTEN = re.compile(r"(\d{4})-(\d\d)(?:-(\d\d))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Period:
    """A local month or day, from its first day to before `end`."""

    first: date
    end: date

    @property
    def one_day(self) -> bool:
        """Whether it is a day rather than a month."""
        return self.end - self.first == timedelta(days=1)

    @property
    def written(self) -> str:
        """As it stands in a path: 2026-11 or 2026-11-10."""
        return self.first.isoformat() if self.one_day else f"{self.first:%Y-%m}"

    @property
    def before(self) -> Period:
        """The one that ends where this begins."""
        last = self.first - timedelta(days=1)
        return day_of(last) if self.one_day else month_of(last)

    @property
    def after(self) -> Period:
        """The one that begins where this ends."""
        return day_of(self.end) if self.one_day else month_of(self.end)

    def name(self, times: Times) -> str:
        """Say "November 2026" or "Tue 10 Nov"."""
        return times.day(self.first) if self.one_day else times.month(self.first)


def month_of(day: date) -> Period:
    """The month that a day lies in."""
    first = day.replace(day=1)
    return Period(first, (first + timedelta(days=31)).replace(day=1))


def day_of(day: date) -> Period:
    """A day by itself."""
    return Period(day, day + timedelta(days=1))


def parsed(text: str) -> Period | None:
    """The period that a path names, None where it names none."""
    found = _WRITTEN.fullmatch(text)
    if found is None:
        return None
    year, month, day = (int(part or 1) for part in found.groups())
    try:
        first = date(year, month, day)
        return day_of(first) if found[3] else month_of(first)
    except (ValueError, OverflowError):
        return None
