"""An incident is its events, folded one by one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from checks.model import owner_of
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
from incidents.growing import Growing
from incidents.impact import worst_of
from incidents.model import (
    ComponentStatus,
    Incident,
    IncidentStatus,
    StatusChange,
    Update,
    Verdict,
)
from incidents.policy import PublicationMode
from incidents.updates import is_untold, told


def evolve(incident: Incident | None, recorded: Recorded) -> Incident:
    """The incident as an event leaves it.

    An event of a later version of Upfront makes it read-only: what it means is not known.
    """
    if incident is None:
        return _stamped(_begin(recorded), recorded)
    match recorded.event:
        case CheckJudged(verdict):
            return _judged(incident, verdict, recorded)
        case StatusChanged() as event:
            return _changed(incident, event, recorded)
        case event:
            return _stamped(_apply(incident, event, recorded), recorded)


def _stamped(incident: Incident, recorded: Recorded) -> Incident:
    return replace(incident, sequence=recorded.sequence, changed_at=recorded.at)


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
        title_phrase=event.phrase,
        status=IncidentStatus.INVESTIGATING,
        onset_at=event.onset_at,
        opened_at=at,
        publish_due_at=at + event.publication.hold if held else None,
        titled=recorded.actor != MACHINE,
    )


def _apply(incident: Incident, event: Event, recorded: Recorded) -> Incident:
    match event:
        case CheckForgotten(check):
            forgotten = incident.forgotten | {check}
            return _watched(replace(incident, forgotten=forgotten), recorded.at)
        case MembersMoved(components, checks):
            return renamed(incident, components, checks)
        case Published():
            return replace(incident, published_at=recorded.at, publish_due_at=None)
        case Discarded():
            return replace(incident, discarded_at=recorded.at, publish_due_at=None)
        case Retitled(title, automatic, phrase):
            return replace(incident, title=title, title_phrase=phrase, titled=not automatic)
        case Relapsed():
            return replace(incident, relapses=incident.relapses + 1)
        case UpdatePosted():
            return _posted(incident, event, recorded)
        case UpdateEdited():
            return _edited(incident, event, recorded)
        case Unknown():
            return replace(incident, read_only=True)
    return incident


def _judged(incident: Incident, verdict: Verdict, recorded: Recorded) -> Incident:
    return replace(
        incident,
        checks=Growing.of(incident.checks).having(verdict.check, verdict),
        forgotten=incident.forgotten - {verdict.check},
        sequence=recorded.sequence,
        changed_at=recorded.at,
    )


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
    after = replace(
        incident,
        timeline=timeline,
        checks={verdict.check: verdict for verdict in verdicts},
        forgotten=frozenset(checks.get(name, name) for name in incident.forgotten),
        updates=tuple(_with_renamed(update, components) for update in incident.updates),
    )
    return _counted(after)


def _with_renamed(update: Update, components: Mapping[str, str]) -> Update:
    shifts = {components.get(name, name): shift for name, shift in update.components.items()}
    return replace(update, components=shifts)


def _changed(incident: Incident, event: StatusChanged, recorded: Recorded) -> Incident:
    """From `from_at` on the component has the status, whatever was thought of it before."""
    known = incident.timeline.get(event.component, ())
    earlier = tuple(change for change in known if change.at < event.from_at)
    changes = (*earlier, StatusChange(event.from_at, event.status))
    was = known[-1].status if known else None
    customers = told(incident, event.component)
    standing = _moved(incident.standing, was, event.status)
    after = replace(
        incident,
        timeline=Growing.of(incident.timeline).having(event.component, changes),
        standing=standing,
        suffered=_moved(incident.suffered, worst_of(known) if known else None, worst_of(changes)),
        untold=incident.untold - is_untold(customers, was) + is_untold(customers, event.status),
        onset_at=min(incident.onset_at, event.from_at),
        recovered_at=(incident.recovered_at or recorded.at) if _is_well(standing) else None,
        sequence=recorded.sequence,
        changed_at=recorded.at,
    )
    return _watched(after, recorded.at) if incident.forgotten else after


def _moved(
    standing: Mapping[ComponentStatus, int], was: ComponentStatus | None, now: ComponentStatus
) -> Mapping[ComponentStatus, int]:
    """How many components have each status, once one has another; none that nobody has."""
    if now is was:
        return standing
    found = {**standing, now: standing.get(now, 0) + 1}
    if was is not None:
        found[was] -= 1
        if not found[was]:
            del found[was]
    return found


def _counted(incident: Incident) -> Incident:
    """The incident with its components counted anew."""
    standing = Counter(incident.components.values())
    suffered = Counter(map(worst_of, incident.timeline.values()))
    return replace(incident, standing=standing, suffered=suffered, untold=_untold(incident))


def _untold(incident: Incident) -> int:
    """How many components are worse than was told; most are as the last update left them."""
    last = incident.updates[-1].components if incident.updates else {}
    changed = (
        (name, changes[-1].status)
        for name, changes in incident.timeline.items()
        if name not in last or last[name].after is not changes[-1].status
    )
    return sum(is_untold(told(incident, name), status) for name, status in changed)


def _watched(incident: Incident, at: datetime) -> Incident:
    """Recovered or not; of a component that is no longer monitored, nobody knows any more."""
    gone = _forgotten(incident)
    monitored = Counter(
        status
        for component, status in incident.components.items()
        if component not in gone or status is ComponentStatus.OPERATIONAL
    )
    recovered_at = (incident.recovered_at or at) if _is_well(monitored) else None
    return replace(incident, recovered_at=recovered_at)


def _is_well(standing: Mapping[ComponentStatus, int]) -> bool:
    return standing.keys() == {ComponentStatus.OPERATIONAL}


def _forgotten(incident: Incident) -> set[str]:
    """The components none of whose checks are monitored any more."""
    if not incident.forgotten:
        return set()
    left = {owner_of(check) for check in incident.checks.keys() - incident.forgotten}
    return {owner_of(check) for check in incident.forgotten} - left


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
        title_phrase=incident.title_phrase,
    )
    status = event.status
    after = replace(
        incident,
        status=status,
        updates=(*incident.updates, update),
        touched=incident.touched or not event.automatic,
        monitoring_at=_reached(
            incident.monitoring_at, status is IncidentStatus.MONITORING, status.over, recorded.at
        ),
        resolved_at=_reached(incident.resolved_at, status.over, False, recorded.at),
    )
    all_told = len(event.components) == len(incident.timeline)  # as they are: see `shifts`
    return replace(after, untold=0 if all_told else _untold(after))


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
