"""Asking again at once when a result contradicts what is held, within a budget."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from incidents.detect.plain.failures import rule
from incidents.detect.plain.state import Burst, State
from incidents.policy import CheckPolicy
from incidents.signals import Recheck

SHARE = 0.1
"""Rechecks may be this share of the planned probes, averaged over time."""
ROUNDS_IN_STOCK = 6
"""How many rounds over all locations the budget holds when it is full."""
APART = timedelta(seconds=1)
MOST_ROUNDS = 8


def ask_again(
    state: State, policy: CheckPolicy, now: datetime, began_at: datetime
) -> tuple[State, tuple[Recheck, ...]]:
    """The next round of rechecks, if one is due and the budget has it.

    `began_at` is when the contradicting probe began: one from before the last round says
    nothing new.
    """
    burst = state.burst or Burst(now, 0, now - policy.interval)
    if began_at < burst.asked_at or burst.rounds >= _rounds(policy):
        return state, ()
    tokens = _tokens(state, policy, now) - len(policy.locations)
    if tokens < 0:
        return state, ()
    at = now + APART
    state = msgspec.structs.replace(
        state, burst=Burst(burst.begun_at, burst.rounds + 1, at), tokens=tokens, tokens_at=now
    )
    return state, (Recheck(policy.check, at, policy.locations),)


def _rounds(policy: CheckPolicy) -> int:
    confirm = rule(policy)
    return min(max(confirm.fail.of, confirm.recover.of) - 1, MOST_ROUNDS)


def _tokens(state: State, policy: CheckPolicy, now: datetime) -> float:
    locations = len(policy.locations)
    most = float(ROUNDS_IN_STOCK * locations)
    if state.tokens is None or state.tokens_at is None:
        return most
    passed = max(now - state.tokens_at, timedelta(0))
    return min(most, state.tokens + SHARE * locations * (passed / policy.interval))
