"""The page in the shapes of Atlassian Statuspage's public API, version 2."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from checks.instants import EPOCH
from incidents import impact
from incidents.ids import stable_id
from incidents.impact import PageStatus
from incidents.maintenance import Maintenance, MaintenanceStatus
from incidents.model import Impact, Incident, IncidentStatus, Shift
from incidents.words import Words
from statuspage.ports import Snapshot
from statuspage.views.api_v2_components import ComponentRows, confirmed
from statuspage.views.api_v2_shapes import (
    AffectedRow,
    ComponentRow,
    ImpactWord,
    IncidentRow,
    MaintenanceRow,
    PostStatus,
    StatuspagePage,
    TopLine,
    UpdateRow,
    WorkStatus,
    timestamp,
)
from statuspage.views.posts import AnyUpdate, Happening, said, title_of
from statuspage.views.standing import standings
from statuspage.views.story import going_on
from statuspage.views.text import line

MOST_ROWS = 50


class Statuspage:
    """The page as the API tells it; each part is worked out when it is asked for."""

    def __init__(self, snapshot: Snapshot, words: Words, address: str) -> None:
        """Tell this snapshot, in these words, with links that begin with this address."""
        self._snapshot = snapshot
        self._words = words
        self._address = address
        self._zone = ZoneInfo(snapshot.page.timezone)
        self._page_id = stable_id("page", snapshot.page.id)
        self._rows = ComponentRows(snapshot, self._page_id)

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
        found = standings(self._snapshot).values()
        if found:
            top = impact.page_status([standing.confirmed for standing in found])
        else:
            top = _without_components(going_on(self._snapshot))
        return TopLine(ImpactWord(top.indicator), top.description)

    @property
    def components(self) -> list[ComponentRow]:
        """All components and groups."""
        return self._rows.all

    @property
    def incidents(self) -> list[IncidentRow]:
        """The newest incidents."""
        public = self._snapshot.board.public_incidents()
        return [self._incident(found) for found in public[:MOST_ROWS]]

    @property
    def unresolved(self) -> list[IncidentRow]:
        """All incidents that go on, newest first."""
        return [self._incident(incident) for incident in going_on(self._snapshot)]

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
            components=self._rows.of(incident.timeline),
            page_id=self._page_id,
        )

    def _maintenance(self, work: Maintenance) -> MaintenanceRow:
        return MaintenanceRow(
            id=work.id,
            name=title_of(work, self._words),
            status=WorkStatus(_post_status(work.status)),
            created_at=self._at(work.created_at),
            updated_at=self._at(work.changed_at),
            monitoring_at=None,
            resolved_at=self._maybe_at(_over_at(work)),
            impact=ImpactWord.MAINTENANCE,
            shortlink=f"{self._address}/maintenance/{work.id}",
            started_at=self._at(work.created_at),
            incident_updates=self._updates(work, work.created_at),
            components=self._rows.of(work.components),
            scheduled_for=self._at(work.starts_at),
            scheduled_until=self._at(work.ends_at),
            page_id=self._page_id,
        )

    def _updates(self, told: Happening, opened_at: datetime) -> list[UpdateRow]:
        """Newest first. Readers take the first one unguarded, so there must be one."""
        posted: Sequence[AnyUpdate] = told.updates
        updates = [self._update(told.id, update) for update in reversed(posted)]
        return updates or [self._opening(told, self._at(opened_at))]

    def _update(self, of: str, update: AnyUpdate) -> UpdateRow:
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

    def _opening(self, told: Happening, at: str) -> UpdateRow:
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
        return AffectedRow(
            code=self._rows.public_id(component),
            name=self._rows.full_name(component),
            old_status=confirmed(shift.before),
            new_status=confirmed(shift.after),
        )


def _post_status(status: IncidentStatus | MaintenanceStatus) -> PostStatus:
    """A cancelled maintenance is told as completed; its last update says what became of it."""
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
    """Where there are no components, the incidents that go on make the top line."""
    found = [impact.incident_impact(incident) for incident in incidents]
    worst = max(found, key=lambda each: each.rank, default=Impact.NONE)
    return _BY_IMPACT.get(worst, impact.page_status([]))
