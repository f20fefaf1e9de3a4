"""From a command and what stands to what is to be written: events, spans, who is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from incidents import lifecycle, maintenance, maintenance_life, routing
from incidents.board import Board, Registration
from incidents.commands import (
    Command,
    ComponentCommand,
    EndWork,
    IncidentCommand,
    MaintenanceCommand,
    MarkKnown,
    MarkUnknown,
    Move,
    Register,
    Remove,
    StartWork,
    Warn,
)
from incidents.detect import WAITS
from incidents.events import (
    MACHINE,
    ComponentKnown,
    ComponentMoved,
    ComponentRegistered,
    ComponentRemoved,
    ComponentUnknown,
    Event,
    MembersMoved,
    Recorded,
    StatusChanged,
    WarningCleared,
    WarningRaised,
)
from incidents.impact import component_spans, incident_spans, unknown_cause, unknown_spans, worst
from incidents.maintenance import Maintenance
from incidents.model import ComponentStatus, Incident, Shift, Span
from incidents.policy import Component, Policy
from incidents.ports import Append

Spans = dict[str, tuple[Span, ...]]
ComponentSpans = dict[tuple[str, str], tuple[Span, ...]]


def prepare(
    board: Board, command: Command, at: datetime, policy: Policy, actor: str = MACHINE
) -> Append | None:
    """What a command leads to, ready to be appended; None when it changes nothing."""
    parts: ComponentSpans = {}
    if isinstance(command, IncidentCommand):
        events, spans, parts = _incident(board, command, at, policy)
    elif isinstance(command, MaintenanceCommand):
        events, spans = _maintenance(board, command, at, policy, actor)
    elif isinstance(command, Move) and command.previous not in board.components:
        return None
    elif isinstance(command, ComponentCommand):
        known = board.components.get(command.component)
        events = decide_component(known, command)
        spans = _component_spans(command.component, known, events, at)
    else:
        events, spans = decide_warnings(board, command), {}
    if not events:
        return None
    return Append(
        subject=command.subject,
        expected=board.sequences.get(command.subject, 0),
        at=at,
        actor=actor,
        events=events,
        told=routing.told(events),
        spans=spans,
        component_spans=parts,
        moved={command.previous: command.component} if isinstance(command, Move) else {},
    )


def _incident(
    board: Board, command: IncidentCommand, at: datetime, policy: Policy
) -> tuple[tuple[Event, ...], Spans, ComponentSpans]:
    before = board.incidents.get(command.incident)
    draft = lifecycle.drafted(before, command, at, _with_names(board, before, policy))
    if draft is None:
        return (), {}, {}
    events, after = draft.events, draft.incident
    if not (after.public or (before and before.public)):
        return events, {}, {}
    if before is None or _concerns_all(before, after, events):
        return events, {after.id: incident_spans(after)}, {}
    changed = {event.component for event in events if isinstance(event, StatusChanged)}
    return events, {}, {(after.id, name): component_spans(after, name) for name in changed}


def _concerns_all(before: Incident, after: Incident, events: tuple[Event, ...]) -> bool:
    """Whether the spans of all components may be others now."""
    return (
        before.public is not after.public
        or (before.resolved_at != after.resolved_at and not _ended_before(after))
        or any(isinstance(event, MembersMoved) for event in events)
    )


def _ended_before(resolved: Incident) -> bool:
    """Whether all was well for certain when it was resolved, so that no span ended by that."""
    if resolved.resolved_at is None or resolved.recovered_at is None:
        return False
    well = resolved.standing.keys() == {ComponentStatus.OPERATIONAL}
    return well and resolved.recovered_at <= resolved.resolved_at


def _with_names(board: Board, incident: Incident | None, policy: Policy) -> Policy:
    """The policy, with components that are no longer configured under their last names."""
    if incident is None or not incident.forgotten:
        return policy
    gone = {
        name: Component(name, board.components[name].name)
        for name in incident.timeline
        if name not in policy.components and name in board.components
    }
    return replace(policy, components={**policy.components, **gone}) if gone else policy


def _maintenance(
    board: Board, command: MaintenanceCommand, at: datetime, policy: Policy, actor: str
) -> tuple[tuple[Event, ...], Spans]:
    before = board.maintenances.get(command.maintenance)
    shifts = _shifts(board, before, command) if before else {}
    events = maintenance_life.decide(before, command, policy, shifts)
    if before is None or not events:
        return events, {}
    sequence = before.sequence + 1
    recorded = Recorded(0, command.subject, sequence, at, actor, events[0])
    after = maintenance_life.evolve(before, recorded)
    changed = after is not None and maintenance.spans(after) != maintenance.spans(before)
    return events, {after.id: maintenance.spans(after)} if after and changed else {}


def _shifts(board: Board, found: Maintenance, command: MaintenanceCommand) -> dict[str, Shift]:
    """How its components are shown before and after work begins or ends on them."""
    if not isinstance(command, StartWork | EndWork):
        return {}
    shifts = {}
    for name in found.components:
        apart = board.confirmed_status(name, apart_from=found.id)
        during = worst([apart, found.component_status])
        began = isinstance(command, StartWork)
        shifts[name] = Shift(apart, during) if began else Shift(during, apart)
    return shifts


def decide_component(known: Registration | None, command: ComponentCommand) -> tuple[Event, ...]:
    """What a command to a component leads to; a replayed one changes nothing."""
    match command:
        case Register(_, public_id, name):
            if known and known.removed_at is None and known.name == name:
                return ()
            return (ComponentRegistered(public_id, name),)
        case Move(_, previous):
            return (ComponentMoved(previous),)
        case Remove() if known and known.removed_at is None:
            return (ComponentRemoved(),)
        case MarkUnknown(_, from_at, reason) if not _is_old(known, from_at):
            return (ComponentUnknown(from_at, reason),)
        case MarkKnown(_, from_at) if _is_answer(known, from_at):
            return (ComponentKnown(from_at, first=_is_first(known)),)
    return ()


def _is_old(known: Registration | None, from_at: datetime) -> bool:
    """Whether that the component is unknown is known already, or over."""
    if known is None or known.unknown_since is not None:
        return True
    return known.known_since is not None and from_at < known.known_since


def _is_answer(known: Registration | None, from_at: datetime) -> bool:
    return known is not None and known.unknown_since is not None and from_at >= known.unknown_since


def _is_first(known: Registration | None) -> bool:
    return known is not None and known.unknown_reason in WAITS


def decide_warnings(board: Board, command: Warn) -> tuple[Event, ...]:
    """Raise and clear what differs from the warnings that stand."""
    before, after = board.warnings.get(command.check, frozenset()), frozenset(command.warnings)
    raised = [WarningRaised(text, command.position) for text in sorted(after - before)]
    cleared = [WarningCleared(text, command.position) for text in sorted(before - after)]
    return (*raised, *cleared)


def _component_spans(
    component: str, known: Registration | None, events: tuple[Event, ...], at: datetime
) -> Spans:
    """The period in which we could not tell that these events begin or end."""
    spans: Spans = {}
    for event in events:
        if isinstance(event, ComponentUnknown):
            cause = unknown_cause(component, event.from_at)
            spans[cause] = unknown_spans(component, event.from_at, None)
        elif known and known.unknown_since and isinstance(event, ComponentKnown | ComponentRemoved):
            ends_at = event.from_at if isinstance(event, ComponentKnown) else at
            cause = unknown_cause(component, known.unknown_since)
            spans[cause] = unknown_spans(component, known.unknown_since, ends_at)
            known = replace(known, unknown_since=None)
    return spans
