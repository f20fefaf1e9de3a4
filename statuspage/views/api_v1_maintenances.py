"""Maintenances as our own API tells them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from incidents import maintenance
from incidents.maintenance import MaintenanceStatus
from incidents.model import ComponentStatus
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
from statuspage.views.posts import said, title_of
from statuspage.views.text import fit


class MaintenanceUpdate(Struct, frozen=True):
    """One post on a maintenance. `body` is Markdown."""

    id: str
    status: MaintenanceStatus
    body: Annotated[str, Meta(description="Markdown.")]
    posted_at: Instant
    edited_at: Instant | None
    automatic: bool


class Maintenance(Struct, frozen=True):
    """Announced work, its updates newest first.

    `starts_at` and `ends_at` are as announced, `started_at` and `completed_at` are when it
    really began and ended. `component_status` is what its components show meanwhile.
    """

    id: str
    title: str
    description: Annotated[str, Meta(description="Markdown.")]
    status: MaintenanceStatus
    component_status: ComponentStatus
    starts_at: Instant
    ends_at: Instant
    started_at: Instant | None
    completed_at: Instant | None
    announced_at: Instant
    updated_at: Instant
    url: str
    components: list[ComponentName]
    updates: list[MaintenanceUpdate]


class MaintenanceList(Struct, frozen=True):
    """Maintenances, what comes last first."""

    maintenances: list[Maintenance]
    next: Annotated[
        str | None, Meta(description="Pass it as `cursor` for what is earlier; null at the end.")
    ]


class MaintenanceQuery(Struct, frozen=True):
    """Which maintenances."""

    component: Annotated[str | UnsetType, Meta(description="Only those of this component.")] = UNSET
    status: Annotated[
        list[MaintenanceStatus], Meta(description="Only those that stand here; may be repeated.")
    ] = []
    limit: Limit = 20
    cursor: Cursor | UnsetType = UNSET


@dataclass(frozen=True, slots=True)
class MaintenanceTeller:
    """Tells maintenances of one snapshot."""

    snapshot: Snapshot
    words: Words
    address: str

    def told(self, work: maintenance.Maintenance) -> Maintenance:
        """One maintenance."""
        return Maintenance(
            id=work.id,
            title=title_of(work, self.words),
            description=fit(work.description),
            status=work.status,
            component_status=work.component_status,
            starts_at=utc(work.starts_at),
            ends_at=utc(work.ends_at),
            started_at=maybe_utc(work.started_at),
            completed_at=maybe_utc(work.completed_at),
            announced_at=utc(work.created_at),
            updated_at=utc(work.changed_at),
            url=f"{self.address}/maintenance/{work.id}",
            components=[named(component, self.snapshot) for component in work.components],
            updates=[self._update(update) for update in reversed(work.updates)],
        )

    def coming(self) -> list[Maintenance]:
        """Those under way and those to come, the next one first."""
        works = reversed(self.snapshot.board.public_maintenances())
        return [self.told(work) for work in works if not work.status.over]

    def listed(self, query: MaintenanceQuery) -> MaintenanceList:
        """Those that a query asks for.

        Raises:
            WrongParameter: The cursor is none of ours.
        """
        works = self.snapshot.board.public_maintenances()
        found = matching(works, query.component, query.status, self.snapshot)
        rows, following = page(found, _place, place_of(query.cursor), query.limit)
        return MaintenanceList([self.told(row) for row in rows], following)

    def _update(self, update: maintenance.MaintenanceUpdate) -> MaintenanceUpdate:
        return MaintenanceUpdate(
            id=update.id,
            status=update.status,
            body=said(update, self.words),
            posted_at=utc(update.at),
            edited_at=maybe_utc(update.edited_at),
            automatic=update.automatic,
        )


def _place(work: maintenance.Maintenance) -> Place:
    return work.starts_at, work.id
