"""Evidence that more answers than usual take far too long, while most are as quick as ever."""

from __future__ import annotations

import math

import msgspec

from incidents.detect.learned.left_out import added

_LEAST = 0.004
_GONE = 0.3
_GAIN = 5e-4
_KEPT = 12
_TWICE_AND_A_HALF = math.log(2.5)


class Tail(msgspec.Struct, frozen=True, array_like=True):
    """How often answers are outliers, and what speaks for more; as in `odds`."""

    sums: tuple[float, ...]
    rate: float = 0.01
    began: float | None = None
    times: tuple[float, ...] = ()

    @property
    def value(self) -> float:
        """The evidence there is."""
        return min(self.sums)

    def forgets(self, since: float) -> bool:
        """Whether there may have been more outliers since an instant than `times` holds."""
        return len(self.times) == _KEPT and self.times[0] >= since


def none(places: int) -> Tail:
    """No evidence yet."""
    return Tail((0.0,) * places)


def gain(rate: float, *, outlier: bool) -> float:
    """What one answer says for a raised rate of outliers."""
    usual = max(rate, _LEAST)
    raised = min(0.5, max(0.12, 5 * usual))
    return math.log(raised / usual) if outlier else math.log((1 - raised) / (1 - usual))


def moved(known: Tail, at: float, place: int, enough: float, *, outlier: bool, learn: bool) -> Tail:
    """The evidence with one more answer."""
    rate = known.rate + _GAIN * (outlier - known.rate) if learn else known.rate
    if not outlier and not any(known.sums):
        return Tail(known.sums, rate)
    sums = added(known.sums, gain(known.rate, outlier=outlier), place, enough + 2.5)
    times = (*known.times, at)[-_KEPT:] if outlier else known.times
    if min(sums) <= _GONE:
        return Tail(sums, rate, None, times)
    return Tail(sums, rate, at if known.began is None else known.began, times)


def is_outlier(deviation: float, spread: float) -> bool:
    """Whether an answer took at least two and a half times as long, and is no matter of spread."""
    return deviation > _TWICE_AND_A_HALF and deviation > 3.5 * spread
