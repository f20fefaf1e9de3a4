"""The event log folded into what stands now: incidents, maintenances, components, warnings."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from copy import copy
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta

from incidents import evolution, maintenance_life
from incidents.events import (
    CheckJudged,
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
    subject_id,
)
from incidents.impact import worst
from incidents.maintenance import Maintenance
from incidents.model import ComponentStatus, Incident

LATELY = timedelta(days=7)
"""Troubles that began in a maintenance are found within this span after its end."""


@dataclass(frozen=True, slots=True)
class Registration:
    """What the log knows of a component: its public id, name, and since when.

    `unknown_since` is set while no check can tell, with the reason. `known_since` is when a
    check could last begin to tell. `removed_at` is set once it is no longer configured.
    """

    public_id: str
    name: str
    since_at: datetime
    sequence: int
    changed_at: datetime
    unknown_since: datetime | None = None
    unknown_reason: str = ""
    known_since: datetime | None = None
    removed_at: datetime | None = None


@dataclass(slots=True)
class Board:
    """What stands now. Each process folds its own from the log, in order of position."""

    position: int = 0
    incidents: dict[str, Incident] = field(default_factory=dict)
    maintenances: dict[str, Maintenance] = field(default_factory=dict)
    components: dict[str, Registration] = field(default_factory=dict)
    warnings: dict[str, frozenset[str]] = field(default_factory=dict)
    judged_position: dict[str, int] = field(default_factory=dict)
    """Check to the last signal position that an incident's event about it rests on."""
    warned_position: dict[str, int] = field(default_factory=dict)
    """Check to the last signal position that an event about its warnings rests on."""
    sequences: dict[str, int] = field(default_factory=dict)
    """Subject to the number of its events."""
    _open: dict[str, Incident] = field(default_factory=dict)
    _affected: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Component to the incidents it is part of: all that are open, and some that were."""
    _running: dict[str, Maintenance] = field(default_factory=dict)
    _lately: dict[str, Maintenance] = field(default_factory=dict)
    """Those that were over within the last days."""

    def apply(self, recorded: Recorded) -> None:
        """Fold in one event; one that is already in changes nothing."""
        if recorded.position <= self.position:
            return
        self.position = recorded.position
        self.sequences[recorded.subject] = recorded.sequence
        scope, name = recorded.subject.partition(":")[0], subject_id(recorded.subject)
        if scope == "incident":
            self._incident(name, recorded)
        elif scope == "maintenance":
            self._maintenance(name, recorded)
        elif scope == "component":
            self._component(name, recorded)
        elif scope == "check":
            self._check(name, recorded)

    def copy(self) -> Board:
        """The board as it stands, which later events do not change."""
        return Board(*(copy(getattr(self, each.name)) for each in fields(self)))

    def narrowed(
        self,
        incidents: Mapping[str, Incident],
        maintenances: Mapping[str, Maintenance],
        components: Container[str],
    ) -> Board:
        """The board of those who know of these and of no others."""
        return replace(
            self,
            incidents=dict(incidents),
            maintenances=dict(maintenances),
            components={name: one for name, one in self.components.items() if name in components},
            warnings={},
            judged_position={},
            warned_position={},
            sequences={},
            _open={name: found for name, found in incidents.items() if found.open},
            _affected={name: ids for name, ids in self._affected.items() if name in components},
            _running={name: one for name, one in maintenances.items() if name in self._running},
            _lately={},
        )

    def open_incidents(self) -> list[Incident]:
        """Incidents that still go on, public or not, newest first."""
        return _newest_first(self._open.values())

    def public_incidents(self) -> list[Incident]:
        """All incidents that customers may know of, newest first."""
        return _newest_first(found for found in self.incidents.values() if found.public)

    def public_maintenances(self) -> list[Maintenance]:
        """All announced work, what comes last first; all of it is public."""
        return sorted(
            self.maintenances.values(), key=lambda found: (found.starts_at, found.id), reverse=True
        )

    def maintained(self, component: str) -> list[Maintenance]:
        """The maintenances that go on now and are about the component."""
        return [found for found in self._running.values() if component in found.components]

    def maintained_until(self, component: str, at: datetime) -> datetime | None:
        """When the maintenance was over within which an instant lies; None of any other."""
        ends = [
            found.completed_at for found in self._lately.values() if found.covers(component, at)
        ]
        return max((end for end in ends if end), default=None)

    def open_on(self, component: str) -> list[Incident]:
        """Open incidents that a component is or was part of, newest first."""
        names = self._affected.get(component, ())
        return _newest_first(self._open[name] for name in names if name in self._open)

    def status(self, component: str) -> ComponentStatus:
        """How the component is shown: by its public incidents, else unknown, else operational."""
        known = self.components.get(component)
        unknown = known is not None and known.unknown_since is not None
        confirmed = self.confirmed_status(component)
        return worst([confirmed, ComponentStatus.UNKNOWN]) if unknown else confirmed

    def confirmed_status(self, component: str, *, apart_from: str = "") -> ComponentStatus:
        """The last status that anybody could tell, where there is no word for unknown.

        One maintenance may be left out of account.
        """
        statuses = [found.status_of(component) for found in self.open_on(component) if found.public]
        under = [found for found in self.maintained(component) if found.id != apart_from]
        return worst([*statuses, *(found.component_status for found in under)])

    def _incident(self, name: str, recorded: Recorded) -> None:
        known = self.incidents.get(name)
        incident = evolution.evolve(known, recorded)
        self.incidents[name] = incident
        if isinstance(recorded.event, CheckJudged):
            check = recorded.event.verdict.check
            before = self.judged_position.get(check, 0)
            self.judged_position[check] = max(before, recorded.event.signal_position)
        if incident.open:
            self._open[name] = incident
        else:
            self._open.pop(name, None)
        if isinstance(recorded.event, MembersMoved):
            for component in recorded.event.components:
                self._affected[component] = self._open_besides(name, component)
        for component in _touched(recorded.event, known, incident):
            self._affected[component] = (*self._open_besides(name, component), name)

    def _open_besides(self, name: str, component: str) -> tuple[str, ...]:
        others = self._affected.get(component, ())
        return tuple(other for other in others if other != name and other in self._open)

    def _maintenance(self, name: str, recorded: Recorded) -> None:
        found = maintenance_life.evolve(self.maintenances.get(name), recorded)
        if found is not None:
            self._keep_maintenance(found)

    def _keep_maintenance(self, found: Maintenance) -> None:
        self.maintenances[found.id] = found
        self._running.pop(found.id, None)
        if found.status.running:
            self._running[found.id] = found
        elif found.completed_at is not None:
            since = found.completed_at - LATELY
            self._lately[found.id] = found
            self._lately = {id: one for id, one in self._lately.items() if one.ended_after(since)}

    def _component(self, name: str, recorded: Recorded) -> None:
        event, known = recorded.event, self.components.get(name)
        if isinstance(event, ComponentRegistered):
            self.components[name] = _registered(known, event, recorded)
        elif isinstance(event, ComponentMoved):
            self._move(name, event.previous, recorded)
        elif known is not None:
            self.components[name] = _followed(known, recorded)

    def _move(self, name: str, previous: str, recorded: Recorded) -> None:
        """One component is another one from here on; open incidents say for themselves."""
        before = self.components.pop(previous, None)
        if before is not None:
            self.components[name] = _moved(before, self.components.get(name), recorded)
        for incident in list(self.incidents.values()):
            if previous in incident.timeline and not incident.open:
                self.incidents[incident.id] = evolution.renamed(incident, {previous: name}, {})
        for found in list(self.maintenances.values()):
            if previous in found.components:
                self._keep_maintenance(maintenance_life.renamed(found, previous, name))

    def _check(self, name: str, recorded: Recorded) -> None:
        event, before = recorded.event, self.warnings.get(name, frozenset())
        if isinstance(event, WarningRaised):
            self.warnings[name] = before | {event.warning}
        elif isinstance(event, WarningCleared):
            self.warnings[name] = before - {event.warning}
        else:
            return
        if not self.warnings[name]:
            del self.warnings[name]
        self.warned_position[name] = max(self.warned_position.get(name, 0), event.signal_position)


def _touched(event: Event, before: Incident | None, after: Incident) -> Iterable[str]:
    """The components that an open incident may be about since this event."""
    if isinstance(event, StatusChanged):
        return (event.component,)
    opens = after.open and not (before and before.open)
    return after.timeline if opens or isinstance(event, MembersMoved) else ()


def _newest_first(incidents: Iterable[Incident]) -> list[Incident]:
    return sorted(incidents, key=lambda found: (found.onset_at, found.id), reverse=True)


def _registered(
    known: Registration | None, event: ComponentRegistered, recorded: Recorded
) -> Registration:
    if known is None:
        return Registration(
            event.public_id, event.name, recorded.at, recorded.sequence, recorded.at
        )
    return replace(
        known, name=event.name, removed_at=None, sequence=recorded.sequence, changed_at=recorded.at
    )


def _moved(before: Registration, known: Registration | None, recorded: Recorded) -> Registration:
    """What is known of a component that goes by another id, which may have begun anew there."""
    if known is None:
        return replace(before, sequence=recorded.sequence, changed_at=recorded.at)
    return replace(
        known,
        since_at=min(before.since_at, known.since_at),
        sequence=recorded.sequence,
        changed_at=recorded.at,
    )


def _followed(known: Registration, recorded: Recorded) -> Registration:
    event = recorded.event
    known = replace(known, sequence=recorded.sequence, changed_at=recorded.at)
    match event:
        case ComponentRemoved():
            return replace(known, removed_at=recorded.at, unknown_since=None)
        case ComponentUnknown(from_at, reason):
            return replace(known, unknown_since=from_at, unknown_reason=reason)
        case ComponentKnown(from_at):
            return replace(known, unknown_since=None, unknown_reason="", known_since=from_at)
    return known
