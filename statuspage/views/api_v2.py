"""The page in the shapes of Atlassian Statuspage's public API, version 2."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from msgspec import UNSET

from checks.instants import EPOCH
from incidents import impact
from incidents.ids import stable_id
from incidents.impact import PageStatus
from incidents.maintenance import Maintenance, MaintenanceStatus, MaintenanceUpdate
from incidents.model import ComponentStatus, Impact, Incident, IncidentStatus, Shift, Update
from incidents.payloads import component_id
from incidents.words import Words
from statuspage.ports import Snapshot
from statuspage.views.api_v2_shapes import (
    AffectedRow,
    ComponentRow,
    ImpactWord,
    IncidentRow,
    KnownStatus,
    MaintenanceRow,
    PostStatus,
    StatuspagePage,
    TopLine,
    UnknownBeside,
    UpdateRow,
    WorkStatus,
)
from statuspage.views.standing import Standing, standings
from statuspage.views.story import component_name, said, title_of
from statuspage.views.text import line

MOST_ROWS = 50


def timestamp(at: datetime, zone: ZoneInfo) -> str:
    """An instant in the page's zone, always with three decimals: clients cut them off."""
    text = at.astimezone(zone).isoformat(timespec="milliseconds")
    return text.removesuffix("+00:00") + "Z" if text.endswith("+00:00") else text


class Statuspage:
    """The page as the API tells it; each part is worked out when it is asked for."""

    def __init__(self, snapshot: Snapshot, words: Words, address: str) -> None:
        """Tell this snapshot, in these words, with links that begin with this address."""
        self._snapshot = snapshot
        self._words = words
        self._address = address
        self._zone = ZoneInfo(snapshot.page.timezone)
        self._page_id = stable_id("page", snapshot.page.id)
        self._standings = standings(snapshot)
        self._names = {id: found.name for id, found in snapshot.board.components.items()}

    @property
    def page(self) -> StatuspagePage:
        """The page itself."""
        page, board = self._snapshot.page, self._snapshot.board
        changes = [found.changed_at for found in board.components.values()]
        changes += [work.changed_at for work in board.maintenances.values()]
        changes += [_changed_at(found) for found in board.incidents.values() if found.public]
        changed_at = self._at(max(changes, default=EPOCH))
        name = line(page.name)
        return StatuspagePage(self._page_id, name, self._address, page.timezone, changed_at)

    @property
    def status(self) -> TopLine:
        """The top line; components make it, and incidents only where there are none."""
        top = impact.page_status([found.confirmed for found in self._standings.values()])
        if not self._standings:
            top = _without_components(self._snapshot.board.open_incidents())
        return TopLine(ImpactWord(top.indicator), top.description)

    @property
    def components(self) -> list[ComponentRow]:
        """All components and groups."""
        return list(self._rows.values())

    @property
    def incidents(self) -> list[IncidentRow]:
        """The newest incidents."""
        public = self._snapshot.board.public_incidents()
        return [self._incident(found) for found in public[:MOST_ROWS]]

    @property
    def unresolved(self) -> list[IncidentRow]:
        """All incidents that go on, newest first."""
        found = self._snapshot.board.open_incidents()
        return [self._incident(incident) for incident in found if incident.public]

    @property
    def maintenances(self) -> list[MaintenanceRow]:
        """The newest maintenances."""
        works = self._snapshot.board.public_maintenances()
        return [self._maintenance(work) for work in works[:MOST_ROWS]]

    @property
    def upcoming(self) -> list[MaintenanceRow]:
        """All maintenances to come, the next one first, which is what a reader looks for."""
        return self._works(lambda status: not status.over and not status.running)

    @property
    def active(self) -> list[MaintenanceRow]:
        """All maintenances under way."""
        return self._works(lambda status: status.running)

    def _works(self, wanted: Callable[[MaintenanceStatus], bool]) -> list[MaintenanceRow]:
        works = reversed(self._snapshot.board.public_maintenances())
        return [self._maintenance(work) for work in works if wanted(work.status)]

    def _at(self, at: datetime) -> str:
        return timestamp(at, self._zone)

    def _maybe_at(self, at: datetime | None) -> str | None:
        return self._at(at) if at else None

    # Components --------------------------------------------------------------------------

    @cached_property
    def _rows(self) -> Mapping[str, ComponentRow]:
        return {row.id: row for row in self._in_order()}

    def _in_order(self) -> Iterable[ComponentRow]:
        """In the order of the file; a group's row stands before its first child.

        Positions count within the page, and anew within each group.
        """
        position = 0
        within: dict[str, int] = {}
        for standing in self._standings.values():
            group = self._group_of(standing)
            if group is None or group not in within:
                position += 1
            if group is None:
                yield self._component(standing, position)
                continue
            if group not in within:
                yield self._group(group, position)
            within[group] = within.get(group, 0) + 1
            yield self._component(standing, within[group])

    def _public_id(self, component: str) -> str:
        """As the log assigned it, or would to a component that it does not know yet."""
        known = self._snapshot.board.components.get(component)
        return known.public_id if known else component_id(component)

    def _group_of(self, standing: Standing) -> str | None:
        group = standing.component.group
        return group if group in self._snapshot.policy.groups else None

    def _component(self, standing: Standing, position: int) -> ComponentRow:
        group = self._group_of(standing)
        return ComponentRow(
            id=self._public_id(standing.component.id),
            name=standing.name,
            status=_confirmed(standing.confirmed),
            created_at=self._at(standing.existed_at),
            updated_at=self._at(_moved_at(standing)),
            position=position,
            description=line(standing.component.description) or None,
            showcase=False,
            start_date=standing.existed_at.astimezone(self._zone).date().isoformat(),
            group_id=_group_id(group) if group else None,
            page_id=self._page_id,
            group=False,
            only_show_if_degraded=False,
            upfront=UNSET if standing.known else self._beside(standing),
        )

    def _beside(self, standing: Standing) -> UnknownBeside:
        return UnknownBeside("unknown", self._maybe_at(standing.since_at))

    def _group(self, group: str, position: int) -> ComponentRow:
        children = [found for found in self._standings.values() if found.component.group == group]
        return ComponentRow(
            id=_group_id(group),
            name=line(self._snapshot.policy.groups[group].name),
            status=_confirmed(impact.worst(found.confirmed for found in children)),
            created_at=self._at(min(found.existed_at for found in children)),
            updated_at=self._at(max(_moved_at(found) for found in children)),
            position=position,
            description=None,
            showcase=False,
            start_date=None,
            group_id=None,
            page_id=self._page_id,
            group=True,
            only_show_if_degraded=False,
            components=[self._public_id(found.component.id) for found in children],
        )

    def _rows_of(self, components: Iterable[str]) -> list[ComponentRow]:
        """The rows of those that are still configured."""
        return [self._rows[self._public_id(name)] for name in components if name in self._standings]

    # Incidents and maintenances ----------------------------------------------------------

    def _incident(self, incident: Incident) -> IncidentRow:
        return IncidentRow(
            id=incident.id,
            name=title_of(incident, self._words),
            status=incident.status,
            created_at=self._at(incident.opened_at),
            updated_at=self._at(_changed_at(incident)),
            monitoring_at=self._maybe_at(incident.monitoring_at),
            resolved_at=self._maybe_at(incident.resolved_at),
            impact=ImpactWord(impact.incident_impact(incident)),
            shortlink=f"{self._address}/incidents/{incident.id}",
            started_at=self._at(incident.onset_at),
            incident_updates=self._updates(incident, incident.published_at or incident.opened_at),
            components=self._rows_of(incident.timeline),
            page_id=self._page_id,
        )

    def _maintenance(self, work: Maintenance) -> MaintenanceRow:
        return MaintenanceRow(
            id=work.id,
            name=title_of(work, self._words),
            status=_work_status(work.status),
            created_at=self._at(work.created_at),
            updated_at=self._at(work.changed_at),
            monitoring_at=None,
            resolved_at=self._maybe_at(_over_at(work)),
            impact=ImpactWord.MAINTENANCE,
            shortlink=f"{self._address}/maintenance/{work.id}",
            started_at=self._at(work.created_at),
            incident_updates=self._updates(work, work.created_at),
            components=self._rows_of(work.components),
            scheduled_for=self._at(work.starts_at),
            scheduled_until=self._at(work.ends_at),
            page_id=self._page_id,
        )

    def _updates(self, told: Incident | Maintenance, opened_at: datetime) -> list[UpdateRow]:
        """Newest first. Readers take the first one unguarded, so there must be one."""
        posted: Sequence[Update | MaintenanceUpdate] = told.updates
        updates = [self._update(told.id, update) for update in reversed(posted)]
        return updates or [self._opening(told, self._at(opened_at))]

    def _update(self, of: str, update: Update | MaintenanceUpdate) -> UpdateRow:
        affected = [self._affected(name, shift) for name, shift in update.components.items()]
        return UpdateRow(
            id=update.id,
            status=_post_status(update.status),
            body=said(update, self._words),
            incident_id=of,
            created_at=self._at(update.at),
            updated_at=self._at(update.edited_at or update.at),
            display_at=self._at(update.at),
            affected_components=affected or None,
        )

    def _opening(self, told: Incident | Maintenance, at: str) -> UpdateRow:
        return UpdateRow(
            id=stable_id("update", told.id, "0"),
            status=_post_status(told.status),
            body=title_of(told, self._words),
            incident_id=told.id,
            created_at=at,
            updated_at=at,
            display_at=at,
            affected_components=None,
        )

    def _affected(self, component: str, shift: Shift) -> AffectedRow:
        standing = self._standings.get(component)
        return AffectedRow(
            code=self._public_id(component),
            name=self._full_name(component, standing),
            old_status=_confirmed(shift.before),
            new_status=_confirmed(shift.after),
        )

    def _full_name(self, component: str, standing: Standing | None) -> str:
        name = component_name(component, self._snapshot.policy, self._names)
        group = self._group_of(standing) if standing else None
        return f"{line(self._snapshot.policy.groups[group].name)} - {name}" if group else name


def _group_id(group: str) -> str:
    return stable_id("group", group)


def _moved_at(standing: Standing) -> datetime:
    """When a component last changed its status."""
    last = standing.stretches[-1] if standing.stretches else None
    return max(standing.existed_at, (last.to_at or last.from_at) if last else standing.existed_at)


def _confirmed(status: ComponentStatus) -> KnownStatus:
    """The vocabulary has no unknown; a reader that meets it dies."""
    unknown = status is ComponentStatus.UNKNOWN
    return KnownStatus.OPERATIONAL if unknown else KnownStatus(status)


def _work_status(status: MaintenanceStatus) -> WorkStatus:
    """A cancelled maintenance is told as completed; its last update says what became of it."""
    cancelled = status is MaintenanceStatus.CANCELLED
    return WorkStatus.COMPLETED if cancelled else WorkStatus(status)


def _post_status(status: IncidentStatus | MaintenanceStatus) -> PostStatus:
    cancelled = status is MaintenanceStatus.CANCELLED
    return PostStatus.COMPLETED if cancelled else PostStatus(status)


def _over_at(work: Maintenance) -> datetime | None:
    return work.completed_at or (work.changed_at if work.status.over else None)


def _changed_at(incident: Incident) -> datetime:
    return incident.changed_at or incident.published_at or incident.opened_at


_BY_IMPACT: Mapping[Impact, PageStatus] = {
    Impact.CRITICAL: PageStatus("critical", "Major System Outage"),
    Impact.MAJOR: PageStatus("major", "Partial System Outage"),
    Impact.MINOR: PageStatus("minor", "Minor Service Outage"),
}


def _without_components(incidents: Iterable[Incident]) -> PageStatus:
    """Where there are no components, open incidents make the top line."""
    found = [impact.incident_impact(incident) for incident in incidents if incident.public]
    worst = max(found, key=lambda each: each.rank, default=Impact.NONE)
    return _BY_IMPACT.get(worst, impact.page_status([]))
