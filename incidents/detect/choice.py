"""Which fold judges a check: by probes, by a number or by reports; the one door."""

from __future__ import annotations

from datetime import datetime

import msgspec

from incidents.detect import beats
from incidents.detect.beats import Listening
from incidents.detect.learned import earlier, quiet
from incidents.detect.learned import fold as learned
from incidents.detect.learned import reading as learned_reading
from incidents.detect.learned import state as learned_state
from incidents.detect.learned.around import NOTHING_AROUND, Around
from incidents.detect.learned.row import Answers, Run
from incidents.detect.learned.state import Learned
from incidents.detect.metric import fold as metric
from incidents.detect.metric import reading as metric_reading
from incidents.detect.metric import state as metric_state
from incidents.detect.metric.state import Measuring
from incidents.detect.plain import fold as plain
from incidents.detect.plain import reading as plain_reading
from incidents.detect.plain import state as plain_state
from incidents.detect.plain.state import State
from incidents.detect.reading import Reading
from incidents.detect.state import Judged, Step
from incidents.policy import CheckPolicy
from incidents.ports import FoldState
from incidents.signals import Signal, Wake, Wish

_KEPT: dict[tuple[str, int], type[Judged]] = {
    (plain_state.FOLD, plain_state.VERSION): State,
    (learned_state.FOLD, learned_state.VERSION): Learned,
    (beats.FOLD, beats.VERSION): Listening,
    (metric_state.FOLD, metric_state.VERSION): Measuring,
}
_EARLIER = {(learned_state.FOLD, 1): earlier.from_first}


def begin(policy: CheckPolicy, at: datetime) -> Step:
    """The first step of a check that has no state yet."""
    if policy.learns is not None:
        return metric.begin(policy, at)
    if policy.pushed is not None:
        return beats.begin(policy, at)
    return learned.begin(policy, at) if policy.confirm is None else plain.begin(policy, at)


def step(
    state: Judged, signal: Signal, policy: CheckPolicy, around: Around = NOTHING_AROUND
) -> Step:
    """Fold one signal in, by the fold that the state belongs to; it must fit the policy.

    `around` is what it has to know of the others.
    """
    if isinstance(state, Learned):
        calm = quiet.after(state, signal, policy)
        return Step(calm) if calm else learned.step(state, signal, policy, around)
    if isinstance(state, Measuring):
        return metric.step(state, signal, policy)
    if isinstance(state, Listening):
        return beats.step(state, signal, policy)
    assert isinstance(state, State)
    return plain.step(state, signal, policy)


def ahead(
    state: Judged, answers: Answers, first: int, policy: CheckPolicy, run: Run
) -> tuple[Judged, int]:
    """Fold in at once as many answers from the first on as are quiet; says how many that are."""
    if isinstance(state, Learned):
        return quiet.folded(state, answers, first, policy, run)
    return state, 0


def reading(state: Judged, policy: CheckPolicy, at: datetime) -> Reading | None:
    """What the fold makes of the check at an instant; None of a check that others report to."""
    if isinstance(state, Learned):
        return learned_reading.reading(state, policy, at)
    if isinstance(state, Measuring):
        return metric_reading.reading(state, policy, at)
    return plain_reading.reading(state, policy, at) if isinstance(state, State) else None


def fits(state: Judged, policy: CheckPolicy) -> bool:
    """Whether a state belongs to the fold that judges the check now."""
    return type(state) is _judge(policy)


def _judge(policy: CheckPolicy) -> type[Judged]:
    if policy.learns is not None:
        return Measuring
    if policy.pushed is not None:
        return Listening
    return Learned if policy.confirm is None else State


def taken_over(state: Judged, policy: CheckPolicy, at: datetime) -> Step | None:
    """The first step of a check that was probed before and is judged by another fold now.

    What is held stays held; None if there is nothing that the new fold could take over.
    """
    if isinstance(state, Listening | Measuring) or _judge(policy) in (Listening, Measuring):
        return None
    if policy.confirm is None:
        return learned.adopted(state, policy, at)
    return plain.adopted(state, policy, at)


def reconsider(state: Judged, policy: CheckPolicy, at: datetime) -> tuple[Wish, ...]:
    """What to wish for when a policy is taken up: another schedule applies at once."""
    if policy.pushed is None or state.revision == policy.revision:
        return ()
    return (Wake(policy.check, at),)


def stored(name: str, state: Judged) -> FoldState:
    """The state of a check as it is kept."""
    fold, version = next(key for key, type_ in _KEPT.items() if type_ is type(state))
    return FoldState(fold, name, version, msgspec.json.encode(state))


def standing(name: str, state: Judged | None) -> tuple[FoldState, ...]:
    """What storage is to hold of a check: its state if it has one, nothing of other folds."""
    others = [key for key, type_ in _KEPT.items() if type_ is not type(state)]
    none = tuple(FoldState(fold, name, version, b"") for fold, version in others)
    return (*none, stored(name, state)) if state else none


def restored(kept: FoldState) -> Judged | None:
    """The state that was kept; None if a later version of Upfront wrote it or it is damaged.

    The check then waits as a new one does, and its history stays.
    """
    key = kept.fold, kept.version
    type_, before = _KEPT.get(key), _EARLIER.get(key)
    try:
        if before is not None:
            return before(kept.data)
        return msgspec.json.decode(kept.data, type=type_) if type_ else None
    except msgspec.DecodeError:
        return None
