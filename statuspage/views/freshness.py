"""How fresh a snapshot is: whether its pages may claim anything, and which state they tell."""

from __future__ import annotations

from statuspage.ports import Snapshot


def is_stale(snapshot: Snapshot) -> bool:
    """Whether results have stopped for so long that nothing may be claimed."""
    return snapshot.fresh_until is not None and snapshot.at > snapshot.fresh_until


def is_blind(snapshot: Snapshot) -> bool:
    """Whether components with checks cannot be told: no result yet, or none lately.

    Where operators alone say how things stand, no result is waited for.
    """
    measured = any(component.checks for component in snapshot.policy.components.values())
    return measured and (snapshot.last_result_at is None or is_stale(snapshot))


def version(snapshot: Snapshot) -> str:
    """What tells a state of the page from an earlier one, also over restarts."""
    return f"{snapshot.board.position}-{'blind' if is_blind(snapshot) else 'told'}"
