"""What is usual at this hour: how latency went at each quarter-hour of the last seven days.

The last value of each quarter-hour of the week is kept in a byte. What one day had is an
accident; what several days had at the same time is usual: a nightly batch is, an outage is not.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

SLOTS_A_DAY = 96
SLOT = 900.0
"""Seconds of one slot."""
DAYS = 7
_UNKNOWN = 128
NOTHING = bytes((_UNKNOWN,)) * (SLOTS_A_DAY * DAYS)
"""A week of which nothing is known."""
_CLOCK_CHANGED = (-5, -4, -3, 3, 4, 5)
_STEEP = 0.2
_MOST_OF_A_WEEK = 5
_UNIT = 0.02
_FIRST_SLOT = 3 * SLOTS_A_DAY  # 1970-01-01 was a Thursday


class Usual(NamedTuple):
    """How far latency usually is from its level, as a logarithm: the middle, and up to."""

    middle: float = 0.0
    high: float = 0.0

    @property
    def rise(self) -> float:
        """How far above the middle is no news at this hour."""
        return self.high - self.middle


def slot_at(at: float) -> int:
    """The slot of the week, UTC, that an instant in epoch seconds lies in."""
    return (int(at // SLOT) + _FIRST_SLOT) % (DAYS * SLOTS_A_DAY)


def remembered(week: bytes, slot: int, value: float) -> bytes:
    """The week with the mean deviation of one slot."""
    kept = min(max(round(value / _UNIT), -127), 127)
    return week[:slot] + bytes((kept & 0xFF,)) + week[slot + 1 :]


def usual_in(week: bytes, slot: int, tolerance: float) -> Usual:
    """What the same time of other days says of a slot.

    A neighbouring quarter-hour's rise counts too, since what recurs does not do so to the
    minute; nor is what came at a steep an hour earlier or later news, since clocks are changed.
    Differences within the tolerance are taken for chance.
    """
    middle, high = _at(week, slot)
    high = max(high, _at(week, slot - 1).high, _at(week, slot + 1).high)
    shifted = max([_at(week, slot + step).high for step in _CLOCK_CHANGED])
    rise = high - middle if high - middle > tolerance else 0.0
    if shifted - middle > _STEEP:
        rise = max(rise, shifted - middle)
    return Usual(middle, middle + rise)


def _at(week: bytes, slot: int) -> Usual:
    """What the days of the week say of a slot's time of day."""
    return _of_days(week[slot % SLOTS_A_DAY :: SLOTS_A_DAY])


@lru_cache(maxsize=512)  # each is asked for by its neighbours, too
def _of_days(codes: bytes) -> Usual:
    """What the same slot of several days says: its middle, and how high it went repeatedly."""
    known = (code for code in codes if code != _UNKNOWN)
    days = sorted((code - 256 if code > _UNKNOWN else code) * _UNIT for code in known)
    return Usual(_middle(days), _recurring(days))


def _middle(days: list[float]) -> float:
    if len(days) < 2:
        return 0.0
    if len(days) == 2:
        return min(days, key=abs)
    half = len(days) // 2
    return days[half] if len(days) % 2 else (days[half - 1] + days[half]) / 2


def _recurring(days: list[float]) -> float:
    """How high it went on two days at least, and on three once most of a week is known."""
    if len(days) < 2:
        return 0.0
    return days[-3] if len(days) >= _MOST_OF_A_WEEK else days[-2]
