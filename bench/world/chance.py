"""Chance that follows from names: the same seed and names give the same numbers anywhere."""

from __future__ import annotations

import math
from random import Random

from bench.world.almanac import DAY


def stream(*names: object) -> Random:
    """A source of chance of its own for these names."""
    return Random("|".join(map(str, names)))


def between_by_ratio(rng: Random, low: float, high: float) -> float:
    """A number whose logarithm is even between the bounds: each doubling is as likely."""
    return math.exp(rng.uniform(math.log(low), math.log(high)))


def often(rng: Random, mean: float) -> int:
    """How often something happens that happens so often on average (Poisson)."""
    count, left = 0, rng.expovariate(1.0)
    while left < mean:
        count += 1
        left += rng.expovariate(1.0)
    return count


def instants(rng: Random, end: float, a_day: float) -> list[float]:
    """When something happens that happens so often a day, up to an instant, in order."""
    return sorted(rng.uniform(0, end) for _ in range(often(rng, a_day * end / DAY)))


def rounded(rng: Random, mean: float) -> int:
    """The number below or above, in the proportion that keeps the mean."""
    return math.floor(mean) + (rng.random() < mean % 1)
