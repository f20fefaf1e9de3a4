"""Answers that speak for nothing: folded in exactly as by `fold.step`, with less ado.

Such an answer passes in time, and says nothing new but how fast the check is. It changes no
verdict and asks for nothing, so that what other checks do meanwhile does not matter to it, nor
does it to them: the answers of one check can be folded in before those of others that came
earlier. Instants are whole microseconds since 1970 here, which compare as instants do.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import islice

import msgspec

from checks.instants import MICROSECOND, from_microseconds, to_microseconds
from checks.model import Outcome, Result
from incidents.detect import staleness
from incidents.detect.learned import burn, gather, rounds
from incidents.detect.learned.gather import Answer, Timing
from incidents.detect.learned.parameters import BY_SENSITIVITY
from incidents.detect.learned.state import Learned, Place
from incidents.model import Judgement
from incidents.policy import CheckPolicy
from incidents.signals import Signal

SECOND = 1_000_000
"""In microseconds."""


Passed = tuple[int, int, int, int, float | None, bool]
"""A probe that passed without a warning, as a plain tuple for speed.

How far time had come when it was folded in, which is no earlier than any signal before it; the
number of the place; when it began and when it was known; the seconds that it took; and whether
it was asked for on a suspicion.
"""


def is_quiet(state: Learned, policy: CheckPolicy) -> bool:
    """Whether nothing speaks against the check, and it is judged as before."""
    return (
        state.verdict.judgement is Judgement.HEALTHY
        and (state.verdict is state.held or state.verdict == state.held)
        and state.suspicion is None
        and state.trouble is None
        and state.slowness is None
        and state.look is None
        and state.settled is None
        and state.deploy_until is None
        and state.wake_at is not None
        and state.revision == policy.revision
        and state.locations == policy.locations
        and not (state.warnings and any(state.warnings.values()))
    )


def after(state: Learned, signal: Signal, policy: CheckPolicy) -> Learned | None:
    """The state after a signal that is a quiet answer in its turn; None if it is not one."""
    if not isinstance(signal, Result) or not _passed(signal, policy) or not is_quiet(state, policy):
        return None
    known_at, silence = signal.known_at, staleness.silence(policy)
    if known_at - signal.at > silence or not _asleep(state, known_at, silence):
        return None
    index, began = state.locations.index(signal.location), min(signal.at, known_at).timestamp()
    seen = index, began, gather.measured(signal), signal.recheck
    found = _taken(state, seen, known_at.timestamp(), policy)
    if found is None:
        return None
    awaited_at = max(known_at, state.awaited_at)
    return msgspec.structs.replace(found, heard_at=known_at, awaited_at=awaited_at, error="")


def _passed(result: Result, policy: CheckPolicy) -> bool:
    return (
        result.outcome is Outcome.PASS
        and not result.warnings
        and result.revision == policy.revision
        and result.location in policy.locations
    )


def _asleep(state: Learned, now: datetime, silence: timedelta) -> bool:
    """Whether no tick is due yet, and the one that is wished for comes early enough."""
    return state.wake_at is not None and now < state.wake_at <= state.awaited_at + silence


def folded(
    state: Learned, answers: Sequence[Passed | None], first: int, policy: CheckPolicy
) -> tuple[Learned, int]:
    """The state after as many answers from the first on as are quiet, and how many that are.

    None stands for what did not pass.
    """
    if not is_quiet(state, policy):
        return state, 0
    assert state.wake_at is not None
    silence = staleness.silence(policy) // MICROSECOND
    awaited, wake = to_microseconds(state.awaited_at), to_microseconds(state.wake_at)
    found, heard, taken = state, 0, 0
    for answer in islice(answers, first, None):
        if answer is None:
            break
        clock, index, at, known_at, seconds, recheck = answer
        woken = _woken(wake, awaited + silence, clock)
        if woken is None or known_at - at > silence:
            break
        seen = index, min(at, known_at) / SECOND, seconds, recheck
        following = _taken(found, seen, known_at / SECOND, policy)
        if following is None:
            break
        found, wake, heard, awaited = following, woken, known_at, max(known_at, awaited)
        taken += 1
    if not taken:
        return state, 0
    found = msgspec.structs.replace(
        found,
        heard_at=from_microseconds(heard),
        awaited_at=from_microseconds(awaited),
        wake_at=from_microseconds(wake),
        error="",
    )
    return found, taken


def _woken(wake: int, silent_at: int, clock: int) -> int | None:
    """The next tick, if those until then found nothing: each only wishes for the next one."""
    while wake <= clock:
        if wake >= silent_at:
            return None
        wake = silent_at
    return wake


_Seen = tuple[int, float, float | None, bool]
"""As `Answer`, but perhaps of nothing that could be timed."""


def _taken(state: Learned, seen: _Seen, now: float, policy: CheckPolicy) -> Learned | None:
    """The state with what an answer says, but for the instants; None if it is not quiet."""
    index, began, seconds, recheck = seen
    place, rounds_ = state.places[index], state.rounds
    if place.level is None or place.bad_from is not None or now <= rounds_.hurry_until:
        return None
    if place.starts and began <= place.starts[-1]:
        return None
    known: Timing | None = Timing(place.level, state.course, state.drift, state.tail)
    if known and seconds is not None:
        known = _timed(known, Answer(index, began, seconds, recheck), policy)
    if known is None:
        return None
    level, course, drift, tail = known
    place = Place((*place.starts, began)[-gather.STARTS :], level)
    return msgspec.structs.replace(
        state,
        places=gather.with_place(state.places, index, place),
        course=course,
        drift=drift,
        tail=tail,
        rate=state.rate if recheck else gather.rate_after_pass(state.rate),
        count=state.count + 1,
        rounds=rounds.paid(rounds_, recheck=recheck),
        burn=state.burn
        if policy.availability is None
        else burn.counted(state.burn, began, failed=False),
    )


def _timed(known: Timing, answer: Answer, policy: CheckPolicy) -> Timing | None:
    """What is known of the latency after an answer; None if that makes one look closer."""
    parameters = BY_SENSITIVITY[policy.sensitivity]
    interval = policy.interval.total_seconds()
    after, _ = gather.timed(known, answer, interval, parameters, quiet=True)
    if after.drift is not known.drift and after.drift.value > parameters.suspicion:
        return None
    return after if after.tail.value <= parameters.outliers else None
