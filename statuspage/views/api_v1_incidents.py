"""Incidents as our own API tells them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from incidents import impact, model
from incidents.model import ComponentStatus, Impact, IncidentStatus
from incidents.words import Words
from statuspage.ports import Snapshot
from statuspage.views.api_v1_paging import Place, page, place_of
from statuspage.views.api_v1_shapes import (
    ComponentName,
    Cursor,
    Instant,
    Limit,
    matching,
    maybe_utc,
    named,
    utc,
)
from statuspage.views.posts import component_name, said, title_of
from statuspage.views.story import going_on


class Change(Struct, frozen=True):
    """What an update says of a component."""

    component: ComponentName
    before: ComponentStatus
    after: ComponentStatus


class Update(Struct, frozen=True):
    """One post on an incident. `body` is Markdown; an `automatic` one no person has written."""

    id: str
    status: IncidentStatus
    body: Annotated[str, Meta(description="Markdown.")]
    posted_at: Instant
    edited_at: Instant | None
    automatic: bool
    next_update_by: Annotated[
        Instant | None, Meta(description="The instant by which the next update was promised.")
    ]
    changes: list[Change]


class AffectedComponent(Struct, frozen=True):
    """A component of an incident: how it is within it now, and at its worst."""

    id: str
    name: str
    status: ComponentStatus
    worst: ComponentStatus


class Incident(Struct, frozen=True):
    """One incident, its updates newest first.

    `started_at` is when customers first felt it, which may be before it was published.
    """

    id: str
    title: str
    status: IncidentStatus
    open: bool
    impact: Annotated[Impact, Meta(description="The worst that it ever did.")]
    started_at: Instant
    published_at: Instant | None
    updated_at: Instant
    monitoring_at: Instant | None
    resolved_at: Instant | None
    next_update_by: Instant | None
    url: str
    components: list[AffectedComponent]
    updates: list[Update]


class IncidentList(Struct, frozen=True):
    """Incidents, the newest first."""

    incidents: list[Incident]
    next: Annotated[
        str | None, Meta(description="Pass it as `cursor` for what is older; null at the end.")
    ]


class IncidentQuery(Struct, frozen=True):
    """Which incidents."""

    component: Annotated[
        str | UnsetType, Meta(description="Only those that ever affected this component.")
    ] = UNSET
    status: Annotated[
        list[IncidentStatus], Meta(description="Only those that stand here; may be repeated.")
    ] = []
    limit: Limit = 20
    cursor: Cursor | UnsetType = UNSET


@dataclass(frozen=True, slots=True)
class IncidentTeller:
    """Tells incidents of one snapshot."""

    snapshot: Snapshot
    words: Words
    address: str

    def told(self, incident: model.Incident) -> Incident:
        """One incident."""
        return Incident(
            id=incident.id,
            title=title_of(incident, self.words),
            status=incident.status,
            open=incident.open,
            impact=impact.incident_impact(incident),
            started_at=utc(incident.onset_at),
            published_at=maybe_utc(incident.published_at),
            updated_at=utc(incident.changed_at or incident.opened_at),
            monitoring_at=maybe_utc(incident.monitoring_at),
            resolved_at=maybe_utc(incident.resolved_at),
            next_update_by=maybe_utc(incident.promised_at),
            url=f"{self.address}/incidents/{incident.id}",
            components=[
                self._affected(name, changes) for name, changes in incident.timeline.items()
            ],
            updates=[self._update(update) for update in reversed(incident.updates)],
        )

    def open(self) -> list[Incident]:
        """Those that go on, newest first."""
        return [self.told(incident) for incident in going_on(self.snapshot)]

    def listed(self, query: IncidentQuery) -> IncidentList:
        """Those that a query asks for.

        Raises:
            WrongParameter: The cursor is none of ours.
        """
        public = self.snapshot.board.public_incidents()
        found = matching(public, query.component, query.status, self.snapshot)
        rows, following = page(found, _place, place_of(query.cursor), query.limit)
        return IncidentList([self.told(row) for row in rows], following)

    def _affected(self, component: str, changes: Iterable[model.StatusChange]) -> AffectedComponent:
        statuses = [change.status for change in changes]
        name = component_name(component, self.snapshot)
        return AffectedComponent(component, name, statuses[-1], impact.worst(statuses))

    def _update(self, update: model.Update) -> Update:
        return Update(
            id=update.id,
            status=update.status,
            body=said(update, self.words),
            posted_at=utc(update.at),
            edited_at=maybe_utc(update.edited_at),
            automatic=update.automatic,
            next_update_by=maybe_utc(update.promised_at),
            changes=[
                Change(named(name, self.snapshot), shift.before, shift.after)
                for name, shift in update.components.items()
                if shift.before is not shift.after
            ],
        )


def _place(incident: model.Incident) -> Place:
    return incident.onset_at, incident.id
