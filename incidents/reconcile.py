"""What follows from a configuration that differs from what the log knows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from incidents.board import Board
from incidents.commands import Command, Forget, MarkUnknown, Register, Remove, Warn
from incidents.detect import WAITING
from incidents.fleet import Fleet
from incidents.ids import stable_id
from incidents.model import Incident
from incidents.policy import Component, Policy


def reconcile(fleet: Fleet, board: Board, policy: Policy, at: datetime) -> tuple[Command, ...]:
    """Register, rename and remove components, and forget checks that are no longer there."""
    return (
        *_registrations(board, policy, at),
        *_forgotten(fleet, board, policy, at),
        *_silenced(board, policy),
        *_removals(board, policy),
    )


def _registrations(board: Board, policy: Policy, at: datetime) -> Iterator[Command]:
    for component in policy.components.values():
        known = board.components.get(component.id)
        if known and known.removed_at is None and known.name == component.name:
            continue
        yield Register(component.id, _public_id(board, component), component.name)
        if component.checks and (known is None or known.removed_at is not None):
            yield MarkUnknown(component.id, at, WAITING)


def _public_id(board: Board, component: Component) -> str:
    """The id that outsiders know it by; one that moved keeps it."""
    for name in (component.id, *component.aliases):
        if name in board.components:
            return board.components[name].public_id
    return stable_id("component", component.id)


def _forgotten(fleet: Fleet, board: Board, policy: Policy, at: datetime) -> Iterator[Command]:
    for incident in board.open_incidents():
        for check in incident.checks:
            if check not in policy.checks and check not in incident.forgotten:
                yield _forget(fleet, incident, check, policy, at)


def _forget(fleet: Fleet, incident: Incident, check: str, policy: Policy, at: datetime) -> Forget:
    component = policy.component_of(check)
    status = fleet.last_known(component) if component and component.checks else None
    return Forget(incident.id, check, check.partition("/")[0], status, at)


def _silenced(board: Board, policy: Policy) -> Iterator[Command]:
    for check in board.warnings:
        if check not in policy.checks:
            yield Warn(check, (), board.warned_position.get(check, 0))


def _removals(board: Board, policy: Policy) -> Iterator[Command]:
    for name, known in board.components.items():
        if known.removed_at is None and name not in policy.components:
            yield Remove(name)
