"""What is usual at this hour: how latency went at each quarter-hour of the last seven days.

The last value of each quarter-hour of the week is kept in a byte. What one day had is an
accident; what several days had at the same time is usual: a nightly batch is, an outage is not.
"""

from __future__ import annotations

SLOTS_A_DAY = 96
SLOT = 900.0
"""Seconds of one slot."""
DAYS = 7
_UNKNOWN = 128
_CLOCK_CHANGED = (-5, -4, -3, 3, 4, 5)
_STEEP = 0.2
_MOST_OF_A_WEEK = 5
_UNIT = 0.02
_FIRST_SLOT = 3 * SLOTS_A_DAY  # 1970-01-01 was a Thursday

Usual = tuple[float, float]
"""How far latency usually is from its level, as a logarithm: the middle, and up to."""


def nothing() -> bytearray:
    """A week of which nothing is known."""
    return bytearray([_UNKNOWN]) * (SLOTS_A_DAY * DAYS)


def slot_at(at: float) -> int:
    """The slot of the week, UTC, that an instant in epoch seconds lies in."""
    return (int(at // SLOT) + _FIRST_SLOT) % (DAYS * SLOTS_A_DAY)


def remember(week: bytearray, slot: int, value: float) -> None:
    """Keep the mean deviation of one slot."""
    kept = min(max(round(value / _UNIT), -127), 127)
    week[slot] = kept & 0xFF


def usual_in(week: bytearray, slot: int, tolerance: float) -> Usual:
    """What the same time of other days says of a slot.

    A neighbouring quarter-hour's rise counts too, since what recurs does not do so to the
    minute; nor is what came at a steep an hour earlier or later news, since clocks are changed.
    Differences within the tolerance are taken for chance.
    """
    middle, high = _at(week, slot)
    high = max(high, _at(week, slot - 1)[1], _at(week, slot + 1)[1])
    rise = high - middle if high - middle > tolerance else 0.0
    for step in _CLOCK_CHANGED:
        shifted = _at(week, slot + step)[1] - middle
        if shifted > _STEEP:
            rise = max(rise, shifted)
    return middle, middle + rise


def _at(week: bytearray, slot: int) -> Usual:
    """What the days of the week say of a slot's time of day: the middle, and what recurs."""
    days = [
        (code - 256 if code > _UNKNOWN else code) * _UNIT
        for code in week[slot % SLOTS_A_DAY :: SLOTS_A_DAY]
        if code != _UNKNOWN
    ]
    if len(days) < 2:
        return 0.0, 0.0
    days.sort()
    return _middle(days), _recurring(days)


def _middle(days: list[float]) -> float:
    """The median; of two days what lies nearer to nothing."""
    if len(days) == 2:
        return days[0] if abs(days[0]) <= abs(days[1]) else days[1]
    half = len(days) // 2
    return days[half] if len(days) % 2 else (days[half - 1] + days[half]) / 2


def _recurring(days: list[float]) -> float:
    """How high it went on two days at least, and on three once most of a week is known."""
    return days[-3] if len(days) >= _MOST_OF_A_WEEK else days[-2]
