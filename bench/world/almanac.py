"""Time in the world: seconds since its beginning, and the local clocks that services live by."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

START = datetime(2026, 10, 19, tzinfo=UTC)
"""A Monday; clocks in Europe go back on its seventh day, those in America on its fourteenth."""
MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
MONTH = 30 * DAY
WEEK = 7
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Tokyo")
_LONGEST_DAYS = 120


def instant(seconds: float) -> datetime:
    """The instant so many seconds after the world's beginning."""
    return START + timedelta(seconds=seconds)


def since_start(at: datetime) -> float:
    """Seconds from the world's beginning to an instant."""
    return (at - START).total_seconds()


@cache
def _offsets(zone: str) -> tuple[float, ...]:
    """What the zone's clocks are ahead of UTC, for each hour of the world."""
    clock = ZoneInfo(zone)
    hours = range(_LONGEST_DAYS * 24)
    ahead = (instant(hour * HOUR).astimezone(clock).utcoffset() for hour in hours)
    return tuple(offset.total_seconds() for offset in ahead if offset is not None)


def local(zone: str, seconds: float) -> float:
    """Seconds on the zone's clocks since its own midnight before the world began."""
    offsets = _offsets(zone)
    return seconds + offsets[min(max(int(seconds // HOUR), 0), len(offsets) - 1)]


def at_local(zone: str, day: int, hour: float) -> float:
    """When the zone's clocks show that hour on that day (0 is the first Monday)."""
    shown = day * DAY + hour * HOUR
    return shown - (local(zone, shown) - shown)


def is_weekend(day: int) -> bool:
    """Whether the day, counted from the first Monday, is a Saturday or a Sunday."""
    return day % WEEK >= 5


def say(seconds: float) -> str:
    """An instant for people: "day 5 Sat 02:10"."""
    return f"day {int(seconds // DAY):2d} {instant(seconds):%a %H:%M}"
