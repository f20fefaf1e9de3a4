"""An incident is its events, folded one by one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from incidents.events import (
    MACHINE,
    CheckForgotten,
    CheckJudged,
    Discarded,
    Event,
    MembersMoved,
    Opened,
    Published,
    Recorded,
    Relapsed,
    Retitled,
    StatusChanged,
    Unknown,
    UpdateEdited,
    UpdatePosted,
    subject_id,
)
from incidents.model import ComponentStatus, Incident, IncidentStatus, StatusChange, Update
from incidents.policy import PublicationMode


def evolve(incident: Incident | None, recorded: Recorded) -> Incident:
    """The incident as an event leaves it.

    An event of a later version of Upfront makes it read-only: what it means is not known.
    """
    after = _apply(incident, recorded.event, recorded) if incident else _begin(recorded)
    return replace(after, sequence=recorded.sequence, changed_at=recorded.at)


def _begin(recorded: Recorded) -> Incident:
    event, at = recorded.event, recorded.at
    if not isinstance(event, Opened):
        return Incident(
            subject_id(recorded.subject), "", IncidentStatus.INVESTIGATING, at, at, read_only=True
        )
    held = event.publication.mode is PublicationMode.HOLD
    return Incident(
        id=subject_id(recorded.subject),
        title=event.title,
        status=IncidentStatus.INVESTIGATING,
        onset_at=event.onset_at,
        opened_at=at,
        publish_due_at=at + event.publication.hold if held else None,
        titled=recorded.actor != MACHINE,
    )


def _apply(incident: Incident, event: Event, recorded: Recorded) -> Incident:
    match event:
        case CheckJudged(verdict):
            checks = {**incident.checks, verdict.check: verdict}
            return replace(incident, checks=checks, forgotten=incident.forgotten - {verdict.check})
        case CheckForgotten(check):
            forgotten = incident.forgotten | {check}
            return _watched(replace(incident, forgotten=forgotten), recorded.at)
        case MembersMoved(components, checks):
            return renamed(incident, components, checks)
        case StatusChanged():
            return _changed(incident, event, recorded.at)
        case Published():
            return replace(incident, published_at=recorded.at, publish_due_at=None)
        case Discarded():
            return replace(incident, discarded_at=recorded.at, publish_due_at=None)
        case Retitled(title, automatic):
            return replace(incident, title=title, titled=not automatic)
        case Relapsed():
            return replace(incident, relapses=incident.relapses + 1)
        case UpdatePosted():
            return _posted(incident, event, recorded)
        case UpdateEdited():
            return _edited(incident, event, recorded)
        case Unknown():
            return replace(incident, read_only=True)
    return incident


def renamed(
    incident: Incident, components: Mapping[str, str], checks: Mapping[str, str]
) -> Incident:
    """The incident with its members under other ids, old to new; what they did stays."""
    verdicts = [
        replace(verdict, check=checks.get(name, name)) for name, verdict in incident.checks.items()
    ]
    timeline: dict[str, tuple[StatusChange, ...]] = {}
    for name, changes in incident.timeline.items():
        new = components.get(name, name)
        both = (*timeline.get(new, ()), *changes)
        timeline[new] = tuple(sorted(both, key=lambda change: change.at))
    return replace(
        incident,
        timeline=timeline,
        checks={verdict.check: verdict for verdict in verdicts},
        forgotten=frozenset(checks.get(name, name) for name in incident.forgotten),
        updates=tuple(_with_renamed(update, components) for update in incident.updates),
    )


def _with_renamed(update: Update, components: Mapping[str, str]) -> Update:
    shifts = {components.get(name, name): shift for name, shift in update.components.items()}
    return replace(update, components=shifts)


def _changed(incident: Incident, event: StatusChanged, at: datetime) -> Incident:
    """From `from_at` on the component has the status, whatever was thought of it before."""
    earlier = tuple(
        change for change in incident.timeline.get(event.component, ()) if change.at < event.from_at
    )
    changes = (*earlier, StatusChange(event.from_at, event.status))
    after = replace(
        incident,
        timeline={**incident.timeline, event.component: changes},
        onset_at=min(incident.onset_at, event.from_at),
    )
    return _watched(after, at)


def _watched(incident: Incident, at: datetime) -> Incident:
    """Recovered or not; of a component that is no longer monitored, nobody knows any more."""
    gone = _forgotten(incident)
    statuses = [
        changes[-1].status
        for component, changes in incident.timeline.items()
        if component not in gone or changes[-1].status is ComponentStatus.OPERATIONAL
    ]
    well = all(status is ComponentStatus.OPERATIONAL for status in statuses)
    recovered_at = (incident.recovered_at or at) if statuses and well else None
    return replace(incident, recovered_at=recovered_at)


def _forgotten(incident: Incident) -> set[str]:
    """The components none of whose checks are monitored any more."""
    if not incident.forgotten:
        return set()
    left = {_component(check) for check in incident.checks.keys() - incident.forgotten}
    return {_component(check) for check in incident.forgotten} - left


def _component(check: str) -> str:
    return check.partition("/")[0]


def _posted(incident: Incident, event: UpdatePosted, recorded: Recorded) -> Incident:
    update = Update(
        id=event.update,
        status=event.status,
        body=event.body,
        at=recorded.at,
        author=recorded.actor,
        phrase=event.phrase,
        promised_at=event.promised_at,
        automatic=event.automatic,
        components=event.components,
        title=incident.title,
    )
    status = event.status
    return replace(
        incident,
        status=status,
        updates=(*incident.updates, update),
        touched=incident.touched or not event.automatic,
        monitoring_at=_reached(
            incident.monitoring_at, status is IncidentStatus.MONITORING, status.over, recorded.at
        ),
        resolved_at=_reached(incident.resolved_at, status.over, False, recorded.at),
    )


def _reached(before: datetime | None, reached: bool, passed: bool, at: datetime) -> datetime | None:
    """When a stage was reached, which stays while it lasts and once it is passed."""
    if reached:
        return before or at
    return before if passed else None


def _edited(incident: Incident, event: UpdateEdited, recorded: Recorded) -> Incident:
    updates = tuple(
        replace(update, body=event.body, phrase=None, edited_at=recorded.at)
        if update.id == event.update
        else update
        for update in incident.updates
    )
    touched = incident.touched or recorded.actor != MACHINE
    return replace(incident, updates=updates, touched=touched)
