"""The whole world of a seed: who is in it, what happens, and what any probe of it gives."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from bench.world import habits, troubles
from bench.world.almanac import DAY, MINUTE, instant
from bench.world.chance import stream
from bench.world.characters import LOCATIONS, Character, canaries, services
from bench.world.effects import Effect
from bench.world.faults import Placing
from bench.world.happenings import Happening, Truth
from bench.world.sampling import Answer, Line, limited
from checks.model import Result

_LONGEST_TIMEOUT = 10.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What world is wanted: its seed, its size, and how it is probed."""

    seed: str
    services: int = 24
    days: float = 14
    learn: float = 3
    interval: float = 60

    @property
    def judged_from(self) -> float:
        """Seconds after which detection is held against the truth."""
        return self.learn * DAY

    @property
    def end(self) -> float:
        """Seconds that the world lasts."""
        return (self.learn + self.days) * DAY

    @property
    def timeout(self) -> float:
        """Seconds that a probe may take."""
        return min(_LONGEST_TIMEOUT, self.interval / 2)


@dataclass(slots=True)
class Quota:
    """How many rechecks in a burst from one address a service answers before it says 429."""

    most: float = 3.0
    a_second: float = 1 / 8
    left: float = 3.0
    at: float = 0.0
    refused: list[float] = field(default_factory=list)

    def allows(self, at: float) -> bool:
        """Take one, if one is left."""
        self.left = min(self.most, self.left + max(at - self.at, 0) * self.a_second)
        self.at = max(at, self.at)
        if self.left < 1:
            self.refused.append(at)
            return False
        self.left -= 1
        return True


@dataclass(slots=True)
class World:
    """Services, canaries, and all that happens to them."""

    plan: Plan
    services: tuple[Character, ...]
    canaries: tuple[Character, ...]
    happenings: tuple[Happening, ...]
    lines: dict[str, tuple[Line, ...]] = field(init=False)
    quotas: dict[tuple[str, str], Quota] = field(init=False)
    """By check and location, where there is one."""

    def __post_init__(self) -> None:
        effects, steps = _by_check(self.happenings), _steps(self.happenings)
        self.lines = {
            who.check: _lines(who, self.plan, effects.get(who.check, ()), steps.get(who.name, ()))
            for who in (*self.services, *self.canaries)
        }
        limited_ones = [who.check for who in self.services if "rate limit" in who.habits]
        self.quotas = {(check, place): Quota() for check in limited_ones for place in LOCATIONS}

    def of(self, truth: Truth) -> list[Happening]:
        """What happened of that sort, in order of time."""
        return [one for one in self.happenings if one.truth is truth]

    def recheck(self, check: str, location: str, at: float, timeout: float) -> Result | None:
        """Probe once more, out of turn; None if nothing comes of it."""
        line, rng = (
            self.lines[check][LOCATIONS.index(location)],
            stream(self.plan.seed, check, location, at),
        )
        quota = self.quotas.get((check, location))
        answer = line.probe(at, rng, recheck=True, timeout=timeout)
        if answer is None:
            return None
        if quota is not None and not quota.allows(at):
            answer = limited(answer)
        return as_result(check, location, at, answer, recheck=True)


def build(plan: Plan) -> World:
    """The world of a plan; the same plan gives the same world."""
    who, names = services(plan.seed, plan.services), canaries(plan.seed)
    everyone = (*who, *names)
    benign: list[Happening] = []
    for one in who:
        benign += habits.of_service(one, plan.end, stream(plan.seed, "habits", one.name))
    benign += troubles.shared(who, plan.end, stream(plan.seed, "shared"))
    span = plan.judged_from, plan.end
    benign += troubles.lossy(everyone, *span, stream(plan.seed, "lossy"))
    ours = troubles.ours(everyone, *span, stream(plan.seed, "ours"))
    faults = Placing(who, *span, benign, ours, stream(plan.seed, "faults")).all()
    happenings = sorted((*benign, *ours, *faults), key=lambda one: (one.start, one.kind))
    return World(plan, who, names, tuple(happenings))


def as_result(
    check: str, location: str, at: float, answer: Answer, *, recheck: bool = False
) -> Result:
    """The answer as the product knows it."""
    return Result(
        check=check,
        location=location,
        at=instant(at),
        known_at=instant(at + answer.took),
        outcome=answer.outcome,
        latency_seconds=answer.latency,
        reason=answer.reason,
        phases=answer.phases,
        facts=answer.facts,
        recheck=recheck,
    )


def _by_check(happenings: Iterable[Happening]) -> dict[str, list[Effect]]:
    found: dict[str, list[Effect]] = {}
    for happening in sorted(happenings, key=lambda one: one.truth is Truth.OURS):
        for effect in happening.effects:  # ours last: what never leaves meets no other trouble
            for check in effect.checks:
                found.setdefault(check, []).append(effect)
    return found


def _steps(happenings: Iterable[Happening]) -> dict[str, list[tuple[float, float]]]:
    """For each service, when it went on at which level."""
    found: dict[str, list[tuple[float, float]]] = {}
    for happening in happenings:
        if happening.step is not None:
            for name in happening.services:
                found.setdefault(name, []).append((happening.end, happening.step))
    return {name: sorted(steps) for name, steps in found.items()}


def _lines(
    who: Character, plan: Plan, effects: Sequence[Effect], steps: Sequence[tuple[float, float]]
) -> tuple[Line, ...]:
    levels = _levels(who, plan.end, steps)
    return tuple(
        Line(who, place, levels, _seen_from(location, effects), plan.timeout)
        for place, location in enumerate(LOCATIONS)
    )


def _seen_from(location: str, effects: Iterable[Effect]) -> list[Effect]:
    return [one for one in effects if not one.locations or location in one.locations]


def _levels(who: Character, end: float, steps: Sequence[tuple[float, float]]) -> list[float]:
    """The factor on the server's usual speed, for each minute of the world."""
    level, starts = who.level(), [at for at, _ in steps]
    values = [0.0, *(value for _, value in steps)]
    minutes = (minute * MINUTE for minute in range(int(end / MINUTE) + 1))
    return [math.exp(level(at) + values[bisect_right(starts, at)]) for at in minutes]
