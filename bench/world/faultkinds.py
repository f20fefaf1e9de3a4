"""The kinds of fault: how often, how long, what each does, and what a person would call it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random

from bench.world.almanac import MINUTE
from bench.world.characters import LOCATIONS, Character
from bench.world.effects import Course, Effect, Why
from bench.world.happenings import DEGRADED, MAJOR, PARTIAL
from incidents.model import ComponentStatus

Effects = tuple[Effect, ...]
Does = Callable[[Character, float, float, Random], Effects]
NOTICED = 1.5
"""A leak is a fault from where it makes the service this much slower."""
_BACKENDS = 3


@dataclass(frozen=True, slots=True)
class FaultKind:
    """A kind of fault.

    Attributes:
        count: How many there are among 24 services in 14 days.
        minutes: Its shortest and its longest.
        accept: Worst statuses of it that a person would accept.
        does: Its effects on a service, from an instant to another.
        slow: It is slowness, so it is not put where the service is slow by habit.
        shared: It strikes most services at once.
        rare: It can be seen in a service that is probed a tenth as often.
    """

    count: int
    minutes: tuple[float, float]
    accept: tuple[ComponentStatus, ...]
    does: Does
    slow: bool = False
    shared: bool = False
    rare: bool = False


def _failing(who: Character, start: float, end: float, share: float, why: Why) -> Effect:
    return Effect((who.check,), start, end, fails=share, why=why)


def _slower(who: Character, start: float, end: float, whole: float) -> Effect:
    return Effect((who.check,), start, end, slow=who.factor_for(whole))


def _seen_as(rng: Random) -> Why:
    common = (Why.REFUSED, Why.STATUS_502, Why.STATUS_502, Why.STATUS_503, Why.STATUS_500)
    return rng.choice((*common, Why.TIMEOUT, Why.RESET))


def down(who: Character, start: float, end: float, rng: Random) -> Effects:
    """Nothing gets through."""
    return (_failing(who, start, end, 1.0, _seen_as(rng)),)


def some_errors(who: Character, start: float, end: float, rng: Random) -> Effects:
    """One request in five to two in five."""
    return (_failing(who, start, end, rng.uniform(0.2, 0.4), _seen_as(rng)),)


def many_errors(who: Character, start: float, end: float, rng: Random) -> Effects:
    """About half of the requests, or nearly all."""
    return (_failing(who, start, end, rng.uniform(0.45, 0.9), _seen_as(rng)),)


def slower(who: Character, start: float, end: float, rng: Random) -> Effects:
    """Customers grumble."""
    return (_slower(who, start, end, rng.uniform(1.6, 2.3)),)


def much_slower(who: Character, start: float, end: float, rng: Random) -> Effects:
    """Customers leave."""
    return (_slower(who, start, end, rng.uniform(2.5, 5)),)


def tail(who: Character, start: float, end: float, rng: Random) -> Effects:
    """The median is as always, but one request in five hangs."""
    share, slow = rng.uniform(0.15, 0.25), who.factor_for(rng.uniform(5, 10))
    return (Effect((who.check,), start, end, tail=share, tail_slow=slow),)


def pool(who: Character, start: float, end: float, rng: Random) -> Effects:
    """Connections to the database run out: slower and slower, then many wait in vain."""
    full_at = start + min(rng.uniform(3, 8) * MINUTE, (end - start) / 2)
    slow = who.factor_for(rng.uniform(3, 6))
    why = rng.choice((Why.TIMEOUT, Why.TIMEOUT, Why.STATUS_503))
    rising = Effect((who.check,), start, full_at, slow=slow, course=Course.RISING)
    full = Effect((who.check,), full_at, end, slow=slow, fails=rng.uniform(0.4, 0.9), why=why)
    return (rising, full)


def cut_off(who: Character, start: float, end: float, rng: Random) -> Effects:
    """No way from one location to this service, and from there to all others."""
    why = rng.choice((Why.TIMEOUT, Why.TIMEOUT, Why.REFUSED, Why.RESOLVE, Why.STATUS_503))
    place = (rng.choice(LOCATIONS),)
    return (Effect((who.check,), start, end, place, fails=rng.uniform(0.93, 1), why=why),)


def flapping(who: Character, start: float, end: float, rng: Random) -> Effects:
    """Down for a minute, up for two, over and over."""
    why, found, at = _seen_as(rng), list[Effect](), start
    while at < end:
        until = min(at + rng.uniform(45, 100), end)
        found.append(_failing(who, at, until, 1.0, why))
        at = until + rng.uniform(60, 200)
    return tuple(found)


def bad_backend(who: Character, start: float, end: float, rng: Random) -> Effects:
    """One of three machines answers badly; each location, or each connection, meets one of them."""
    sticky = rng.choice((0.0, rng.uniform(3, 12) * MINUTE))
    share, why = rng.uniform(0.85, 1), rng.choice((Why.STATUS_500, Why.STATUS_502, Why.TIMEOUT))
    given = Effect(
        (who.check,), start, end, fails=share, why=why, backends=_BACKENDS, sticky=sticky
    )
    return (given,)


def leak(who: Character, start: float, end: float, rng: Random) -> Effects:
    """Slower and slower, until it is killed and begins anew."""
    whole, killed_at = rng.uniform(2.5, 5), end - rng.uniform(30, 70)
    unnoticed = (NOTICED - 1) / (whole - 1)
    begins = killed_at - (killed_at - start) / (1 - unnoticed)
    slow = who.factor_for(whole)
    rising = Effect((who.check,), begins, killed_at, slow=slow, course=Course.RISING)
    return (rising, _failing(who, killed_at, end, 1.0, Why.STATUS_502))


def stale(who: Character, start: float, end: float, rng: Random) -> Effects:
    """The origin is dead; the CDN waits for it in vain, then answers with what it kept."""
    wait = max((who.shape.median * who.cold + who.network) * rng.uniform(2, 5), 0.3)
    return (Effect((who.check,), start, end, add=wait, waits=rng.uniform(0.5, 1)),)


def overload(who: Character, start: float, end: float, rng: Random) -> Effects:
    """More than it can take: slow, and some are turned away."""
    slow, share = who.factor_for(rng.uniform(1.8, 2.8)), rng.uniform(0.08, 0.15)
    return (Effect((who.check,), start, end, slow=slow, fails=share, why=Why.STATUS_503),)


def bad_record(who: Character, start: float, end: float, rng: Random) -> Effects:
    """A wrong DNS record; each location meets it once its resolver's copy is out of date."""
    places = rng.sample(LOCATIONS, rng.choice((2, 3, 3)))
    why = rng.choice((Why.RESOLVE, Why.RESOLVE, Why.REFUSED, Why.TIMEOUT))
    lags = (0.0, *(rng.uniform(0, min(300.0, (end - start) / 3)) for _ in places[1:]))
    return tuple(
        Effect((who.check,), start + lag, end, (place,), fails=1.0, why=why)
        for place, lag in zip(places, lags, strict=True)
    )


FAULTS: Mapping[str, FaultKind] = {
    "shared down": FaultKind(3, (10, 30), (MAJOR, PARTIAL), down, shared=True, rare=True),
    "shared errors": FaultKind(2, (15, 40), (MAJOR, PARTIAL), many_errors, shared=True, rare=True),
    "shared slow": FaultKind(3, (20, 50), (DEGRADED, PARTIAL), much_slower, shared=True, rare=True),
    "leak": FaultKind(5, (60, 150), (DEGRADED, PARTIAL, MAJOR), leak, slow=True),
    "slower": FaultKind(12, (50, 110), (DEGRADED,), slower, slow=True),
    "tail": FaultKind(7, (40, 80), (DEGRADED, PARTIAL), tail, slow=True),
    "bad backend": FaultKind(7, (30, 60), (DEGRADED, PARTIAL), bad_backend),
    "overload": FaultKind(6, (30, 60), (DEGRADED, PARTIAL), overload, slow=True),
    "much slower": FaultKind(10, (20, 60), (DEGRADED, PARTIAL), much_slower, slow=True, rare=True),
    "cut off": FaultKind(10, (20, 60), (PARTIAL,), cut_off),
    "some errors": FaultKind(10, (30, 60), (DEGRADED, PARTIAL), some_errors),
    "many errors": FaultKind(10, (15, 45), (PARTIAL, MAJOR), many_errors, rare=True),
    "stale": FaultKind(4, (20, 60), (DEGRADED,), stale, slow=True),
    "flapping": FaultKind(7, (20, 40), (PARTIAL, MAJOR), flapping),
    "bad record": FaultKind(5, (12, 40), (PARTIAL, MAJOR), bad_record),
    "pool": FaultKind(7, (15, 40), (PARTIAL, MAJOR), pool),
    "down": FaultKind(16, (5, 30), (MAJOR,), down, rare=True),
}
"""Those that need most room first, as they are placed in this order."""
