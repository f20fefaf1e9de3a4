"""The updates as RSS, Atom and JSON Feed, of the whole page and of each component."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec
from markupsafe import escape

from incidents.markup import excerpt, markdown
from statuspage.documents import BRIEFLY, Document
from statuspage.ports import Snapshot
from statuspage.render import Renderer
from statuspage.routes import DocumentRoute, Render, each_component, itself, none_ahead
from statuspage.views.feed import Entry, FeedView, component_feed, page_feed
from statuspage.views.text import fit

if TYPE_CHECKING:
    from feedgen.feed import FeedGenerator

ATOM = "application/atom+xml; charset=utf-8"
RSS = "application/rss+xml; charset=utf-8"
JSON_FEED = "application/feed+json; charset=utf-8"

Write = Callable[[FeedView, Renderer], bytes]


def _atom(view: FeedView, renderer: Renderer) -> bytes:
    written: bytes = _generator(view, renderer, "feed.atom", ATOM).atom_str(pretty=True)
    return written


def _rss(view: FeedView, renderer: Renderer) -> bytes:
    written: bytes = _generator(view, renderer, "feed.rss", RSS).rss_str(pretty=True)
    return written


def _json(view: FeedView, renderer: Renderer) -> bytes:
    """JSON Feed 1.1; its times are RFC 3339 as Atom's are."""
    return msgspec.json.encode(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "title": view.title,
            "home_page_url": renderer.absolute(view.path),
            "feed_url": renderer.absolute(f"{view.folder}/feed.json"),
            "language": view.language,
            "authors": [{"name": view.title, "url": renderer.absolute("/")}],
            "items": [_item(entry, renderer) for entry in view.entries],
        }
    )


def _item(entry: Entry, renderer: Renderer) -> dict[str, Any]:
    return {
        "id": entry.id,
        "url": renderer.absolute(entry.path),
        "title": entry.title,
        "content_html": _html(entry),
        "summary": _summary(entry),
        "date_published": entry.published_at,
        "date_modified": entry.updated_at,
        "tags": entry.categories,
    }


def _html(entry: Entry) -> str:
    return fit(str(markdown(entry.body))) or str(escape(entry.title))


def _summary(entry: Entry) -> str:
    return fit(excerpt(entry.body)) or entry.title


def _generator(view: FeedView, renderer: Renderer, name: str, media_type: str) -> FeedGenerator:
    from feedgen.feed import FeedGenerator  # brings lxml: only where somebody reads feeds

    made = FeedGenerator()
    made.id(view.id)
    made.title(view.title)
    made.description(view.title)
    made.author({"name": view.title})
    made.generator("Upfront")
    made.language(view.language)
    # RSS takes the last link for the channel's own.
    own = renderer.absolute(f"{view.folder}/{name}")
    made.link(href=own, rel="self", type=media_type.partition(";")[0])
    made.link(href=renderer.absolute(view.path), rel="alternate", type="text/html")
    made.updated(view.updated_at)
    made.lastBuildDate(view.updated_at)
    for entry in view.entries:
        _add(made, entry, renderer)
    return made


def _add(made: FeedGenerator, entry: Entry, renderer: Renderer) -> None:
    item = made.add_entry(order="append")
    item.id(entry.id)
    item.guid(entry.id, permalink=False)
    item.title(entry.title)
    item.link(href=renderer.absolute(entry.path), rel="alternate", type="text/html")
    # RSS readers take a description for HTML, so the words are escaped, and Atom told so.
    item.summary(str(escape(_summary(entry))), type="html")
    item.content(_html(entry), type="html")
    item.published(entry.published_at)
    item.updated(entry.updated_at)
    for name in entry.categories:
        item.category(term=name)


FORMATS: dict[str, tuple[str, Write]] = {
    "atom": (ATOM, _atom),
    "rss": (RSS, _rss),
    "json": (JSON_FEED, _json),
}
"""How a feed's name ends to its media type and its writer."""


def _of_page(media_type: str, write: Write) -> Render:
    def render(renderer: Renderer, snapshot: Snapshot, /) -> Document:
        body = write(page_feed(snapshot, renderer.words), renderer)
        return Document(media_type, body, cache=BRIEFLY, shared=True)

    return render


def _of_component(media_type: str, write: Write) -> Render:
    def render(renderer: Renderer, snapshot: Snapshot, /, id: str) -> Document | None:
        view = component_feed(snapshot, renderer.words, id)
        if view is None:
            return None
        return Document(media_type, write(view, renderer), cache=BRIEFLY, shared=True)

    return render


def _routes(name: str, media_type: str, write: Write) -> tuple[DocumentRoute, DocumentRoute]:
    """A format's documents; each language has its own, and who names none gets the page's."""
    of_page, of_component = _of_page(media_type, write), _of_component(media_type, write)
    return (
        DocumentRoute(f"/feed.{name}", of_page, ahead=none_ahead, every=itself, negotiated=False),
        DocumentRoute(
            f"/components/{{id}}/feed.{name}", of_component, ahead=none_ahead,
            every=each_component, negotiated=False,
        ),
    )  # fmt: skip


ROUTES = tuple(route for name, written in FORMATS.items() for route in _routes(name, *written))
