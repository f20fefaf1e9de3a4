"""What follows from a configuration that differs from what the log knows."""

from __future__ import annotations

from collections.abc import Container, Iterator
from datetime import datetime

from checks.model import owner_of
from incidents import correlate
from incidents.board import Board
from incidents.commands import (
    Command,
    Forget,
    MarkKnown,
    MarkUnknown,
    Move,
    MoveMembers,
    Register,
    Remove,
    Warn,
)
from incidents.detect import WAITING
from incidents.fleet import Fleet
from incidents.ids import stable_ids
from incidents.maintenance_plans import planned
from incidents.model import Incident
from incidents.moves import Moves, moves
from incidents.policy import Component, Policy


def reconcile(
    fleet: Fleet, board: Board, policy: Policy, at: datetime, moved: Moves | None = None
) -> Iterator[Command]:
    """What components, checks of open incidents and announced work have to become.

    Each command rests on the board as those before it left it: carry one out, then go on.
    """
    moved = moves(policy) if moved is None else moved
    yield from _moves(board, moved)
    yield from _members(board, moved)
    yield from _registrations(board, policy, at)
    yield from _forgotten(fleet, board, policy, moved, at)
    yield from _warnings(board, policy, moved)
    yield from _removals(board, policy)
    yield from works(fleet, board, policy, at)


def works(fleet: Fleet, board: Board, policy: Policy, at: datetime) -> Iterator[Command]:
    """What is due on announced work, and incidents for what still fails once work is over."""
    for command in planned(board, policy, at):
        yield command
        yield from correlate.follow_up(fleet, board, command, policy)


def awaited(fleet: Fleet, board: Board, policy: Policy, at: datetime) -> Iterator[Command]:
    """Say of each component whose checks are all new that nobody can tell how it is.

    Only for a fleet that knows every verdict reached so far.
    """
    for component in policy.components.values():
        known = board.components.get(component.id)
        if known is None or known.unknown_since is not None or not component.checks:
            continue
        if not any(check in fleet.verdicts for check in component.checks):
            yield MarkUnknown(component.id, at, WAITING)


def _moves(board: Board, moved: Moves) -> Iterator[Command]:
    for previous, component in moved.components.items():
        if previous in board.components:
            yield Move(component, previous)


def _members(board: Board, moved: Moves) -> Iterator[Command]:
    if not moved.components and not moved.checks:
        return
    for incident in board.open_incidents():
        components = {old: new for old in incident.timeline if (new := moved.components.get(old))}
        checks = {old: new for old in incident.checks if (new := moved.stays(old))}
        if components or checks:
            yield MoveMembers(incident.id, components, checks)


def _registrations(board: Board, policy: Policy, at: datetime) -> Iterator[Command]:
    taken = {known.public_id for known in board.components.values()}
    for component in policy.components.values():
        known = board.components.get(component.id)
        if known and known.unknown_since is not None and not component.checks:
            yield MarkKnown(component.id, at)
        if known and known.removed_at is None and known.name == component.name:
            continue
        public_id = known.public_id if known else _public_id(component, taken)
        taken.add(public_id)
        yield Register(component.id, public_id, component.name)
        if component.checks and (known is None or known.removed_at is not None):
            yield MarkUnknown(component.id, at, WAITING)


def _public_id(component: Component, taken: Container[str]) -> str:
    """The id that outsiders know it by; one that moved away took its own along."""
    return next(id for id in stable_ids("component", component.id) if id not in taken)


def _forgotten(
    fleet: Fleet, board: Board, policy: Policy, moved: Moves, at: datetime
) -> Iterator[Command]:
    for incident in board.open_incidents():
        for check in incident.checks:
            if check not in policy.checks and check not in incident.forgotten:
                yield _forget(fleet, incident, check, policy, at)
                if check in moved.checks:
                    yield from correlate.arrive(fleet, board, moved.checks[check], policy)


def _forget(fleet: Fleet, incident: Incident, check: str, policy: Policy, at: datetime) -> Forget:
    component = policy.component_of(check)
    status = fleet.last_known(component) if component and component.checks else None
    return Forget(incident.id, check, owner_of(check), status, at)


def _warnings(board: Board, policy: Policy, moved: Moves) -> Iterator[Command]:
    for check in list(board.warnings):
        if check in policy.checks:
            continue
        position = board.warned_position.get(check, 0)
        if check in moved.checks:
            yield Warn(moved.checks[check], tuple(board.warnings[check]), position)
        yield Warn(check, (), position)


def _removals(board: Board, policy: Policy) -> Iterator[Command]:
    for name, known in list(board.components.items()):
        if known.removed_at is None and name not in policy.components:
            yield Remove(name)
