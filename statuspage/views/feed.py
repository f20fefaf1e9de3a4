"""The newest updates as entries of a feed; nothing in it follows from the present instant."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from heapq import nlargest

from incidents.model import Incident, IncidentStatus, Update
from incidents.words import Words
from statuspage.ports import Snapshot
from statuspage.views.story import component_name, said
from statuspage.views.text import line

MOST_ENTRIES = 50

_NO_EVENT_AT = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Entry:
    """One update. `id` is the same in every format and for ever; `body` is Markdown."""

    id: str
    title: str
    path: str
    body: str
    status: IncidentStatus
    published_at: datetime
    updated_at: datetime
    categories: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FeedView:
    """The feed of a page, newest entry first."""

    id: str
    title: str
    language: str
    updated_at: datetime
    entries: tuple[Entry, ...]


def feed(snapshot: Snapshot, words: Words) -> FeedView:
    """The newest updates over all public incidents."""
    newest = nlargest(MOST_ENTRIES, _updates(snapshot), key=lambda pair: (pair[1].at, pair[1].id))
    entries = tuple(_entry(incident, update, snapshot, words) for incident, update in newest)
    registered = (known.since_at for known in snapshot.board.components.values())
    return FeedView(
        id=_urn("page", snapshot.page.id),
        title=words("frame.title", page=line(snapshot.page.name)),
        language=words.language,
        updated_at=max(
            (entry.updated_at for entry in entries), default=min(registered, default=_NO_EVENT_AT)
        ),
        entries=entries,
    )


def _updates(snapshot: Snapshot) -> Iterator[tuple[Incident, Update]]:
    for incident in snapshot.board.incidents.values():
        if incident.public:
            for update in incident.updates:
                yield incident, update


def _entry(incident: Incident, update: Update, snapshot: Snapshot, words: Words) -> Entry:
    names = {id: known.name for id, known in snapshot.board.components.items()}
    return Entry(
        id=_urn("update", update.id),
        title=words(
            "feed.entry",
            title=line(update.title or incident.title),
            status=words(f"incident_status.{update.status}"),
        ),
        path=f"/incidents/{incident.id}#update-{update.id}",
        body=said(update, words),
        status=update.status,
        published_at=update.at,
        updated_at=update.edited_at or update.at,
        categories=tuple(
            component_name(name, snapshot.policy, names) for name in incident.timeline
        ),
    )


def _urn(*parts: str) -> str:
    return uuid.uuid5(uuid.NAMESPACE_URL, ":".join(("upfront", *parts))).urn
