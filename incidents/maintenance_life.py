"""The life of a maintenance: a command and what stands make events, events make the maintenance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from incidents import maintenance_words as words
from incidents.commands import (
    AnnounceWork,
    CancelWork,
    ChangeWork,
    EndWork,
    MaintenanceCommand,
    StartWork,
)
from incidents.events import (
    MaintenanceCancelled,
    MaintenanceChanged,
    MaintenanceCompleted,
    MaintenanceEvent,
    MaintenanceScheduled,
    MaintenanceStarted,
    Recorded,
    subject_id,
)
from incidents.ids import update_id
from incidents.maintenance import Maintenance, MaintenanceStatus, MaintenanceUpdate, Work
from incidents.messages import component_name, written
from incidents.model import Shift
from incidents.policy import Policy

Shifts = Mapping[str, Shift]


def decide(
    maintenance: Maintenance | None, command: MaintenanceCommand, policy: Policy, shifts: Shifts
) -> tuple[MaintenanceEvent, ...]:
    """What comes of a command; nothing when it holds already or no longer applies.

    `shifts` are how its components are shown before and after a start or an end.
    """
    if isinstance(command, AnnounceWork):
        if maintenance is None or maintenance.status is MaintenanceStatus.CANCELLED:
            return (_announced(command, policy),)
    elif maintenance is not None:
        event = _answer(maintenance, command, policy, shifts)
        return () if event is None else (event,)
    return ()


def _announced(command: AnnounceWork, policy: Policy) -> MaintenanceScheduled:
    work, zone = command.work, policy.maintenance[command.plan].timezone
    if work.description:
        return MaintenanceScheduled(
            plan=command.plan, work=work, body=work.description, quiet=command.quiet
        )
    phrase = words.announced(work, zone, _names(work, policy))
    return MaintenanceScheduled(
        plan=command.plan, work=work, phrase=phrase, body=written(phrase), quiet=command.quiet
    )


def _answer(
    maintenance: Maintenance, command: MaintenanceCommand, policy: Policy, shifts: Shifts
) -> MaintenanceEvent | None:
    status, quiet = maintenance.status, command.quiet
    match command:
        case ChangeWork(work=work) if not status.over and work != maintenance.work:
            return _changed(maintenance, work, policy, quiet=quiet)
        case StartWork(from_at=at) if status is MaintenanceStatus.SCHEDULED:
            phrase = words.started(maintenance.work, _zone(maintenance, policy))
            return MaintenanceStarted(
                phrase=phrase, body=written(phrase), quiet=quiet, from_at=at, components=shifts
            )
        case EndWork(to_at=at) if status.running:
            phrase = words.completed()
            return MaintenanceCompleted(
                phrase=phrase, body=written(phrase), quiet=quiet, to_at=at, components=shifts
            )
        case CancelWork() if status is MaintenanceStatus.SCHEDULED:
            phrase = words.cancelled()
            return MaintenanceCancelled(phrase=phrase, body=written(phrase), quiet=quiet)
    return None


def _changed(
    maintenance: Maintenance, work: Work, policy: Policy, *, quiet: bool
) -> MaintenanceChanged:
    """What changed is posted where it concerns when, or whom; other words just stand there."""
    phrase = None
    if (work.starts_at, work.ends_at) != (maintenance.starts_at, maintenance.ends_at):
        phrase = words.moved(work, _zone(maintenance, policy))
    elif work.scope != maintenance.scope:
        phrase = words.concerns(_names(work, policy))
    body = written(phrase) if phrase else ""
    return MaintenanceChanged(phrase=phrase, body=body, quiet=quiet or phrase is None, work=work)


def _names(work: Work, policy: Policy) -> list[str]:
    return [component_name(name, policy) for name in work.components]


def _zone(maintenance: Maintenance, policy: Policy) -> str:
    """The zone that its times are told in, once its plan is gone the world's."""
    plan = policy.maintenance.get(maintenance.plan)
    return plan.timezone if plan else "Etc/UTC"


def evolve(maintenance: Maintenance | None, recorded: Recorded) -> Maintenance | None:
    """The maintenance as an event leaves it; what a later version of Upfront wrote is left out."""
    event = recorded.event
    if maintenance is None:
        if not isinstance(event, MaintenanceScheduled):
            return None
        maintenance = _begun(event, recorded)
    if not isinstance(event, MaintenanceEvent):
        return replace(maintenance, sequence=recorded.sequence)
    after = _applied(maintenance, event, recorded.at)
    return replace(
        after,
        sequence=recorded.sequence,
        changed_at=recorded.at,
        updates=(*after.updates, *_posted(after, event, recorded)),
    )


def _begun(event: MaintenanceScheduled, recorded: Recorded) -> Maintenance:
    work, at = event.work, recorded.at
    return Maintenance(
        id=subject_id(recorded.subject), plan=event.plan, title=work.title,
        description=work.description, components=work.components, scope=work.scope,
        starts_at=work.starts_at, ends_at=work.ends_at, status=MaintenanceStatus.SCHEDULED,
        component_status=work.component_status, sequence=0, created_at=at, changed_at=at,
        revised_at=at, revision=-1,
    )  # fmt: skip


def _applied(maintenance: Maintenance, event: MaintenanceEvent, at: datetime) -> Maintenance:
    match event:
        case MaintenanceScheduled(work=work):
            return _revised(_says(maintenance, work), MaintenanceStatus.SCHEDULED, at)
        case MaintenanceChanged(work=work):
            return _revised(_says(maintenance, work), maintenance.status, at)
        case MaintenanceCancelled():
            return _revised(maintenance, MaintenanceStatus.CANCELLED, at)
        case MaintenanceStarted(from_at=from_at):
            return replace(maintenance, status=MaintenanceStatus.IN_PROGRESS, started_at=from_at)
        case MaintenanceCompleted(to_at=to_at):
            return replace(maintenance, status=MaintenanceStatus.COMPLETED, completed_at=to_at)
    return maintenance


def _says(maintenance: Maintenance, work: Work) -> Maintenance:
    return replace(
        maintenance, title=work.title, description=work.description, components=work.components,
        scope=work.scope, starts_at=work.starts_at, ends_at=work.ends_at,
        component_status=work.component_status,
    )  # fmt: skip


def _revised(maintenance: Maintenance, status: MaintenanceStatus, at: datetime) -> Maintenance:
    return replace(maintenance, status=status, revision=maintenance.revision + 1, revised_at=at)


def _posted(
    maintenance: Maintenance, event: MaintenanceEvent, recorded: Recorded
) -> tuple[MaintenanceUpdate, ...]:
    if event.phrase is None and not event.body:
        return ()
    return (
        MaintenanceUpdate(
            id=update_id(maintenance.id, recorded.sequence), status=maintenance.status,
            body=event.body, at=recorded.at, author=recorded.actor, title=maintenance.title,
            phrase=event.phrase, components=_shifts(event), quiet=event.quiet,
        ),
    )  # fmt: skip


def _shifts(event: MaintenanceEvent) -> Mapping[str, Shift]:
    if isinstance(event, MaintenanceStarted | MaintenanceCompleted):
        return event.components
    return {}


def renamed(maintenance: Maintenance, previous: str, name: str) -> Maintenance:
    """The same with a component under another id, which it goes by from here on."""
    return replace(
        maintenance,
        components=tuple(name if one == previous else one for one in maintenance.components),
        scope=tuple(name if one == previous else one for one in maintenance.scope),
    )
