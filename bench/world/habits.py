"""Benign happenings of single services: what is ordinary for those who have the habit."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from random import Random

from bench.world.almanac import DAY, HOUR, MINUTE, at_local, is_weekend
from bench.world.chance import instants, often
from bench.world.characters import LOCATIONS, Character
from bench.world.effects import Course, Effect, Why
from bench.world.happenings import Happening, Truth

Habit = Callable[[Character, float, Random], Iterator[Happening]]
WIDEST_STEP = math.log(1.18) / 2
"""Levels stay this close to the usual one, so that no shift between two is above 18 %."""
HIGHEST_SURGE = 1.45


def of_service(who: Character, end: float, rng: Random) -> Iterator[Happening]:
    """All that happens to a service by its habits, from the beginning of the world."""
    for habit in who.habits:
        yield from _HABITS[habit](who, end, rng)


def _benign(kind: str, who: Character, effect: Effect, step: float | None = None) -> Happening:
    start, end, locations = effect.start, effect.end, effect.locations
    return Happening(kind, Truth.BENIGN, (who.name,), start, end, (effect,), locations, step=step)


def _gone(kind: str, who: Character, at: float, lasts: float, why: Why) -> Happening:
    return _benign(kind, who, Effect((who.check,), at, at + lasts, fails=1.0, why=why))


def _step(rng: Random) -> float:
    return rng.uniform(-WIDEST_STEP, WIDEST_STEP)


def _days(end: float) -> range:
    return range(int(end // DAY) + 1)


def _office_hours(who: Character, end: float, rng: Random, a_day: float) -> Iterator[float]:
    """Instants on working days, at least an hour apart."""
    last = -HOUR
    for day in _days(end):
        count = 0 if is_weekend(day) else often(rng, a_day)
        for hour in sorted(rng.uniform(9, 18) for _ in range(count)):
            at = at_local(who.zone, day, hour)
            if max(last + HOUR, 0) < at < end:
                last = at
                yield at


# Slow for a while -------------------------------------------------------------------------------


def _nightly_batch(who: Character, end: float, rng: Random) -> Iterator[Happening]:
    yield from _batches("nightly batch", who, end, rng)


def _weekday_batch(who: Character, end: float, rng: Random) -> Iterator[Happening]:
    for happening in _batches("weekday batch", who, end, rng):
        if not is_weekend(int(happening.start // DAY)):
            yield happening


def _batches(kind: str, who: Character, end: float, rng: Random) -> Iterator[Happening]:
    """At the same hour of the local clock, for about as long and as slow each time."""
    hour, minutes = rng.choice((0, 1, 2, 2, 2, 3, 4, 5.5)), rng.uniform(20, 60)
    usual = rng.uniform(1.5, 3)
    for day in _days(end):
        at = at_local(who.zone, day, hour) + rng.uniform(0, 90)
        lasts, slow = minutes * MINUTE * rng.uniform(0.85, 1.15), usual * rng.uniform(0.95, 1.05)
        if at > 0:
            yield _benign(kind, who, Effect((who.check,), at, at + lasts, slow=slow))


def _hourly_job(who: Character, end: float, rng: Random) -> Iterator[Happening]:
    minute, lasts, slow = rng.choice((0, 0, 5, 30)), rng.uniform(30, 200), rng.uniform(1.2, 1.6)
    for hour in range(int(end // HOUR)):
        at = hour * HOUR + minute * MINUTE
        yield _benign("hourly job", who, Effect((who.check,), at, at + lasts, slow=slow))


def _surge(who: Character, end: float, rng: Random) -> Iterator[Happening]:
    for at in instants(rng, end, rng.uniform(0.3, 2.5)):
        slow, lasts = rng.uniform(1.15, HIGHEST_SURGE), rng.uniform(10, 40) * MINUTE
        yield _benign("surge", who, Effect((who.check,), at, at + lasts, slow=slow))


def _level_shift(who: Character, end: float, rng: Random) -> Iterator[Happening]:
    for at in instants(rng, end, 0.2):
        yield _benign("level shift", who, Effect((who.check,), at, at + 1), _step(rng))


def _new_address(who: Character, end: float, rng: Random) -> Iterator[Happening]:
    """Names are looked up anew everywhere, and the new machine is a little faster or slower."""
    for at in instants(rng, end, 0.15):
        lasts, more = rng.uniform(4, 12) * MINUTE, rng.uniform(0.02, 0.15)
        effect = Effect((who.check,), at, at + lasts, resolving=more)
        yield _benign("new address", who, effect, _step(rng))


# Gone for a moment ------------------------------------------------------------------------------


def _release(who: Character, end: float, rng: Random) -> Iterator[Happening]:
    """Cold for some minutes: slow at first, a few errors; then a level of its own."""
    rolling = rng.random() < 0.6
    for at in _office_hours(who, end, rng, rng.uniform(0.2, 1.5)):
        cold = Effect(
            (who.check,),
            at,
            at + rng.uniform(2, 5) * MINUTE,
            slow=rng.uniform(1.5, 3),
            course=rng.choice((Course.FLAT, Course.FALLING)),
            fails=rng.uniform(0.01, 0.08),
            why=rng.choice((Why.STATUS_502, Why.STATUS_503)),
        )
        yield _benign("release", who, cold, _step(rng))
        if not rolling:
            yield _gone("release", who, at, rng.uniform(2, 8), Why.REFUSED)


def _reboot(who: Character, end: float, rng: Random) -> Iterator[Happening]:
    for at in instants(rng, end, rng.uniform(0.1, 0.4)):
        why = rng.choice((Why.REFUSED, Why.TIMEOUT, Why.STATUS_502))
        yield _gone("reboot", who, at, rng.uniform(30, 45), why)


def _maintenance_restart(who: Character, end: float, rng: Random) -> Iterator[Happening]:
    """At the same minute each night, or each Sunday night."""
    hour, weekly = rng.uniform(1, 6), rng.random() < 0.5
    why = rng.choice((Why.REFUSED, Why.STATUS_503))
    for day in _days(end):
        at = at_local(who.zone, day, hour) + rng.uniform(0, 20)
        if at > 0 and (not weekly or day % 7 == 6):
            yield _gone("maintenance restart", who, at, rng.uniform(20, 45), why)


def _fail_over(who: Character, end: float, rng: Random) -> Iterator[Happening]:
    for at in instants(rng, end, rng.uniform(0.1, 0.35)):
        why = rng.choice((Why.STATUS_500, Why.STATUS_503, Why.TIMEOUT))
        yield _gone("fail-over", who, at, rng.uniform(15, 35), why)


def _small_leak(who: Character, end: float, rng: Random) -> Iterator[Happening]:
    """Slower and slower over a day or so, then a restart makes it good."""
    at = rng.uniform(0, 20) * HOUR
    while at < end:
        lasts, slow = rng.uniform(10, 40) * HOUR, rng.uniform(1.2, 1.42)
        rising = Effect((who.check,), at, at + lasts, slow=slow, course=Course.RISING)
        yield _benign("small leak", who, rising)
        at += lasts
        yield _gone("small leak", who, at, rng.uniform(10, 40), Why.STATUS_503)


def _blip(who: Character, end: float, rng: Random) -> Iterator[Happening]:
    for at in instants(rng, end, rng.uniform(1, 12)):
        why = rng.choice((Why.RESET, Why.STATUS_502, Why.TIMEOUT, Why.STATUS_503))
        lasts, share = rng.uniform(1, 7), rng.uniform(0.4, 1)
        yield _benign("blip", who, Effect((who.check,), at, at + lasts, fails=share, why=why))


# Between them and us ----------------------------------------------------------------------------


def _rate_limit(who: Character, end: float, rng: Random) -> Iterator[Happening]:
    """Another client behind our address used up the quota; our own bursts are met as they come."""
    for at in instants(rng, end, rng.uniform(0.3, 1.5)):
        place, lasts, share = rng.choice(LOCATIONS), rng.uniform(20, 90), rng.uniform(0.5, 1)
        effect = Effect((who.check,), at, at + lasts, (place,), fails=share, why=Why.STATUS_429)
        yield _benign("rate limit", who, effect)


def _lossy_path(who: Character, end: float, rng: Random) -> Iterator[Happening]:
    a_day, worst = rng.uniform(0.2, 2), rng.choice(LOCATIONS)
    for at in instants(rng, end, a_day):
        place = rng.choice((worst, worst, *LOCATIONS))
        lasts, loss = rng.uniform(5, 60), rng.uniform(0.2, 0.7)
        yield _benign("lossy path", who, Effect((who.check,), at, at + lasts, (place,), loss=loss))


_HABITS: Mapping[str, Habit] = {
    "nightly batch": _nightly_batch,
    "weekday batch": _weekday_batch,
    "hourly job": _hourly_job,
    "release": _release,
    "reboot": _reboot,
    "maintenance restart": _maintenance_restart,
    "fail-over": _fail_over,
    "small leak": _small_leak,
    "surge": _surge,
    "level shift": _level_shift,
    "new address": _new_address,
    "rate limit": _rate_limit,
    "blip": _blip,
    "lossy path": _lossy_path,
}
