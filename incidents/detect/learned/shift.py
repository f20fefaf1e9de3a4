"""Evidence that answers have become slower, whichever location is left out.

CUSUMs for a shift of a normal law's mean, on bounded deviations, so that no single answer says
much; each is kept without each location as in `odds`.
"""

from __future__ import annotations

import math

import msgspec

from incidents.detect.learned.left_out import added
from incidents.detect.learned.parameters import SHIFTS

_GONE = 0.5
_BOUND = 1.5


class Drift(msgspec.Struct, frozen=True, array_like=True):
    """What speaks for a shift; `began` is since when there is any, `total` the deviations since."""

    sums: tuple[tuple[float, ...], ...]
    began: float | None = None
    count: int = 0
    total: float = 0.0

    @property
    def value(self) -> float:
        """The evidence for the shift that there is most for."""
        return max(min(kept) for kept in self.sums)

    @property
    def mean(self) -> float:
        """The mean deviation since it began."""
        return self.total / self.count if self.count else 0.0


def none(places: int) -> Drift:
    """No evidence yet."""
    return Drift(((0.0,) * places,) * len(SHIFTS))


def moved(
    known: Drift, at: float, place: int, deviation: float, law: tuple[float, float, float, float]
) -> Drift:
    """The evidence with one more answer.

    `law` is the variance, the margin, the weight of a sample beside its neighbours, and the cap.
    """
    variance, margin, weight, cap = law
    spread = math.sqrt(variance)
    bounded = min(max(deviation, -2.5 * spread), 3.0 * spread)
    seen = min(max(deviation, -_BOUND), _BOUND)
    per_sample, above = weight / variance, bounded - margin
    sums = tuple(
        [
            added(kept, per_sample * shift * (above - shift / 2), place, cap)
            for kept, shift in zip(known.sums, SHIFTS, strict=True)
        ]
    )
    if min(sums[0]) <= _GONE and min(sums[1]) <= _GONE:
        return Drift(sums)
    if known.began is None:
        return Drift(sums, at, 1, seen)
    return Drift(sums, known.began, known.count + 1, known.total + seen)


def halved(known: Drift) -> Drift:
    """The evidence after a fresh look that did not bear it out."""
    sums = tuple(tuple(value / 2 for value in kept) for kept in known.sums)
    return Drift(sums, known.began, known.count, known.total)
