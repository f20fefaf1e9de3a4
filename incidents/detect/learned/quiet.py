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
from incidents.detect.learned.pace import Level
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
    row, seconds = _Row(state, policy), gather.measured(signal)
    if not row.takes(index, began, known_at.timestamp(), seconds, recheck=signal.recheck):
        return None
    return row.state(known_at, max(known_at, state.awaited_at), state.wake_at)


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
    row, heard, taken = _Row(state, policy), 0, 0
    for answer in islice(answers, first, None):
        if answer is None:
            break
        clock, index, at, known_at, seconds, recheck = answer
        woken = wake if wake > clock else _woken(wake, awaited + silence, clock)
        if woken is None or known_at - at > silence:
            break
        began = min(at, known_at) / SECOND
        if not row.takes(index, began, known_at / SECOND, seconds, recheck=recheck):
            break
        wake, heard, taken = woken, known_at, taken + 1
        if known_at > awaited:
            awaited = known_at
    if not taken:
        return state, 0
    instants = map(from_microseconds, (heard, awaited, wake))
    return row.state(*instants), taken


def _woken(wake: int, silent_at: int, clock: int) -> int | None:
    """The next tick, if those until then found nothing: each only wishes for the next one."""
    while wake <= clock:
        if wake >= silent_at:
            return None
        wake = silent_at
    return wake


class _Row:
    """Quiet answers in a row: what changes with each of them, kept in place."""

    __slots__ = (
        "_before", "_burn", "_course", "_drift", "_interval", "_parameters", "_places", "_policy",
        "_rate", "_rounds", "_tail", "_taken",
    )  # fmt: skip

    def __init__(self, state: Learned, policy: CheckPolicy) -> None:
        """Begin with a quiet state."""
        self._before, self._policy, self._taken = state, policy, 0
        self._parameters = BY_SENSITIVITY[policy.sensitivity]
        self._interval = policy.interval.total_seconds()
        self._places = list(state.places)
        self._course, self._drift, self._tail = state.course, state.drift, state.tail
        self._rate, self._rounds, self._burn = state.rate, state.rounds, state.burn

    def takes(
        self, index: int, began: float, now: float, seconds: float | None, *, recheck: bool
    ) -> bool:
        """Take in one more answer; False, and nothing changes, if it is not quiet."""
        place = self._places[index]
        level, starts = place.level, place.starts
        if level is None or place.bad_from is not None or now <= self._rounds.hurry_until:
            return False
        if starts and began <= starts[-1]:
            return False
        if seconds is not None:
            level = self._timed(level, (index, began, seconds, recheck))
            if level is None:
                return False
        self._places[index] = Place((*starts, began)[-gather.STARTS :], level)
        self._taken += 1
        if not recheck:
            self._rate = gather.rate_after_pass(self._rate)
            self._rounds = rounds.paid(self._rounds, recheck=False)
        if self._policy.availability is not None:
            self._burn = burn.counted(self._burn, began, failed=False)
        return True

    def _timed(self, level: Level, answer: gather.Answer) -> Level | None:
        """The place's level after an answer; None if its time makes one look closer."""
        known, parameters = (level, self._course, self._drift, self._tail), self._parameters
        after, _ = gather.timed(known, answer, self._interval, parameters, quiet=True)
        level, course, drift, tail = after
        drifts = drift is not self._drift and drift.value > parameters.suspicion
        if drifts or tail.value > parameters.outliers:
            return None
        self._course, self._drift, self._tail = course, drift, tail
        return level

    def state(self, heard_at: datetime, awaited_at: datetime, wake_at: datetime | None) -> Learned:
        """The state after them, with these instants."""
        before = self._before
        return msgspec.structs.replace(
            before, heard_at=heard_at, awaited_at=awaited_at, wake_at=wake_at, error="",
            places=tuple(self._places), course=self._course, drift=self._drift, tail=self._tail,
            rate=self._rate, count=before.count + self._taken, rounds=self._rounds,
            burn=self._burn,
        )  # fmt: skip
