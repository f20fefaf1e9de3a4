"""The page in the shapes of Atlassian Statuspage's public API, version 2."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import msgspec
from msgspec import UNSET, UnsetType

from incidents import impact
from incidents.ids import stable_id
from incidents.impact import PageStatus
from incidents.model import ComponentStatus, Impact, Incident, Shift, Update
from incidents.words import Words
from statuspage.ports import Snapshot
from statuspage.views.standing import Standing, standings
from statuspage.views.story import component_name, said
from statuspage.views.text import line

MOST_INCIDENTS = 50


class Page(msgspec.Struct, frozen=True):
    """The page itself; part of every answer."""

    id: str
    name: str
    url: str
    time_zone: str
    updated_at: str


class Status(msgspec.Struct, frozen=True):
    """The top line, in the words that readers match on."""

    indicator: str
    description: str


class Beside(msgspec.Struct, frozen=True):
    """What the format has no word for: that nobody can tell the status now."""

    status: str
    since: str | None


class Component(msgspec.Struct, frozen=True):
    """A component, or a group among them."""

    id: str
    name: str
    status: str
    created_at: str
    updated_at: str
    position: int
    description: str | None
    showcase: bool
    start_date: str | None
    group_id: str | None
    page_id: str
    group: bool
    only_show_if_degraded: bool
    components: list[str] | UnsetType = UNSET
    upfront: Beside | UnsetType = UNSET


class AffectedComponent(msgspec.Struct, frozen=True):
    """What an update did to a component."""

    code: str
    name: str
    old_status: str
    new_status: str


class IncidentUpdate(msgspec.Struct, frozen=True):
    """One post."""

    id: str
    status: str
    body: str
    incident_id: str
    created_at: str
    updated_at: str
    display_at: str
    affected_components: list[AffectedComponent] | None
    deliver_notifications: bool = True
    custom_tweet: str | None = None
    tweet_id: str | None = None


class IncidentRow(msgspec.Struct, frozen=True):
    """One incident with all its posts, newest first."""

    id: str
    name: str
    status: str
    created_at: str
    updated_at: str
    monitoring_at: str | None
    resolved_at: str | None
    impact: str
    shortlink: str
    started_at: str
    page_id: str
    incident_updates: list[IncidentUpdate]
    components: list[Component]


@dataclass(frozen=True, slots=True)
class ApiView:
    """All that the endpoints answer from. `unresolved` is part of `incidents` where recent."""

    page: Page
    status: Status
    components: list[Component]
    incidents: list[IncidentRow]
    unresolved: list[IncidentRow]


def timestamp(at: datetime, zone: ZoneInfo) -> str:
    """An instant in the page's zone, always with three decimals: clients cut them off."""
    text = at.astimezone(zone).isoformat(timespec="milliseconds")
    return text.removesuffix("+00:00") + "Z" if text.endswith("+00:00") else text


def api_view(snapshot: Snapshot, words: Words, address: str) -> ApiView:
    """The page as the API tells it."""
    return _Teller(snapshot, words, address).view()


class _Teller:
    """Holds what all rows need."""

    def __init__(self, snapshot: Snapshot, words: Words, address: str) -> None:
        self.snapshot = snapshot
        self.words = words
        self.address = address
        self.zone = ZoneInfo(snapshot.page.timezone)
        self.page_id = stable_id("page", snapshot.page.id)
        self.standings = standings(snapshot)
        self.names = {id: found.name for id, found in snapshot.board.components.items()}
        self.rows = {row.id: row for row in self._rows()}

    def view(self) -> ApiView:
        public = self.snapshot.board.public_incidents()
        return ApiView(
            page=self._page(public),
            status=self._status(public),
            components=list(self.rows.values()),
            incidents=[self._incident(found) for found in public[:MOST_INCIDENTS]],
            unresolved=[self._incident(found) for found in public if found.open],
        )

    def at(self, at: datetime) -> str:
        return timestamp(at, self.zone)

    def maybe_at(self, at: datetime | None) -> str | None:
        return self.at(at) if at else None

    def _page(self, public: Sequence[Incident]) -> Page:
        page = self.snapshot.page
        known = self.snapshot.board.components.values()
        changes = [found.changed_at for found in known]
        changes += [_changed_at(incident) for incident in public]
        changed_at = max(changes, default=datetime(1970, 1, 1, tzinfo=UTC))
        return Page(self.page_id, line(page.name), self.address, page.timezone, self.at(changed_at))

    def _status(self, public: Iterable[Incident]) -> Status:
        top = impact.page_status([found.confirmed for found in self.standings.values()])
        if not self.standings:
            top = _without_components(public)
        return Status(top.indicator, top.description)

    # Components --------------------------------------------------------------------------

    def _rows(self) -> Iterable[Component]:
        """In the order of the file; a group's row stands before its first child."""
        position = 0
        told: set[str] = set()
        for standing in self.standings.values():
            group = self._group_of(standing)
            if group and group not in told:
                told.add(group)
                position += 1
                yield self._group(group, position)
            position += 1
            yield self._component(standing, position)

    def _group_of(self, standing: Standing) -> str | None:
        group = standing.component.group
        return group if group in self.snapshot.policy.groups else None

    def _component(self, standing: Standing, position: int) -> Component:
        group = self._group_of(standing)
        changed_at = standing.existed_at
        if standing.stretches:
            last = standing.stretches[-1]
            changed_at = max(changed_at, last.to_at or last.from_at)
        return Component(
            id=standing.public_id,
            name=standing.name,
            status=standing.confirmed,
            created_at=self.at(standing.existed_at),
            updated_at=self.at(changed_at),
            position=position,
            description=line(standing.component.description) or None,
            showcase=False,
            start_date=standing.existed_at.astimezone(self.zone).date().isoformat(),
            group_id=_group_id(group) if group else None,
            page_id=self.page_id,
            group=False,
            only_show_if_degraded=False,
            upfront=UNSET if standing.known else self._beside(standing),
        )

    def _beside(self, standing: Standing) -> Beside:
        return Beside(ComponentStatus.UNKNOWN, self.maybe_at(standing.since_at))

    def _group(self, group: str, position: int) -> Component:
        children = [found for found in self.standings.values() if found.component.group == group]
        existed_at = min(found.existed_at for found in children)
        return Component(
            id=_group_id(group),
            name=line(self.snapshot.policy.groups[group].name),
            status=impact.worst(found.confirmed for found in children),
            created_at=self.at(existed_at),
            updated_at=self.at(existed_at),
            position=position,
            description=None,
            showcase=False,
            start_date=None,
            group_id=None,
            page_id=self.page_id,
            group=True,
            only_show_if_degraded=False,
            components=[found.public_id for found in children],
        )

    # Incidents ---------------------------------------------------------------------------

    def _incident(self, incident: Incident) -> IncidentRow:
        updates = [self._update(incident, update) for update in reversed(incident.updates)]
        return IncidentRow(
            id=incident.id,
            name=line(incident.title),
            status=incident.status,
            created_at=self.at(incident.opened_at),
            updated_at=self.at(_changed_at(incident)),
            monitoring_at=self.maybe_at(incident.monitoring_at),
            resolved_at=self.maybe_at(incident.resolved_at),
            impact=impact.incident_impact(incident),
            shortlink=f"{self.address}/incidents/{incident.id}",
            started_at=self.at(incident.onset_at),
            page_id=self.page_id,
            incident_updates=updates or [self._opening(incident)],
            components=[
                self.rows[standing.public_id]
                for name in incident.timeline
                if (standing := self.standings.get(name))
            ],
        )

    def _update(self, incident: Incident, update: Update) -> IncidentUpdate:
        affected = [self._affected(name, shift) for name, shift in update.components.items()]
        return IncidentUpdate(
            id=update.id,
            status=update.status,
            body=said(update, self.words),
            incident_id=incident.id,
            created_at=self.at(update.at),
            updated_at=self.at(update.edited_at or update.at),
            display_at=self.at(update.at),
            affected_components=affected or None,
        )

    def _opening(self, incident: Incident) -> IncidentUpdate:
        """Readers take the first update unguarded, so there must be one."""
        at = self.at(incident.published_at or incident.opened_at)
        return IncidentUpdate(
            id=stable_id("update", incident.id, "0"),
            status=incident.status,
            body=line(incident.title),
            incident_id=incident.id,
            created_at=at,
            updated_at=at,
            display_at=at,
            affected_components=None,
        )

    def _affected(self, component: str, shift: Shift) -> AffectedComponent:
        standing = self.standings.get(component)
        known = self.snapshot.board.components.get(component)
        return AffectedComponent(
            code=standing.public_id if standing else known.public_id if known else component,
            name=self._full_name(component, standing),
            old_status=_confirmed(shift.before),
            new_status=_confirmed(shift.after),
        )

    def _full_name(self, component: str, standing: Standing | None) -> str:
        name = component_name(component, self.snapshot.policy, self.names)
        group = self._group_of(standing) if standing else None
        return f"{line(self.snapshot.policy.groups[group].name)} - {name}" if group else name


def _group_id(group: str) -> str:
    return stable_id("group", group)


def _confirmed(status: ComponentStatus) -> str:
    """The vocabulary has no unknown; a reader that meets it dies."""
    known = status is not ComponentStatus.UNKNOWN
    return status if known else ComponentStatus.OPERATIONAL


def _changed_at(incident: Incident) -> datetime:
    return incident.changed_at or incident.published_at or incident.opened_at


_BY_IMPACT: Mapping[Impact, PageStatus] = {
    Impact.CRITICAL: PageStatus("critical", "Major System Outage"),
    Impact.MAJOR: PageStatus("major", "Partial System Outage"),
    Impact.MINOR: PageStatus("minor", "Minor Service Outage"),
}


def _without_components(public: Iterable[Incident]) -> PageStatus:
    """Where there are no components, open incidents make the top line."""
    found = [impact.incident_impact(incident) for incident in public if incident.open]
    worst = max(found, key=lambda each: each.rank, default=Impact.NONE)
    return _BY_IMPACT.get(worst, impact.page_status([]))
