"""Announced work as iCalendar, of the whole page and of each component."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from statuspage.documents import BRIEFLY, Document
from statuspage.ports import Snapshot
from statuspage.render import Renderer
from statuspage.routes import DocumentRoute, each_component, itself, none_ahead
from statuspage.views.calendar import (
    CalendarEntry,
    CalendarView,
    component_calendar,
    page_calendar,
)

if TYPE_CHECKING:
    from icalendar import Event

CALENDAR = "text/calendar; charset=utf-8"
REFRESHED = timedelta(hours=1)
"""How often calendars are asked to look."""


def render(renderer: Renderer, snapshot: Snapshot, /) -> Document:
    """The page's calendar."""
    return _document(page_calendar(snapshot, renderer.words), renderer)


def render_component(renderer: Renderer, snapshot: Snapshot, /, id: str) -> Document | None:
    """A component's calendar."""
    view = component_calendar(snapshot, renderer.words, id)
    return _document(view, renderer) if view else None


def _document(view: CalendarView, renderer: Renderer) -> Document:
    from icalendar import Calendar  # large: only where somebody reads calendars

    made = Calendar()
    made.add("prodid", "-//Upfront//Maintenance//EN")
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    made.add("name", view.name)
    made.add("x-wr-calname", view.name)
    made.add("refresh-interval", REFRESHED, {"VALUE": "DURATION"})
    made.add("x-published-ttl", "PT1H")
    for entry in view.entries:
        made.add_component(_event(entry, renderer))
    return Document(CALENDAR, made.to_ical(), cache=BRIEFLY, shared=True)


def _event(entry: CalendarEntry, renderer: Renderer) -> Event:
    """One entry, in UTC: each date is an entry of its own, so no rule needs the page's zone."""
    from icalendar import Event

    made = Event()
    made.add("uid", f"{entry.id}@{urlsplit(renderer.address).hostname or 'upfront'}")
    made.add("dtstamp", entry.revised_at.astimezone(UTC))
    made.add("last-modified", entry.revised_at.astimezone(UTC))
    made.add("sequence", entry.revision)
    made.add("status", "CANCELLED" if entry.cancelled else "CONFIRMED")
    made.add("dtstart", entry.starts_at.astimezone(UTC))
    made.add("dtend", entry.ends_at.astimezone(UTC))
    made.add("summary", entry.title)
    if entry.text:
        made.add("description", entry.text)
    made.add("url", renderer.absolute(entry.path))
    made.add("transp", "TRANSPARENT")
    if entry.categories:
        made.add("categories", list(entry.categories))
    return made


ROUTES = (
    DocumentRoute("/maintenance.ics", render, ahead=none_ahead, every=itself, negotiated=False),
    DocumentRoute(
        "/components/{id}/maintenance.ics", render_component, ahead=none_ahead,
        every=each_component, negotiated=False,
    ),
)  # fmt: skip
