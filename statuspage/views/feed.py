"""The newest updates as entries of a feed; nothing in it follows from the present instant."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from heapq import nlargest

from checks.instants import EPOCH
from incidents.model import Incident
from incidents.words import Words
from statuspage.ports import Snapshot
from statuspage.views.posts import AnyUpdate, Happening, component_name, said, title_of
from statuspage.views.standing import find
from statuspage.views.text import line

MOST_ENTRIES = 50

_FOLDERS = {"incident": "incidents", "maintenance": "maintenance"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One update. `id` is the same in every format and language, for ever; `body` is Markdown.

    `path` leads to the update on the page of what it is about.
    """

    id: str
    title: str
    path: str
    body: str
    published_at: datetime
    updated_at: datetime
    categories: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FeedView:
    """The feed of a page or of one component, newest entry first.

    `folder` is what the feed's own path begins with: "" or "/components/ID".
    """

    id: str
    folder: str
    title: str
    language: str
    updated_at: datetime
    entries: tuple[Entry, ...]

    @property
    def path(self) -> str:
        """The page that the feed is about."""
        return self.folder or "/"


def page_feed(snapshot: Snapshot, words: Words) -> FeedView:
    """The newest updates of all that is public."""
    entries = _entries(snapshot, words)
    registered = (known.since_at for known in snapshot.board.components.values())
    return FeedView(
        id=_urn("page", snapshot.page.id),
        folder="",
        title=_title(snapshot, words),
        language=words.language,
        updated_at=_updated_at(entries, min(registered, default=EPOCH)),
        entries=entries,
    )


def component_feed(snapshot: Snapshot, words: Words, id: str) -> FeedView | None:
    """The newest updates of what touched one component."""
    about = find(snapshot, id)
    if about is None:
        return None
    entries = _entries(snapshot, words, about.component.id)
    return FeedView(
        id=_urn("page", snapshot.page.id, about.public_id),
        folder=about.path,
        title=words("feed.of_component", component=about.name, title=_title(snapshot, words)),
        language=words.language,
        updated_at=_updated_at(entries, about.existed_at),
        entries=entries,
    )


def _title(snapshot: Snapshot, words: Words) -> str:
    return words("frame.title", page=line(snapshot.page.name))


def _updated_at(entries: Sequence[Entry], begun_at: datetime) -> datetime:
    return max((entry.updated_at for entry in entries), default=begun_at)


def _entries(snapshot: Snapshot, words: Words, component: str | None = None) -> tuple[Entry, ...]:
    return tuple(
        _entry(about, update, snapshot, words) for about, update in _newest(snapshot, component)
    )


def _newest(snapshot: Snapshot, component: str | None) -> list[tuple[Happening, AnyUpdate]]:
    """The newest updates; all of them are among what was written about last."""
    told = (
        (found, updates)
        for found in _public(snapshot)
        if component is None or component in found.components
        if (updates := _sent(found))
    )
    lately = nlargest(MOST_ENTRIES, told, key=lambda pair: pair[1][-1].at)
    pairs = ((found, update) for found, updates in lately for update in updates)
    return nlargest(MOST_ENTRIES, pairs, key=lambda pair: (pair[1].at, pair[1].id))


def _public(snapshot: Snapshot) -> Iterator[Happening]:
    yield from (found for found in snapshot.board.incidents.values() if found.public)
    yield from snapshot.board.maintenances.values()


def _sent(about: Happening) -> Sequence[AnyUpdate]:
    """The updates that subscribers were told of, the oldest first."""
    if isinstance(about, Incident):
        return about.updates
    return [update for update in about.updates if not update.quiet]


def _entry(about: Happening, update: AnyUpdate, snapshot: Snapshot, words: Words) -> Entry:
    kind = "incident" if isinstance(about, Incident) else "maintenance"
    return Entry(
        id=_urn("update", update.id),
        title=words(
            "feed.entry",
            title=title_of(update if update.title else about, words),
            status=words(f"{kind}_status.{update.status}"),
        ),
        path=f"/{_FOLDERS[kind]}/{about.id}#update-{update.id}",
        body=said(update, words),
        published_at=update.at,
        updated_at=update.edited_at or update.at,
        categories=tuple(component_name(id, snapshot) for id in about.components),
    )


def _urn(*parts: str) -> str:
    return uuid.uuid5(uuid.NAMESPACE_URL, ":".join(("upfront", *parts))).urn
