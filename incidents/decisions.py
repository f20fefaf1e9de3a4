"""From a command and what stands to what is to be written: events, spans, who is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from incidents import lifecycle, routing
from incidents.board import Board, Registration
from incidents.commands import (
    Command,
    ComponentCommand,
    IncidentCommand,
    MarkKnown,
    MarkUnknown,
    Move,
    Register,
    Remove,
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
    Recorded,
    WarningCleared,
    WarningRaised,
)
from incidents.impact import incident_spans, unknown_cause, unknown_spans
from incidents.model import Incident, Span
from incidents.policy import Component, Policy
from incidents.ports import Append

Spans = dict[str, tuple[Span, ...]]


def prepare(
    board: Board, command: Command, at: datetime, policy: Policy, actor: str = MACHINE
) -> Append | None:
    """What a command leads to, ready to be appended; None when it changes nothing."""
    if isinstance(command, IncidentCommand):
        events, spans = _incident(board, command, at, policy, actor)
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
        moved={command.previous: command.component} if isinstance(command, Move) else {},
    )


def _incident(
    board: Board, command: IncidentCommand, at: datetime, policy: Policy, actor: str
) -> tuple[tuple[Event, ...], Spans]:
    before = board.incidents.get(command.incident)
    events = lifecycle.decide(before, command, at, _with_names(board, before, policy))
    after = before
    for sequence, event in enumerate(events, before.sequence + 1 if before else 1):
        after = lifecycle.evolve(after, Recorded(0, command.subject, sequence, at, actor, event))
    if after is None or not (after.public or (before and before.public)):
        return events, {}
    return events, {after.id: incident_spans(after)}


def _with_names(board: Board, incident: Incident | None, policy: Policy) -> Policy:
    """The policy, with components that are no longer configured under their last names."""
    gone = {
        name: Component(name, board.components[name].name)
        for name in (incident.timeline if incident else ())
        if name not in policy.components and name in board.components
    }
    return replace(policy, components={**policy.components, **gone}) if gone else policy


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
