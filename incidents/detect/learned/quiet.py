"""Answers that speak for nothing: folded in exactly as by `fold.step`, with less ado.

Such an answer passes in time, and says nothing new but how fast the check is. It changes no
verdict and asks for nothing, so that what other checks do meanwhile does not matter to it, nor
does it to them: the answers of one check can be folded in before those of others that came
earlier.
"""

from __future__ import annotations

import math
from datetime import datetime

from msgspec.structs import replace

from checks.instants import MICROSECOND, from_microseconds, to_microseconds
from checks.model import Outcome, Result
from incidents.detect import staleness
from incidents.detect.learned import burn, gather, latency, odds, pace, shift, tail
from incidents.detect.learned.odds import Glance, Suspicion
from incidents.detect.learned.pace import Level
from incidents.detect.learned.parameters import BY_SENSITIVITY
from incidents.detect.learned.row import SECOND, Answers, Counters, Row, Run, Seen, take
from incidents.detect.learned.row import run as one_by_one
from incidents.detect.learned.state import Learned, Place
from incidents.detect.state import Instability
from incidents.model import Judgement
from incidents.policy import CheckPolicy
from incidents.signals import Signal

Suspected = tuple[Suspicion | None, Instability]
"""What speaks against a check, and failures that went by before they were believed."""

_UNKNOWN = Level(0.0)
"""Stands for a level that there is none of: no answer comes to it."""


def is_quiet(state: Learned, policy: CheckPolicy) -> bool:
    """Whether nothing but a fading suspicion speaks against the check, judged as before."""
    return (
        state.verdict.judgement is Judgement.HEALTHY
        and (state.verdict is state.held or state.verdict == state.held)
        and state.trouble is None
        and state.slowness is None
        and state.look is None
        and state.deploy_until is None
        and state.wake_at is not None
        and state.revision == policy.revision
        and state.locations == policy.locations
        and (state.suspicion is None or _fades(state, state.suspicion, policy))
        and not (state.warnings and any(state.warnings.values()))
    )


def _fades(state: Learned, suspicion: Suspicion, policy: CheckPolicy) -> bool:
    """Whether it takes another failure to look closer."""
    slight = suspicion.value <= BY_SENSITIVITY[policy.sensitivity].suspicion
    return slight and all(place.bad_from is None for place in state.places)


def after(state: Learned, signal: Signal, policy: CheckPolicy) -> Learned | None:
    """The state after a signal that is a quiet answer in its turn; None if it is not one."""
    if not isinstance(signal, Result) or not _passed(signal, policy) or not is_quiet(state, policy):
        return None
    known_at = signal.known_at
    if not _asleep(state, known_at, policy):
        return None
    index = state.locations.index(signal.location)
    place, began = state.places[index], min(signal.at, known_at).timestamp()
    if known_at - signal.at > staleness.silence(policy) or began <= _latest(place):
        return None
    row, seconds = _row(state, policy), gather.measured(signal)
    if not row.counters.hurry_until < known_at.timestamp() < row.counters.settles_at:
        return None
    terms, planned = latency.of_quiet(policy.interval, policy.sensitivity), not signal.recheck
    assert place.level is not None
    level, took = replace(place.level), math.nan if seconds is None else seconds
    if not take(row, level, terms, index, began, took, planned=planned):
        return None
    starts = (*place.starts, began)[-gather.STARTS :]
    places = gather.with_place(state.places, index, Place(starts, level))
    suspected = _suspected(state, Glance(began, index, False), row, known_at)
    instants = known_at, max(known_at, state.awaited_at), state.wake_at
    return _after(state, row, 1, places, suspected, instants)


def _passed(result: Result, policy: CheckPolicy) -> bool:
    return (
        result.outcome is Outcome.PASS
        and not result.warnings
        and result.revision == policy.revision
        and result.location in policy.locations
    )


def _asleep(state: Learned, now: datetime, policy: CheckPolicy) -> bool:
    """Whether no tick is due yet, and the one that is wished for comes early enough."""
    silent_at = state.awaited_at + staleness.silence(policy)
    return state.wake_at is not None and now < state.wake_at <= silent_at


def folded(
    state: Learned, answers: Answers, first: int, policy: CheckPolicy, run: Run = one_by_one
) -> tuple[Learned, int]:
    """The state after as many answers from the first on as are quiet, and how many that are."""
    number, end = first, len(answers.at)
    while number < end and is_quiet(state, policy):
        if state.suspicion is None:
            state, number = _ran(state, answers, number, end, policy, run)
            break
        before = number
        state, number = _ran(state, answers, number, number + 1, policy, one_by_one)
        if number == before:
            break
    return state, number - first


def _ran(
    state: Learned, answers: Answers, first: int, last: int, policy: CheckPolicy, run: Run
) -> tuple[Learned, int]:
    """The state after the quiet answers from one number on, and the number of the next one."""
    row, seen = _row(state, policy), _seen(state)
    _set_clocks(row.counters, state, policy)
    terms = latency.of_quiet(policy.interval, policy.sensitivity)
    end = run(row, seen, terms, answers, first, last)
    if end == first:
        return state, first
    counters, place = row.counters, answers.places[end - 1]
    heard_at = from_microseconds(counters.heard)
    instants = heard_at, from_microseconds(counters.awaited), from_microseconds(counters.wake)
    suspected = _suspected(state, Glance(seen.latest[place], place, False), row, heard_at)
    places = _places(state, seen, answers, first, end)
    return _after(state, row, end - first, places, suspected, instants), end


def _set_clocks(counters: Counters, state: Learned, policy: CheckPolicy) -> None:
    assert state.wake_at is not None
    counters.silence = staleness.silence(policy) // MICROSECOND
    counters.awaited = to_microseconds(state.awaited_at)
    counters.wake = to_microseconds(state.wake_at)


def _row(state: Learned, policy: CheckPolicy) -> Row:
    """What quiet answers change of the check, once more."""
    objective = policy.availability is not None
    settles_at = state.settled.due_at if state.settled else math.inf
    return Row(
        Counters(state.rate, state.rounds.budget, state.rounds.hurry_until, settles_at, objective),
        pace.copied(state.course),
        shift.copied(state.drift),
        tail.copied(state.tail),
        burn.copied(state.burn) if objective else state.burn,
    )


def _seen(state: Learned) -> Seen:
    """What they change of its places, once more."""
    levels = [replace(place.level) if place.level else _UNKNOWN for place in state.places]
    return Seen(levels, [_latest(place) for place in state.places])


def _latest(place: Place) -> float:
    """When the last probe from there began; no answer is quiet where it mostly fails."""
    if place.level is None or place.bad_from is not None:
        return math.inf
    return place.starts[-1] if place.starts else -math.inf


def _suspected(state: Learned, seen: Glance, row: Row, known_at: datetime) -> Suspected:
    """What speaks against the check after one more answer."""
    if state.suspicion is None:
        return None, state.instability
    left = odds.passed(state.suspicion, seen, row.counters.rate)
    if left is not None:
        return left, state.instability
    return None, Instability(state.instability.blips + 1, known_at)


def _places(
    state: Learned, seen: Seen, answers: Answers, first: int, last: int
) -> tuple[Place, ...]:
    """The places with what they saw from one number to before another."""
    starts: list[list[float]] = [[] for _ in state.places]
    wanted = gather.STARTS * len(starts)
    for number in range(last - 1, first - 1, -1):
        found = starts[answers.places[number]]
        if len(found) < gather.STARTS:
            found.append(min(answers.at[number], answers.known_at[number]) / SECOND)
            wanted -= 1
            if not wanted:
                break
    return tuple(
        Place((*place.starts, *reversed(found))[-gather.STARTS :], level) if found else place
        for place, level, found in zip(state.places, seen.levels, starts, strict=True)
    )


def _after(
    state: Learned, row: Row, taken: int, places: tuple[Place, ...], suspected: Suspected,
    instants: tuple[datetime, datetime, datetime | None],
) -> Learned:  # fmt: skip
    """The state after so many answers; when it was heard, and is awaited and woken."""
    counters, rounds, (heard_at, awaited_at, wake_at) = row.counters, state.rounds, instants
    if counters.budget != rounds.budget:
        rounds = replace(rounds, budget=counters.budget)
    return replace(
        state, heard_at=heard_at, awaited_at=awaited_at, wake_at=wake_at, error="", places=places,
        course=row.course, drift=row.drift, tail=row.tail, rate=counters.rate,
        count=state.count + taken, rounds=rounds, burn=row.burn, suspicion=suspected[0],
        instability=suspected[1],
    )  # fmt: skip
