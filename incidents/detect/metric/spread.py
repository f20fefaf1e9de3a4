"""How values of one kind are spread: a summary of bounded size, exact where it matters.

Neighbouring values are put together, fewer the nearer they are to an end (a t-digest): the
rarest stay themselves. What is older counts less and less, as if the last `REMEMBERED` values
were kept; yet less than two hundred points do for them.
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from struct import Struct

import msgspec

REMEMBERED = 10_000
"""So many values count; older ones fade."""
TAIL = 0.02
"""The share at either end within which a value is rare."""
FEWEST = 20
"""Before so many values nothing is surprising."""
_POINTS = 30
"""How fine the summary is; it has some six times as many points."""
_MOST_ADDED = 64
_FEWEST_ADDED = 16
_ADDED_SHARE = 0.02
"""How many points may be new before neighbours are put together."""
_FADED = 0.1
"""A point of less weight than this is forgotten."""
_FLOOR = 0.003
"""Of the whole range: values that lie closer than this are as good as equal."""
_FINEST = 1e-9
"""Of a value itself: finer differences are those of floating point."""
_HEAVINESS = 0.1
"""How heavy tails are taken to be (the shape of a generalised Pareto law)."""
_WIDTH = 8
_PACKED = Struct("d")
_ONE = _PACKED.pack(1.0)
_AT_TAIL = -math.log10(2 * TAIL)


class Tail(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Where one end begins, and how far beyond that its values lie on average."""

    begins: float
    excess: float


class Spread(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A summary: points in order with their weights (packed doubles), and both tails.

    `added` of the points are new since neighbours were last put together.
    """

    points: bytes = b""
    weights: bytes = b""
    total: float = 0.0
    added: int = 0
    low: Tail = Tail(0.0, 0.0)
    high: Tail = Tail(0.0, 0.0)

    @property
    def learned(self) -> bool:
        """Whether there are enough to call anything rare."""
        return self.total >= FEWEST

    def side(self, value: float) -> int:
        """-1 for a value below the usual ones, 1 above them, 0 among them."""
        if not self.learned:
            return 0
        return (value > self.high.begins) - (value < self.low.begins)


def seen(spread: Spread, value: float) -> Spread:
    """The spread with one more value."""
    place = bisect_right(memoryview(spread.points).cast("d"), value) * _WIDTH
    points = spread.points[:place] + _PACKED.pack(value) + spread.points[place:]
    weights = spread.weights[:place] + _ONE + spread.weights[place:]
    total, added = spread.total + 1, spread.added + 1
    if added >= min(_MOST_ADDED, _FEWEST_ADDED + _ADDED_SHARE * total):
        return _summed_up(points, weights)
    low, high = spread.low, spread.high
    if value >= high.begins or value <= low.begins:
        low, high = _tails(points, weights, total)
    return Spread(points, weights, total, added, low, high)


def surprise(spread: Spread, value: float) -> float:
    """How rare a value is, in powers of ten: 1.4 at the edge of the tails, more beyond."""
    if not spread.learned:
        return 0.0
    if value > spread.high.begins:
        return _beyond(value - spread.high.begins, spread.high.excess)
    if value < spread.low.begins:
        return _beyond(spread.low.begins - value, spread.low.excess)
    below = _below(spread, value)
    share = 2 * min(below + 0.5, spread.total - below + 0.5) / (spread.total + 1)
    return max(0.0, -math.log10(min(1.0, share)))


def _beyond(distance: float, excess: float) -> float:
    return _AT_TAIL + math.log10(1 + _HEAVINESS * distance / excess) / _HEAVINESS


def _below(spread: Spread, value: float) -> float:
    """How many values are smaller; those that are equal count half."""
    points, weights = memoryview(spread.points).cast("d"), memoryview(spread.weights).cast("d")
    left, right = bisect_left(points, value), bisect_right(points, value)
    before = sum(weights[:left])
    if right > left:
        return before + sum(weights[left:right]) / 2
    if left == 0 or left == len(points):
        return before
    share = (value - points[left - 1]) / (points[left] - points[left - 1])
    return before + (share * weights[left] - (1 - share) * weights[left - 1]) / 2


# Summing up -----------------------------------------------------------------------------------


def _summed_up(points: bytes, weights: bytes) -> Spread:
    """The spread of these points, neighbours put together; what is old has faded."""
    values, weighed = memoryview(points).cast("d"), memoryview(weights).cast("d")
    fade = min(1.0, REMEMBERED / sum(weighed))
    kept = [
        (value, faded)
        for value, weight in zip(values, weighed, strict=True)
        if (faded := weight * fade) >= _FADED
    ]
    merged = list(_merged(kept))
    total = math.fsum(weight for _, weight in merged)
    points = array("d", (value for value, _ in merged)).tobytes()
    weights = array("d", (weight for _, weight in merged)).tobytes()
    return Spread(points, weights, total, 0, *_tails(points, weights, total))


def _merged(weighed: list[tuple[float, float]]) -> Iterator[tuple[float, float]]:
    """Neighbours put together as far as their place allows it."""
    total = math.fsum(weight for _, weight in weighed)
    done, (value, weight) = 0.0, weighed[0]
    for other, more in weighed[1:]:
        together = weight + more
        share = (done + together / 2) / total
        if together <= 4 * total * share * (1 - share) / _POINTS:
            value += (other - value) * more / together
            weight = together
        else:
            yield value, weight
            done += weight
            value, weight = other, more
    yield value, weight


def _tails(points: bytes, weights: bytes, total: float) -> tuple[Tail, Tail]:
    """Both ends as they are now."""
    values, weighed = memoryview(points).cast("d"), memoryview(weights).cast("d")
    finest = _FLOOR * (values[-1] - values[0])
    rare = max(float(int(TAIL * total)), 1.0)
    upward, downward = range(len(values)), range(len(values) - 1, -1, -1)
    return _tail(values, weighed, upward, rare, finest), _tail(
        values, weighed, downward, rare, finest
    )


def _tail(
    values: Sequence[float], weights: Sequence[float], inward: Iterable[int], rare: float,
    finest: float,
) -> Tail:  # fmt: skip
    """One end, of which so much is rare."""
    taken = moment = begins = 0.0
    for place in inward:
        begins = values[place]
        if taken >= rare:
            break
        taken += weights[place]
        moment += begins * weights[place]
    excess = abs(moment / taken - begins)
    return Tail(begins, max(excess, finest, _FINEST * abs(begins)) or math.ulp(0.0))
