"""What is worked out of a policy once, for as long as it is the one that is gone by."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from incidents.policy import Policy

T = TypeVar("T")


def once_for_policy(work_out: Callable[[Policy], T]) -> Callable[[Policy], T]:
    """Have the answer about the latest policy kept: many ask, and seldom about another one."""
    latest: list[tuple[Policy, T]] = []

    @wraps(work_out)
    def known(policy: Policy) -> T:
        found = latest[0] if latest else None
        if found is None or found[0] is not policy:
            found = policy, work_out(policy)
            latest[:] = [found]
        return found[1]

    return known
