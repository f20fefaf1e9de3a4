"""Which fold judges a check: that of results, or that of reports; the one door to both."""

from __future__ import annotations

from datetime import datetime

import msgspec

from incidents.detect import beats, check
from incidents.detect.beats import Listening
from incidents.detect.state import FOLD, VERSION, Judged, State, Step
from incidents.policy import CheckPolicy
from incidents.ports import FoldState
from incidents.signals import Signal, Wake, Wish

_KEPT: dict[tuple[str, int], type[Judged]] = {
    (FOLD, VERSION): State,
    (beats.FOLD, beats.VERSION): Listening,
}


def begin(policy: CheckPolicy, at: datetime) -> Step:
    """The first step of a check that has no state yet."""
    return check.begin(policy, at) if policy.pushed is None else beats.begin(policy, at)


def step(state: Judged, signal: Signal, policy: CheckPolicy) -> Step:
    """Fold one signal in, by the fold that the state belongs to; it must fit the policy."""
    if isinstance(state, Listening):
        return beats.step(state, signal, policy)
    assert isinstance(state, State)
    return check.step(state, signal, policy)


def fits(state: Judged, policy: CheckPolicy) -> bool:
    """Whether a state belongs to the fold that judges the check now."""
    return isinstance(state, Listening) == (policy.pushed is not None)


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
    """The state that was kept; None if another version of Upfront wrote it or it is damaged.

    The check then waits as a new one does, and its history stays.
    """
    type_ = _KEPT.get((kept.fold, kept.version))
    if type_ is None:
        return None
    try:
        return msgspec.json.decode(kept.data, type=type_)
    except msgspec.DecodeError:
        return None
