"""How long servers take: eight shapes of latency, none of them a log-normal one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from bench.world.chance import between_by_ratio, stream

Draw = Callable[[Random], float]
_DRAWS_FOR_MEDIAN = 1001


@dataclass(frozen=True, slots=True)
class Shape:
    """A distribution of seconds that a server takes, at its ordinary level."""

    name: str
    median: float
    draw: Draw


def gamma(rng: Random) -> Draw:
    """Many steps, each a little uncertain."""
    steps, mean = rng.uniform(2, 14), between_by_ratio(rng, 0.02, 0.6)
    scale = mean / steps
    return lambda chance: chance.gammavariate(steps, scale)


def cached(rng: Random) -> Draw:
    """Two modes: in the cache, or not."""
    share, hit = rng.uniform(0.6, 0.93), between_by_ratio(rng, 0.003, 0.05)
    miss = hit * rng.uniform(3, 9)

    def draw(chance: Random) -> float:
        return (hit if chance.random() < share else miss) * (0.8 + 0.45 * chance.random())

    return draw


def queueing(rng: Random) -> Draw:
    """A fixed amount of work, and a wait in line."""
    work = between_by_ratio(rng, 0.01, 0.25)
    rate = 1 / (work * rng.uniform(0.3, 1.2))
    return lambda chance: work + chance.expovariate(rate)


def heavy(rng: Random) -> Draw:
    """A tail that goes on and on."""
    least, power = between_by_ratio(rng, 0.01, 0.3), -1 / rng.uniform(2.5, 4.5)
    return lambda chance: least * min((1 - chance.random()) ** power, 30.0)


def steady(rng: Random) -> Draw:
    """Always the same within a few percent, but for a few."""
    usual, rare = between_by_ratio(rng, 0.004, 0.4), rng.uniform(0.005, 0.03)

    def draw(chance: Random) -> float:
        seconds = usual * (1 + 0.05 * chance.random())
        return seconds * (2 + 5 * chance.random()) if chance.random() < rare else seconds

    return draw


def polling(rng: Random) -> Draw:
    """The worker looks for work once in a while; who asks waits for its next look."""
    work, period = between_by_ratio(rng, 0.02, 0.2), rng.uniform(0.05, 0.3)
    return lambda chance: work + period * chance.random()


def weibull(rng: Random) -> Draw:
    """As long as the slowest of several parts."""
    scale, form = between_by_ratio(rng, 0.02, 0.8), rng.uniform(1.4, 3.5)
    return lambda chance: scale * 0.1 + chance.weibullvariate(scale, form)


def mixed(rng: Random) -> Draw:
    """Three sorts of query, each with its own cost, and little noise in each."""
    cheap = between_by_ratio(rng, 0.01, 0.2)
    dear, dearest = cheap * rng.uniform(1.6, 3), cheap * rng.uniform(4, 7)

    def draw(chance: Random) -> float:
        which = chance.random()
        cost = cheap if which < 0.6 else dear if which < 0.92 else dearest
        return cost * (0.9 + chance.gammavariate(4.0, 0.03))

    return draw


SHAPES = (gamma, cached, queueing, heavy, steady, polling, weibull, mixed)


def drawn(rng: Random, number: int) -> Shape:
    """A shape for the service of that number: all eight come in turn, each with its own size."""
    make = SHAPES[number % len(SHAPES)]
    draw, chance = make(rng), stream("median", make.__name__)
    taken = sorted(draw(chance) for _ in range(_DRAWS_FOR_MEDIAN))
    return Shape(make.__name__, taken[_DRAWS_FOR_MEDIAN // 2], draw)


def canary() -> Shape:
    """A well-known name that answers at once."""
    return Shape("canary", 0.006, lambda chance: 0.004 + chance.gammavariate(2.0, 0.001))
