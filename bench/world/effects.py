"""What a span of time does to the probes in it, and which spans hold at an instant."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from random import Random


class Why(StrEnum):
    """How a probe fails."""

    NONE = ""
    REFUSED = "refused"
    RESET = "reset"
    TIMEOUT = "timeout"
    RESOLVE = "resolve"
    NO_ROUTE = "no route of our own"
    STATUS_429 = "429"
    STATUS_500 = "500"
    STATUS_502 = "502"
    STATUS_503 = "503"


class Course(StrEnum):
    """How an effect's slowness goes over its span."""

    FLAT = "flat"
    RISING = "rising"
    FALLING = "falling"


@dataclass(frozen=True, slots=True)
class Effect:
    """What befalls probes of these checks from these locations (empty: all) in a span.

    Attributes:
        slow: Factor on what the server takes, along its `course`.
        waits: Share of requests that wait `add` seconds more.
        tail: Share of requests that take `tail_slow` times as long.
        fails: Share of requests that fail, for the reason `why`.
        loss: Share of packets lost on the way.
        resolving: Seconds more for the name, where it is looked up anew.
        backends: Only requests that meet one of so many backends are concerned (0: all are).
        sticky: Seconds for which a location stays with its backend; 0: each request meets any.
        silent: Probes give no result at all.
    """

    checks: tuple[str, ...]
    start: float
    end: float
    locations: tuple[str, ...] = ()
    slow: float = 1.0
    course: Course = Course.FLAT
    add: float = 0.0
    waits: float = 1.0
    tail: float = 0.0
    tail_slow: float = 1.0
    fails: float = 0.0
    why: Why = Why.NONE
    loss: float = 0.0
    resolving: float = 0.0
    backends: int = 0
    sticky: float = 0.0
    silent: bool = False

    def slowness(self, at: float) -> float:
        """The factor at an instant."""
        if self.course is Course.FLAT:
            return self.slow
        done = (at - self.start) / (self.end - self.start)
        return 1 + (self.slow - 1) * (done if self.course is Course.RISING else 1 - done)

    def slowed(self, seconds: float, at: float, rng: Random) -> float:
        """What a server takes that would have taken so many seconds."""
        seconds *= self.slowness(at)
        if self.add and rng.random() < self.waits:
            seconds += self.add
        if self.tail and rng.random() < self.tail:
            seconds *= self.tail_slow
        return seconds

    def meets(self, at: float, place: int, chance: float) -> bool:
        """Whether a request from the location of that number meets the backend concerned."""
        if not self.backends:
            return True
        if not self.sticky:
            return chance * self.backends < 1
        turn = int((at - self.start) // self.sticky) + 1
        return (turn * 2654435761 + place * 805459861) % 4294967291 % self.backends == 0


class Timeline:
    """Effects of one check from one location, found by instant."""

    __slots__ = ("_active", "_bounds")

    def __init__(self, effects: Iterable[Effect]) -> None:
        """Take the effects in any order; they may overlap."""
        found = list(effects)
        self._bounds = sorted({at for effect in found for at in (effect.start, effect.end)})
        places = {at: number for number, at in enumerate(self._bounds)}
        active: list[tuple[Effect, ...]] = [() for _ in self._bounds]
        for effect in found:
            for number in range(places[effect.start], places[effect.end]):
                active[number] += (effect,)
        self._active = active

    def at(self, instant: float) -> tuple[Effect, ...]:
        """What holds at an instant, in the order of its making."""
        number = bisect_right(self._bounds, instant)
        return self._active[number - 1] if number else ()
