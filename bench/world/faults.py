"""Where faults are placed: apart from one another, and from what would hide them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from random import Random

from bench.world.almanac import DAY, HOUR, MINUTE
from bench.world.chance import rounded
from bench.world.characters import Character
from bench.world.effects import Effect, Why
from bench.world.faultkinds import FAULTS, FaultKind
from bench.world.happenings import Happening, Truth

FAULTS_OF = (24, 14)
"""The services and days that the counts of the kinds are for."""
APART = 1.5 * HOUR
"""Two faults of a service are at least this far from one another."""
FROM_OURS = 20 * MINUTE
MOST_SHARED = 20
SHARED_SHARE = 5 / 6
SHARED_WITHIN = 15.0
"""A shared fault reaches all of its services within so many seconds."""
SHARED_AS = (Why.STATUS_500, Why.STATUS_502, Why.STATUS_503, Why.TIMEOUT)
"""How a service fails whose dependency fails."""
ODD_ONES = 0.15
"""Share of its services that may fail in another way than the rest."""
LONG_ENOUGH = 40 * MINUTE
"""For a service that is probed a tenth as often."""
HIDES_SLOWNESS = ("nightly batch", "weekday batch", "surge")
_TRIES = 400


@dataclass(slots=True)
class Placing:
    """Places faults one after another in a span, and remembers where there is room."""

    services: Sequence[Character]
    start: float
    end: float
    benign: Sequence[Happening]
    ours: Sequence[Happening]
    rng: Random
    placed: list[Happening] = field(default_factory=list)
    slow_by_habit: dict[str, list[Happening]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for happening in self.benign:
            if happening.kind in HIDES_SLOWNESS:
                for name in happening.services:
                    self.slow_by_habit.setdefault(name, []).append(happening)

    def all(self) -> list[Happening]:
        """As many faults of each kind as belong to so many services and days."""
        services, days = FAULTS_OF
        days_share = (self.end - self.start) / DAY / days
        services_share = len(self.services) / services
        for name, kind in FAULTS.items():
            count = kind.count * (days_share if kind.shared else days_share * services_share)
            for _ in range(rounded(self.rng, count)):
                self._place(name, kind)
        return self.placed

    def _place(self, name: str, kind: FaultKind) -> None:
        for _ in range(_TRIES):
            who = self._struck(kind)
            start, end = self._span(kind, who)
            if all(self._has_room(kind, one, start, end) for one in who):
                effects = tuple(self._effects(kind, who, start, end))
                self.placed.append(_fault(name, kind, who, start, end, effects))
                return

    def _struck(self, kind: FaultKind) -> list[Character]:
        if kind.shared:
            count = min(MOST_SHARED, round(len(self.services) * SHARED_SHARE))
            found = self.rng.sample(self.services, count)
            return sorted(found, key=lambda one: one.name)
        return [self.rng.choice([one for one in self.services if one.every == 1 or kind.rare])]

    def _span(self, kind: FaultKind, who: Sequence[Character]) -> tuple[float, float]:
        lasts = self.rng.uniform(*kind.minutes) * MINUTE
        if any(one.every > 1 for one in who):
            lasts = max(lasts, LONG_ENOUGH)
        start = self.rng.uniform(self.start + HOUR / 2, self.end - 2 * HOUR)
        return start, start + lasts

    def _has_room(self, kind: FaultKind, who: Character, start: float, end: float) -> bool:
        if any(one.touches(start - FROM_OURS, end + FROM_OURS) for one in self.ours):
            return False
        mine = (one for one in self.placed if who.name in one.services)
        if any(one.touches(start - APART, end + APART) for one in mine):
            return False
        habits = self.slow_by_habit.get(who.name, ()) if kind.slow else ()
        return end < self.end - HOUR and not any(one.touches(start, end) for one in habits)

    def _effects(
        self, kind: FaultKind, who: Iterable[Character], start: float, end: float
    ) -> Iterator[Effect]:
        """What it does to each; where it is shared, most of them fail alike."""
        alike = self.rng.choice(SHARED_AS)
        for one in who:
            lag = self.rng.uniform(0, SHARED_WITHIN) if kind.shared else 0.0
            for effect in kind.does(one, start + lag, end, self.rng):
                if kind.shared and effect.why:
                    odd = self.rng.random() < ODD_ONES
                    effect = replace(effect, why=self.rng.choice(SHARED_AS) if odd else alike)
                yield effect


def _fault(
    name: str,
    kind: FaultKind,
    who: Sequence[Character],
    start: float,
    end: float,
    effects: tuple[Effect, ...],
) -> Happening:
    services = tuple(one.name for one in who)
    places = {place for effect in effects for place in effect.locations}
    return Happening(
        name, Truth.FAULT, services, start, end, effects, tuple(sorted(places)), kind.accept
    )
