"""The newest updates as entries of a feed; nothing in it follows from the present instant."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from heapq import nlargest

from checks.instants import EPOCH
from incidents.maintenance import Maintenance, MaintenanceUpdate
from incidents.model import Incident, Update
from incidents.words import Words
from statuspage.ports import Snapshot
from statuspage.views.standing import find
from statuspage.views.story import component_name, said, title_of
from statuspage.views.text import line

MOST_ENTRIES = 50

Story = Incident | Maintenance
Post = Update | MaintenanceUpdate

_FOLDERS = {"incident": "incidents", "maintenance": "maintenance"}
_NO_EVENT_AT = EPOCH


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
        updated_at=_updated_at(entries, min(registered, default=_NO_EVENT_AT)),
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
    names = {id: known.name for id, known in snapshot.board.components.items()}
    return tuple(
        _entry(story, post, snapshot, names, words) for story, post in _newest(snapshot, component)
    )


def _newest(snapshot: Snapshot, component: str | None) -> list[tuple[Story, Post]]:
    """The newest updates; all of them are among what was written about last."""
    told = (
        (found, posts)
        for found in _public(snapshot)
        if component is None or component in found.components
        if (posts := _posts(found))
    )
    lately = nlargest(MOST_ENTRIES, told, key=lambda pair: pair[1][-1].at)
    pairs = ((found, post) for found, posts in lately for post in posts)
    return nlargest(MOST_ENTRIES, pairs, key=lambda pair: (pair[1].at, pair[1].id))


def _public(snapshot: Snapshot) -> Iterator[Story]:
    yield from (found for found in snapshot.board.incidents.values() if found.public)
    yield from snapshot.board.maintenances.values()


def _posts(story: Story) -> Sequence[Post]:
    """What subscribers were told of it, the oldest first."""
    if isinstance(story, Incident):
        return story.updates
    return [post for post in story.updates if not post.quiet]


def _entry(
    story: Story, post: Post, snapshot: Snapshot, names: Mapping[str, str], words: Words
) -> Entry:
    kind = "incident" if isinstance(story, Incident) else "maintenance"
    return Entry(
        id=_urn("update", post.id),
        title=words(
            "feed.entry",
            title=title_of(post if post.title else story, words),
            status=words(f"{kind}_status.{post.status}"),
        ),
        path=f"/{_FOLDERS[kind]}/{story.id}#update-{post.id}",
        body=said(post, words),
        published_at=post.at,
        updated_at=post.edited_at or post.at,
        categories=tuple(component_name(id, snapshot.policy, names) for id in story.components),
    )


def _urn(*parts: str) -> str:
    return uuid.uuid5(uuid.NAMESPACE_URL, ":".join(("upfront", *parts))).urn
