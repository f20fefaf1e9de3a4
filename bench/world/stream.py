"""Planned results in the order in which they arrive: late, out of order or twice now and then."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from operator import itemgetter
from random import Random

from bench.world.almanac import HOUR, MINUTE
from bench.world.chance import stream
from bench.world.characters import LOCATIONS, Character
from bench.world.sampling import Line
from bench.world.scenario import World, as_result
from checks.model import Result

Arrival = tuple[float, Result]
_AT_ONCE = 10 * MINUTE
_JITTER = 0.3
_DISORDER = 2.0
"""While an agent is under load, results arrive up to this much after they were known."""
_TWICE, _TWICE_UNDER_LOAD = 1e-4, 5e-3
_BUSY_SPANS = 3
_LONGEST_BUSY = 6 * HOUR


class _Planned:
    """The planned probes of one check from one location."""

    def __init__(
        self, world: World, who: Character, place: int, busy: list[tuple[float, float]]
    ) -> None:
        plan, location = world.plan, LOCATIONS[place]
        self._check, self._location = who.check, location
        self._line: Line = world.lines[who.check][place]
        self._interval = plan.interval * who.every
        shift = stream(plan.seed, "phase", who.check).random() + place / len(LOCATIONS)
        self._next = (shift % 1) * self._interval
        self._rng: Random = stream(plan.seed, "planned", who.check, location)
        self._busy = busy

    def take(self, until: float, arrivals: list[Arrival]) -> None:
        """Add what begins before an instant."""
        rng, line = self._rng, self._line
        while self._next < until:
            at = self._next + _JITTER * rng.random()
            self._next += self._interval
            answer = line.probe(at, rng)
            if answer is not None:
                result = as_result(self._check, self._location, at, answer)
                self._arrive(at + answer.took, result, arrivals)

    def _arrive(self, known: float, result: Result, arrivals: list[Arrival]) -> None:
        busy = any(start <= known < end for start, end in self._busy)
        late = _DISORDER * self._rng.random() if busy else 0.0
        arrivals.append((known + late, result))
        if self._rng.random() < (_TWICE_UNDER_LOAD if busy else _TWICE):
            arrivals.append((known + late + self._rng.uniform(0.2, 20), result))


def planned(world: World) -> Iterator[Arrival]:
    """All planned results with the second of their arrival, in its order."""
    busy = [_busy(world, location) for location in LOCATIONS]
    lines = [
        _Planned(world, who, place, busy[place])
        for who in (*world.services, *world.canaries)
        for place in range(len(LOCATIONS))
    ]
    waiting: list[Arrival] = []
    until = 0.0
    while until < world.plan.end:
        until = min(until + _AT_ONCE, world.plan.end)
        for line in lines:
            line.take(until, waiting)
        waiting.sort(key=itemgetter(0))
        here = bisect_left(waiting, until, key=itemgetter(0))
        yield from waiting[:here]
        waiting = waiting[here:]
    yield from waiting


def _busy(world: World, location: str) -> list[tuple[float, float]]:
    """When the agent of a location is under load."""
    rng = stream(world.plan.seed, "busy", location)
    starts = [rng.uniform(0, world.plan.end) for _ in range(_BUSY_SPANS)]
    return [(start, start + rng.uniform(1800, _LONGEST_BUSY)) for start in starts]
