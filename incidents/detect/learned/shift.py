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
from incidents.detect.learned.left_out import add
from incidents.detect.learned.parameters import NEVER, SHIFTS

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


News = tuple[float, float, float]
"""What an answer says: for either shift, and how far it lies above what is no news."""


@lru_cache(maxsize=64)
def law(interval: float, enough: float) -> Law:
    """How they are weighed where it is asked so often, and so much evidence suffices."""
    return Law(min(1.0, (interval / 60.0) ** 0.4), 1.3 * enough, interval)


class Drift(msgspec.Struct, array_like=True):
    """What speaks for a slight shift, and for much of one, without each location.

    `began` is since when there is any, `count` and `total` are the deviations since. `hint` is
    when the latest answer was asked for that spoke for it, while it stands alone.
    """

    slight: list[float]
    much: list[float]
    began: float = NEVER
    count: int = 0
    total: float = 0.0
    hint: float = NEVER

    @property
    def value(self) -> float:
        """The evidence for the shift that there is most for."""
        return max(min(self.slight), min(self.much))

    @property
    def mean(self) -> float:
        """The mean deviation since it began."""
        return self.total / self.count if self.count else 0.0


def none(places: int) -> Drift:
    """No evidence yet."""
    return Drift([0.0] * places, [0.0] * places)


def copied(known: Drift) -> Drift:
    """The same once more, to be changed."""
    return Drift(
        known.slight.copy(), known.much.copy(), known.began, known.count, known.total, known.hint
    )


def value(known: Drift) -> float:
    """The evidence for the shift that there is most for; about so much while it is nothing."""
    return max(min(known.slight), min(known.much)) if known.began > NEVER else _GONE


def adds_nothing(known: Drift, deviation: float) -> bool:
    """Whether there is no evidence, and an answer that lies so far above the usual brings none."""
    return deviation <= _SLIGHT / 2 and max(known.slight) <= 0.0 and max(known.much) <= 0.0


def news(deviation: float, variance: float, margin: float, weight: float) -> News:
    """What an answer says that lies so far above the usual, given how far that varies.

    `margin` is what it must exceed.
    """
    spread = math.sqrt(variance)
    bounded = min(max(deviation, -2.5 * spread), 3.0 * spread)
    per_sample, above = weight / variance, bounded - margin
    slight = per_sample * _SLIGHT * (above - _SLIGHT / 2)
    return slight, per_sample * _MUCH * (above - _MUCH / 2), above


def move(known: Drift, at: float, place: int, deviation: float, said: News, law: Law) -> None:
    """Take in one more answer that lay so far above the usual, and what it says."""
    slight, much, above = said
    add(known.slight, slight, place, law.cap)
    if much > 0.0 or max(known.much) > 0.0:
        add(known.much, much, place, law.cap)
    if min(known.slight) <= _GONE and min(known.much) <= _GONE:
        if above > _SLIGHT / 2:
            known.hint = at
        known.began, known.count, known.total = NEVER, 0, 0.0
        return
    if known.began == NEVER:
        lately = 0.0 <= at - known.hint < law.near
        known.began = known.hint if lately else at
        known.hint = NEVER
    known.count += 1
    known.total += within(deviation, _BOUND)


def halve(known: Drift) -> None:
    """Leave half of the evidence, after a fresh look that did not bear it out."""
    known.slight = [kept / 2 for kept in known.slight]
    known.much = [kept / 2 for kept in known.much]
    known.hint = NEVER
