"""What befalls our own probing, and benign happenings that several services share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random

from bench.world.almanac import DAY, HOUR, MINUTE
from bench.world.chance import instants
from bench.world.characters import LOCATIONS, Character
from bench.world.effects import Effect, Why
from bench.world.happenings import Happening, Truth

APART = 2 * HOUR
"""Troubles of our own are at least this far from one another."""
_TRIES = 100
_FAIL_OVERS, _HICCUPS = 0.3, 0.5
"""How many a day: in the world, and for each location."""
_OURS = {
    "prober loss": 0.25,
    "location outage": 0.3,
    "location flaky": 0.2,
    "location silent": 0.2,
    "prober silent": 0.1,
}
"""How many a day; each happens once at least."""


def shared(who: Sequence[Character], end: float, rng: Random) -> Iterator[Happening]:
    """A database behind some of the services fails over now and then."""
    for at in instants(rng, end, _FAIL_OVERS):
        some = rng.sample(who, min(rng.randint(3, 6), len(who)))
        lasts, why = rng.uniform(15, 35), rng.choice((Why.STATUS_500, Why.TIMEOUT))
        effect = Effect(_checks(some), at, at + lasts, fails=1.0, why=why)
        yield _happening("shared fail-over", Truth.BENIGN, some, effect)


def lossy(
    everyone: Sequence[Character], start: float, end: float, rng: Random
) -> Iterator[Happening]:
    """A location loses packets for a day, twice; or is cut off for some seconds, often."""
    checks, middle = _checks(everyone), (start + end) / 2
    for at in (rng.uniform(start, middle), rng.uniform(middle, end)):
        lasts, place = rng.uniform(0.8, 1.2) * DAY, rng.choice(LOCATIONS)
        effect = Effect(checks, at, at + lasts, (place,), loss=0.03)
        yield _happening("lossy day", Truth.BENIGN, everyone, effect)
    for place in LOCATIONS:
        for at in instants(rng, end, _HICCUPS):
            lasts, loss = rng.uniform(3, 20), rng.uniform(0.3, 0.9)
            effect = Effect(checks, at, at + lasts, (place,), loss=loss)
            yield _happening("hiccup", Truth.BENIGN, everyone, effect)


def ours(everyone: Sequence[Character], start: float, end: float, rng: Random) -> list[Happening]:
    """Outages of our own: whatever fails in them, services are not to blame."""
    found: list[Happening] = []
    for kind, a_day in _OURS.items():
        for _ in range(max(1, round(a_day * (end - start) / DAY))):
            _place(found, kind, everyone, (start, end), rng)
    return found


def _place(
    found: list[Happening],
    kind: str,
    everyone: Sequence[Character],
    span: tuple[float, float],
    rng: Random,
) -> None:
    """Add one where there is room for it."""
    for _ in range(_TRIES):
        effect = _trouble(kind, _checks(everyone), rng.uniform(span[0], span[1] - HOUR), rng)
        start, end = effect.start - APART, effect.end + APART
        if not any(one.touches(start, end) for one in found):
            found.append(_happening(kind, Truth.OURS, everyone, effect))
            return


def _trouble(kind: str, checks: tuple[str, ...], at: float, rng: Random) -> Effect:
    place = (rng.choice(LOCATIONS),)
    why = rng.choice((Why.TIMEOUT, Why.RESOLVE, Why.NO_ROUTE))
    match kind:
        case "prober loss":
            return Effect(checks, at, at + rng.uniform(1, 10) * MINUTE, fails=1.0, why=why)
        case "location outage":
            return Effect(checks, at, at + rng.uniform(3, 40) * MINUTE, place, fails=1.0, why=why)
        case "location flaky":
            loss = rng.uniform(0.25, 0.6)
            return Effect(checks, at, at + rng.uniform(5, 15) * MINUTE, place, loss=loss)
        case "location silent":
            return Effect(checks, at, at + rng.uniform(5, 30) * MINUTE, place, silent=True)
    assert kind == "prober silent", kind
    return Effect(checks, at, at + rng.uniform(3, 10) * MINUTE, silent=True)


def _checks(who: Sequence[Character]) -> tuple[str, ...]:
    return tuple(one.check for one in who)


def _happening(kind: str, truth: Truth, who: Sequence[Character], effect: Effect) -> Happening:
    names = tuple(one.name for one in who)
    return Happening(kind, truth, names, effect.start, effect.end, (effect,), effect.locations)
