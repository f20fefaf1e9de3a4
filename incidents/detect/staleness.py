"""When silence means that we do not know: nothing heard for longer than a check allows."""

from __future__ import annotations

from datetime import datetime, timedelta

from incidents.detect.state import State
from incidents.policy import CheckPolicy


def silence(policy: CheckPolicy) -> timedelta:
    """How long a check may be silent: three intervals, or one and three timeouts."""
    return max(3 * policy.interval, policy.interval + 3 * policy.timeout)


def silent_at(state: State, policy: CheckPolicy) -> datetime:
    """The instant at which the check's silence will be judged, unless it is heard."""
    return state.awaited_at + silence(policy)


def too_late(at: datetime, known_at: datetime, policy: CheckPolicy) -> bool:
    """Whether a result is so old that it says nothing of now."""
    return known_at - at > silence(policy)
