"""What one result says: the evidence, and what is usual, after it; nothing is decided here."""

from __future__ import annotations

import math
from copy import copy

import msgspec

from checks.model import Outcome, Result
from incidents.detect.learned import burn, latency, odds, pace, rounds, shift, tail
from incidents.detect.learned.burn import Burn
from incidents.detect.learned.odds import Glance, Suspicion
from incidents.detect.learned.pace import Level
from incidents.detect.learned.parameters import (
    LEAST_RATE,
    MOST_RATE,
    RATE_GAIN,
    Parameters,
)
from incidents.detect.learned.state import FIRST_RATE, Learned, Place
from incidents.detect.state import Instability
from incidents.policy import CheckPolicy

STARTS = 8
"""Probes of a place that are remembered."""
_QUICK_COUNT = 3000
_ENDS = 2
"""Successes in a row that end a location's own run of failures."""


def place_of(state: Learned, result: Result, began: float) -> int | None:
    """The place of a result's location; None if the result was told before or is far too late."""
    index = state.locations.index(result.location)
    starts = state.places[index].starts
    if began in starts or (len(starts) == STARTS and began < starts[0]):
        return None
    return index


def gathered(
    state: Learned, result: Result, index: int, began: float, policy: CheckPolicy,
    parameters: Parameters,
) -> Learned:  # fmt: skip
    """The state with the evidence of one result."""
    failed = result.outcome is Outcome.FAIL
    seen = Glance(began, index, failed)
    place = probed(state.places[index], began, failed=failed)
    suspicion, rate = _suspected(state, seen, result, parameters)
    unstable = state.instability
    if suspicion is None and state.suspicion is not None and state.trouble is None:
        unstable = Instability(unstable.blips + 1, result.known_at)
    state = msgspec.structs.replace(
        state,
        places=with_place(state.places, index, place),
        suspicion=suspicion,
        slowness=_slowness(state, result, seen, parameters),
        rate=rate,
        instability=unstable,
        count=state.count + 1,
        rounds=rounds.paid(state.rounds, recheck=result.recheck),
        burn=_burnt(state.burn, began, failed=failed) if policy.availability else state.burn,
    )
    took = measured(result)
    if failed or took is None:
        return state
    return _timed(state, index, began, took, result, policy)


def _burnt(known: Burn, began: float, *, failed: bool) -> Burn:
    """The burn of the error budget after one more result."""
    after = burn.copied(known)
    burn.count(after, began, failed=failed)
    return after


def measured(result: Result) -> float | None:
    """The seconds that latency is judged by: without finding the address, which is our own."""
    if result.latency_seconds is None:
        return None
    seconds = result.latency_seconds - result.phases.get("resolve", 0.0)
    return None if math.isnan(seconds) else seconds


# Failures -------------------------------------------------------------------------------------


def _suspected(
    state: Learned, seen: Glance, result: Result, parameters: Parameters
) -> tuple[Suspicion | None, float]:
    """The suspicion and the usual failure rate after one more result.

    The rate is learned from planned probes only: those asked for follow on failures.
    """
    suspicion, rate = state.suspicion, state.rate
    learns = state.trouble is None and not result.recheck
    if seen.failed:
        if learns:
            quick = 3 if state.count < _QUICK_COUNT else 1
            rate = min(rate + RATE_GAIN * quick * (1 - rate), MOST_RATE)
        places = len(state.locations)
        found = odds.failed(suspicion, seen, result.reason, rate, places, parameters.failures)
        return found, rate
    if learns:
        rate = rate_after_pass(rate)
    if suspicion is not None:
        suspicion = odds.passed(suspicion, seen, rate)
    return suspicion, rate


def rate_after_pass(rate: float) -> float:
    """The usual failure rate after a planned probe that passed."""
    return rate - RATE_GAIN * rate if rate > LEAST_RATE else rate


def _slowness(
    state: Learned, result: Result, seen: Glance, parameters: Parameters
) -> Suspicion | None:
    """The evidence against `degraded_if`; a failure says nothing of it."""
    if result.outcome is Outcome.SLOW:
        slow, places = Glance(seen.at, seen.place, failed=True), len(state.locations)
        reason = result.reason
        return odds.failed(state.slowness, slow, reason, FIRST_RATE, places, parameters.failures)
    if state.slowness is None or seen.failed:
        return state.slowness
    return odds.passed(state.slowness, seen, FIRST_RATE)


def probed(place: Place, began: float, *, failed: bool) -> Place:
    """The place after one more probe from there."""
    starts = place.starts
    if starts and began < starts[-1]:
        starts = tuple(sorted((*starts, began)))[-STARTS:]
    else:
        starts = (*starts, began)[-STARTS:]
    if not failed and place.bad_from is None:
        return Place(starts, place.level)
    good = 0 if failed else place.good + 1
    if good >= _ENDS:
        return Place(starts, place.level)
    bad_from = began if place.bad_from is None else place.bad_from
    return Place(starts, place.level, bad_from, place.bad + failed, place.seen + 1, good)


def with_place(places: tuple[Place, ...], index: int, place: Place) -> tuple[Place, ...]:
    """The places with another one there."""
    return (*places[:index], place, *places[index + 1 :])


# Latency --------------------------------------------------------------------------------------


def _timed(
    state: Learned, index: int, began: float, took: float, result: Result, policy: CheckPolicy
) -> Learned:
    """The state with what an answer's time says."""
    place = state.places[index]
    if place.level is None:
        level = Level(pace.logarithm(took))
        return msgspec.structs.replace(
            state, places=with_place(state.places, index, leveled(place, level))
        )
    level, course = copy(place.level), pace.copied(state.course)
    drift, slow_tail = shift.copied(state.drift), tail.copied(state.tail)
    quiet, look = state.trouble is None, state.look
    terms = latency.of_all(policy.interval, policy.sensitivity, quiet=quiet)
    pace.turn(course, began, quiet=quiet)
    above = latency.timed(
        level, course, drift, slow_tail, terms, index, began, took, planned=not result.recheck
    )
    if look is not None and place.level.count >= pace.LEARNED:
        look = msgspec.structs.replace(look, deviations=(*look.deviations, above))
    return msgspec.structs.replace(
        state,
        places=with_place(state.places, index, leveled(place, level)),
        course=course,
        drift=drift,
        tail=slow_tail,
        look=look,
    )


def leveled(place: Place, level: Level) -> Place:
    """The place with another level."""
    return Place(place.starts, level, place.bad_from, place.bad, place.seen, place.good)
