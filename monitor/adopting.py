"""What another policy makes of all that the pipeline holds; pure, to be tried on copies."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from incidents.detect.staleness import silence
from incidents.folds import Folds
from incidents.policy import Policy
from incidents.signals import Recheck
from monitor.wakes import Wakes


class Draft(NamedTuple):
    """What another policy makes of all that is held, and the rechecks still to be granted."""

    folds: Folds
    wakes: Wakes
    rechecks: Sequence[Recheck]
    fresh_until: datetime | None


def drafted(folds: Folds, wakes: Wakes, policy: Policy, now: datetime) -> Draft:
    """Take a policy up in copies; too long for the event loop where there are many checks."""
    rechecks: list[Recheck] = []
    wishes = folds.adopt(policy, now)
    wakes.keep(folds.states.keys())
    for wish in wishes:
        if isinstance(wish, Recheck):
            rechecks.append(wish)
        else:
            wakes.wish(wish.check, wish.at)
    return Draft(folds, wakes, rechecks, fresh_until(folds))


def fresh_until(folds: Folds) -> datetime | None:
    """Until when something would still be known of any check that is probed."""
    known = (known_until(folds, check) for check in folds.states)
    return max((until for until in known if until), default=None)


def known_until(folds: Folds, check: str) -> datetime | None:
    """Until when a check that is probed would not be missed."""
    state, policy = folds.states.get(check), folds.policy.checks.get(check)
    if state is None or policy is None or state.heard_at is None or policy.pushed is not None:
        return None
    return state.heard_at + silence(policy)
