"""Evidence that answers have become slower, whichever location is left out.

CUSUMs for a shift of a normal law's mean, on bounded deviations, so that no single answer says
much; each is kept without each location as in `odds`.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

import msgspec

from incidents.detect.learned.bounds import within
from incidents.detect.learned.left_out import added
from incidents.detect.learned.parameters import SHIFTS

_SLIGHT, _MUCH = SHIFTS
_GONE = 0.5
_BOUND = 1.5


class Law(NamedTuple):
    """How deviations are weighed.

    `weight` is that of a sample beside its neighbours, `cap` the most that evidence rises to,
    and `near` the seconds within which two answers belong together.
    """

    weight: float
    cap: float
    near: float


Sample = tuple[float, float, float]
"""How far an answer lies above the usual, the variance of that, and what it must exceed."""


@lru_cache(maxsize=64)
def law(interval: float, enough: float) -> Law:
    """How they are weighed where it is asked so often, and so much evidence suffices."""
    return Law(min(1.0, (interval / 60.0) ** 0.4), 1.3 * enough, interval)


class Drift(msgspec.Struct, frozen=True, array_like=True):
    """What speaks for a shift; `began` is since when there is any, `total` the deviations since.

    `hint` is when the latest answer was asked for that spoke for it, while it stands alone.
    """

    sums: tuple[tuple[float, ...], ...]
    began: float | None = None
    count: int = 0
    total: float = 0.0
    hint: float | None = None

    @property
    def value(self) -> float:
        """The evidence for the shift that there is most for."""
        return max(map(min, self.sums))

    @property
    def mean(self) -> float:
        """The mean deviation since it began."""
        return self.total / self.count if self.count else 0.0


def none(places: int) -> Drift:
    """No evidence yet."""
    return Drift(((0.0,) * places,) * len(SHIFTS))


def adds_nothing(known: Drift, deviation: float) -> bool:
    """Whether there is no evidence, and an answer that lies so far above the usual brings none."""
    of_slight, of_much = known.sums
    return deviation <= _SLIGHT / 2 and not any(of_slight) and not any(of_much)


def moved(known: Drift, at: float, place: int, sample: Sample, law: Law) -> Drift:
    """The evidence with one more answer."""
    deviation, variance, margin = sample
    spread = math.sqrt(variance)
    bounded = min(max(deviation, -2.5 * spread), 3.0 * spread)
    per_sample, above = law.weight / variance, bounded - margin
    slight = per_sample * _SLIGHT * (above - _SLIGHT / 2)
    much = per_sample * _MUCH * (above - _MUCH / 2)
    of_slight, of_much = known.sums
    sums = added(of_slight, slight, place, law.cap), added(of_much, much, place, law.cap)
    if min(sums[0]) <= _GONE and min(sums[1]) <= _GONE:
        return Drift(sums, hint=at if above > _SLIGHT / 2 else known.hint)
    seen = within(deviation, _BOUND)
    if known.began is None:
        lately = known.hint is not None and 0.0 <= at - known.hint < law.near
        return Drift(sums, known.hint if lately else at, 1, seen)
    return Drift(sums, known.began, known.count + 1, known.total + seen)


def halved(known: Drift) -> Drift:
    """The evidence after a fresh look that did not bear it out."""
    sums = tuple(tuple(value / 2 for value in kept) for kept in known.sums)
    return Drift(sums, known.began, known.count, known.total)
