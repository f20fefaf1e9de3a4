"""The updates as RSS and Atom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import escape

from incidents.markup import excerpt, markdown
from statuspage.documents import BRIEFLY, Document
from statuspage.ports import Snapshot
from statuspage.render import Renderer
from statuspage.routes import Page, none_ahead
from statuspage.views.feed import Entry, FeedView, feed
from statuspage.views.text import fit

if TYPE_CHECKING:
    from feedgen.feed import FeedGenerator

ATOM = "application/atom+xml; charset=utf-8"
RSS = "application/rss+xml; charset=utf-8"


def atom(renderer: Renderer, snapshot: Snapshot, /) -> Document:
    """The page's feed as Atom."""
    written = _generator(feed(snapshot, renderer.words), renderer.address, "/feed.atom")
    return Document(ATOM, written.atom_str(pretty=True), cache=BRIEFLY, shared=True)


def rss(renderer: Renderer, snapshot: Snapshot, /) -> Document:
    """The page's feed as RSS 2.0."""
    written = _generator(feed(snapshot, renderer.words), renderer.address, "/feed.rss")
    return Document(RSS, written.rss_str(pretty=True), cache=BRIEFLY, shared=True)


def _generator(view: FeedView, address: str, path: str) -> FeedGenerator:
    from feedgen.feed import FeedGenerator  # brings lxml: only where somebody reads feeds

    made = FeedGenerator()
    made.id(view.id)
    made.title(view.title)
    made.description(view.title)
    made.author({"name": view.title})
    made.language(view.language)
    # RSS takes the last link for the channel's own.
    made.link(href=address + path, rel="self")
    made.link(href=f"{address}/", rel="alternate")
    made.updated(view.updated_at)
    made.lastBuildDate(view.updated_at)
    for entry in view.entries:
        _add(made, entry, address)
    return made


def _add(made: FeedGenerator, entry: Entry, address: str) -> None:
    item = made.add_entry(order="append")
    item.id(entry.id)
    item.guid(entry.id, permalink=False)
    item.title(entry.title)
    item.link(href=address + entry.path)
    # RSS readers take a description for HTML, so the words are escaped, and Atom told so.
    item.summary(str(escape(fit(excerpt(entry.body)) or entry.title)), type="html")
    item.content(fit(str(markdown(entry.body))) or entry.title, type="html")
    item.published(entry.published_at)
    item.updated(entry.updated_at)
    for name in entry.categories:
        item.category(term=name)


ROUTES = (Page("/feed.atom", atom, ahead=none_ahead), Page("/feed.rss", rss, ahead=none_ahead))
