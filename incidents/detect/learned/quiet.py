"""Many answers in a row that speak for nothing: folded in at once, exactly as one by one.

Such an answer passes in time, and says nothing new but how fast the check is. It changes no
verdict and asks for nothing, so that what other checks do meanwhile does not matter to it, nor
does it to them: the answers of one check can be folded in before those of others that came
earlier. Instants are whole microseconds since 1970 here, which compare as instants do.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice

import msgspec

from incidents.detect import staleness
from incidents.detect.learned import burn, gather, rounds
from incidents.detect.learned.gather import Answer, Timing
from incidents.detect.learned.parameters import BY_SENSITIVITY
from incidents.detect.learned.state import Learned, Place
from incidents.model import Judgement
from incidents.policy import CheckPolicy

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
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
        and state.verdict == state.held
        and all(part is None for part in (state.trouble, state.suspicion, state.slowness))
        and all(part is None for part in (state.look, state.settled, state.deploy_until))
        and state.wake_at is not None
        and state.revision == policy.revision
        and state.locations == policy.locations
        and not any(state.warnings.values())
    )


def folded(
    state: Learned, answers: Sequence[Passed | None], first: int, policy: CheckPolicy
) -> tuple[Learned, int]:
    """The state after as many answers from the first on as are quiet, and how many that are.

    None stands for what did not pass.
    """
    if not is_quiet(state, policy):
        return state, 0
    run, taken = _Run(state, policy), 0
    for answer in islice(answers, first, None):
        if answer is None or not run.take(answer):
            break
        taken += 1
    return run.state(taken), taken


class _Run:
    """The parts of a state that quiet answers change, each a value on its own."""

    def __init__(self, state: Learned, policy: CheckPolicy) -> None:
        """Take them from a state that is quiet."""
        assert state.wake_at is not None
        self._before = state
        self._availability = policy.availability
        self._parameters = BY_SENSITIVITY[policy.sensitivity]
        self._interval = policy.interval.total_seconds()
        self._silence = staleness.silence(policy) // _MICROSECOND
        self._places = list(state.places)
        self._course, self._drift, self._tail = state.course, state.drift, state.tail
        self._rate, self._rounds, self._burn = state.rate, state.rounds, state.burn
        self._awaited, self._wake = microseconds(state.awaited_at), microseconds(state.wake_at)
        self._heard = 0

    def take(self, answer: Passed) -> bool:
        """Fold an answer in; False if it, or the tick before it, is not quiet."""
        clock, index, at, known_at, seconds, recheck = answer
        if known_at - at > self._silence or not self._awake(clock):
            return False
        place, began = self._places[index], min(at, known_at) / SECOND
        if place.level is None or place.bad_from is not None or began <= _latest(place):
            return False
        if known_at / SECOND <= self._rounds.hurry_until:
            return False
        place = gather.probed(place, began, failed=False)
        if seconds is not None and not self._timed(place, Answer(index, began, seconds, recheck)):
            return False
        if seconds is None:
            self._places[index] = place
        if not recheck:
            self._rate = gather.rate_after_pass(self._rate)
        self._rounds = rounds.paid(self._rounds, recheck=recheck)
        if self._availability is not None:
            self._burn = burn.counted(self._burn, began, failed=False)
        self._heard, self._awaited = known_at, max(known_at, self._awaited)
        return True

    def _awake(self, clock: int) -> bool:
        """Whether the ticks until then found nothing: each only wishes for the next one."""
        while self._wake <= clock:
            silent_at = self._awaited + self._silence
            if self._wake >= silent_at:
                return False
            self._wake = silent_at
        return True

    def _timed(self, place: Place, answer: Answer) -> bool:
        assert place.level is not None
        known = Timing(place.level, self._course, self._drift, self._tail)
        after, _ = gather.timed(known, answer, self._interval, self._parameters, quiet=True)
        if after.drift is not self._drift and after.drift.value > self._parameters.suspicion:
            return False
        if after.tail.value > 0.4 * self._parameters.tail:
            return False
        level, self._course, self._drift, self._tail = after
        self._places[answer.place] = gather.leveled(place, level)
        return True

    def state(self, taken: int) -> Learned:
        """The state with so many answers more."""
        if not taken:
            return self._before
        return msgspec.structs.replace(
            self._before,
            places=tuple(self._places),
            course=self._course,
            drift=self._drift,
            tail=self._tail,
            rate=self._rate,
            rounds=self._rounds,
            burn=self._burn,
            count=self._before.count + taken,
            heard_at=instant(self._heard),
            awaited_at=instant(self._awaited),
            wake_at=instant(self._wake),
            error="",
        )


def _latest(place: Place) -> float:
    return place.starts[-1] if place.starts else -math.inf


def microseconds(at: datetime) -> int:
    """An instant in whole microseconds since 1970."""
    return (at - _EPOCH) // _MICROSECOND


def instant(microseconds: int) -> datetime:
    """The instant so many microseconds after 1970."""
    return _EPOCH + timedelta(microseconds=microseconds)
