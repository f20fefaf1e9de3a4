"""An online detector of unusual values: one number in, how unusual it is out.

The surprises of all views make one novelty, as a power mean: one view that is beyond itself
counts as much as several that are a little astonished. A novelty tells only where it is the
greatest of the last values, so that one event is one alarm and not a hundred.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import msgspec

from incidents.detect.metric.hours import Hours, hour_of_week, with_value
from incidents.detect.metric.spread import Spread, seen, surprise
from incidents.detect.metric.views import LONG, View, looks

THRESHOLD = 0.372
"""The score at and above which a value is worth an alarm."""
LARGEST = 1e150
"""Values beyond this are cut: their squares would not be numbers any more."""
_POWER = 2.5
_MOST_SURPRISE = 12.0
_HALF = 4.0
"""The novelty of a score of one half."""
_APART = 75
"""An alarm is about so many values; within them only a greater novelty is another one."""
_MUFFLED = 0.05
_REACH = 2.0
"""An hour's mean follows a value no farther than so many times where the tails begin."""


class Peak(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A novelty that none since has reached, and the number of its value."""

    number: int
    novelty: float


class Memory(msgspec.Struct, frozen=True, array_like=True):
    """All that the detector remembers, some 25 KB.

    `peaks` are the novelties of the last values that may still be the greatest.
    """

    count: int = 0
    last_at: float = 0.0
    window: tuple[float, ...] = ()
    hours: Hours = Hours()
    spreads: tuple[Spread, ...] = (Spread(),) * len(View)
    peaks: tuple[Peak, ...] = ()


class Sight(NamedTuple):
    """What a value looks like: its score from 0 to 1, and what each view shows of it.

    `sides` says of each view whether that is above (1) or below (-1) what is usual, `usual`
    what is usual at this hour, None while that is not known.
    """

    score: float
    shown: list[float | None]
    surprises: list[float]
    sides: list[int]
    usual: float | None


def observe(memory: Memory, at: float, value: float) -> tuple[Memory, Sight]:
    """Look at a value that was measured at an instant in epoch seconds, and learn from it."""
    value = max(-LARGEST, min(value, LARGEST))
    hour = hour_of_week(at)
    usual = memory.hours.mean(hour)
    window = (*memory.window, value)[-LONG:]
    shown = looks(window, usual)
    surprises, sides, spreads = [0.0] * len(View), [0] * len(View), list(memory.spreads)
    for place, number in enumerate(shown):
        if number is not None:
            surprises[place] = surprise(spreads[place], number)
            sides[place] = spreads[place].side(number)
            spreads[place] = seen(spreads[place], number)
    peaks, score = _told(memory, novelty(surprises))
    hours = with_value(memory.hours, hour, _tamed(memory, value, usual), at - memory.last_at)
    after = Memory(memory.count + 1, at, window, hours, tuple(spreads), peaks)
    return after, Sight(score, shown, surprises, sides, usual)


def _tamed(memory: Memory, value: float, usual: float | None) -> float:
    """The value as an hour's mean takes it: one far out moves it little more than a rare one."""
    spread = memory.spreads[View.HOUR]
    if usual is None or not spread.learned:
        return value
    reach = _REACH * max(abs(spread.low.begins), abs(spread.high.begins))
    return usual + max(-reach, min(value - usual, reach))


def novelty(surprises: list[float]) -> float:
    """All surprises as one."""
    powers = math.fsum(min(one, _MOST_SURPRISE) ** _POWER for one in surprises)
    return math.pow(powers / len(surprises), 1 / _POWER)


def novelty_of(score: float) -> float:
    """The novelty that has a score."""
    return _HALF * score / (1 - score)


def _told(memory: Memory, found: float) -> tuple[tuple[Peak, ...], float]:
    """The peaks with one more novelty, and its score: muffled unless it is the greatest."""
    near = [peak for peak in memory.peaks if peak.number >= memory.count - _APART]
    score = found / (found + _HALF)
    if near and found <= near[0].novelty:
        score *= _MUFFLED
    kept = [peak for peak in near if peak.novelty > found]
    return (*kept, Peak(memory.count, found)), score
