"""Evidence that more answers than usual take far too long, while most are as quick as ever."""

from __future__ import annotations

import math

import msgspec

from incidents.detect.learned.left_out import add
from incidents.detect.learned.parameters import NEVER

_LEAST = 0.004
_GONE = 0.3
_GAIN = 5e-4
KEPT = 12
"""The latest outliers that are remembered."""
_TWICE_AND_A_HALF = math.log(2.5)
_FIRST_RATE = 0.01


class Tail(msgspec.Struct, array_like=True):
    """How often answers are outliers, and what speaks for more; as in `odds`.

    `began` is since when anything does, `times` are the latest outliers.
    """

    sums: list[float]
    rate: float
    began: float
    times: list[float]

    @property
    def value(self) -> float:
        """The evidence there is."""
        return min(self.sums)

    def forgets(self, since: float) -> bool:
        """Whether there may have been more outliers since an instant than `times` holds."""
        return self.times[0] >= since


def none(places: int, rate: float = _FIRST_RATE) -> Tail:
    """No evidence yet."""
    return Tail([0.0] * places, rate, NEVER, [NEVER] * KEPT)


def copied(known: Tail) -> Tail:
    """The same once more, to be changed."""
    return Tail(known.sums.copy(), known.rate, known.began, known.times.copy())


def gain(rate: float, outlier: bool) -> float:
    """What one answer says for a raised rate of outliers."""
    usual = max(rate, _LEAST)
    raised = min(0.5, max(0.12, 5 * usual))
    return math.log(raised / usual) if outlier else math.log((1 - raised) / (1 - usual))


def most(known: Tail, outlier: bool) -> float:
    """The most evidence that there may be with one more answer."""
    if outlier:
        return min(known.sums) + gain(known.rate, outlier=True)
    return min(known.sums) if known.began > NEVER else _GONE


def move(known: Tail, at: float, place: int, enough: float, outlier: bool, learn: bool) -> None:
    """Take one more answer in."""
    rate = known.rate
    if learn:
        known.rate += _GAIN * (outlier - rate)
    if not outlier and max(known.sums) <= 0.0:
        known.began = NEVER
        return
    add(known.sums, gain(rate, outlier=outlier), place, enough + 2.5)
    if outlier:
        _note(known.times, at)
    if min(known.sums) <= _GONE:
        known.began = NEVER
    elif known.began == NEVER:
        known.began = at


def _note(times: list[float], at: float) -> None:
    """Remember when an outlier was asked for, and forget the oldest."""
    for number in range(len(times) - 1):
        times[number] = times[number + 1]
    times[-1] = at


def is_outlier(deviation: float, spread: float) -> bool:
    """Whether an answer took at least two and a half times as long, and is no matter of spread."""
    return deviation > _TWICE_AND_A_HALF and deviation > 3.5 * spread
