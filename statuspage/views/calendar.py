"""Announced work as calendars take it: one entry each, the cancelled ones included."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from incidents.maintenance import Maintenance, MaintenanceStatus
from incidents.markup import plain
from incidents.words import Words
from statuspage.ports import Snapshot
from statuspage.views.posts import component_name, title_of
from statuspage.views.standing import find
from statuspage.views.text import fit, line

MOST_ENTRIES = 100


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """One maintenance. `revision` and `revised_at` change only when the announcement does."""

    id: str
    title: str
    text: str
    path: str
    starts_at: datetime
    ends_at: datetime
    cancelled: bool
    revision: int
    revised_at: datetime
    categories: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CalendarView:
    """The calendar of a page or of one component, what comes last first."""

    name: str
    entries: tuple[CalendarEntry, ...]


def page_calendar(snapshot: Snapshot, words: Words) -> CalendarView:
    """All work that was announced."""
    page = line(snapshot.page.name)
    return CalendarView(words("maintenance.of", name=page), _entries(snapshot, words, None))


def component_calendar(snapshot: Snapshot, words: Words, id: str) -> CalendarView | None:
    """The work on one component; None where there is none of that id."""
    about = find(snapshot, id)
    if about is None:
        return None
    return CalendarView(
        words("maintenance.of", name=f"{line(snapshot.page.name)}: {about.name}"),
        _entries(snapshot, words, about.component.id),
    )


def _entries(snapshot: Snapshot, words: Words, component: str | None) -> tuple[CalendarEntry, ...]:
    found = [
        one
        for one in snapshot.board.public_maintenances()
        if component is None or component in one.components
    ]
    return tuple(_entry(one, snapshot, words) for one in found[:MOST_ENTRIES])


def _entry(found: Maintenance, snapshot: Snapshot, words: Words) -> CalendarEntry:
    concerned = tuple(component_name(id, snapshot) for id in found.components)
    about = f"{words('maintenance.concerns')}: {', '.join(concerned)}" if concerned else ""
    return CalendarEntry(
        id=found.id,
        title=title_of(found, words),
        text="\n\n".join(filter(None, (fit(plain(found.description)).strip(), about))),
        path=f"/maintenance/{found.id}",
        starts_at=found.starts_at,
        ends_at=found.ends_at,
        cancelled=found.status is MaintenanceStatus.CANCELLED,
        revision=found.revision,
        revised_at=found.revised_at,
        categories=concerned,
    )
