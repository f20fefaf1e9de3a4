"""A page as files: what a file server can hand out while nobody is there to answer."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import msgspec

from checks.meter import SILENT
from statuspage.assets import Assets
from statuspage.documents import JSON, Document
from statuspage.ports import Past, Snapshot
from statuspage.render import Renderer
from statuspage.routes import DocumentRoute, none_ahead
from statuspage.selection import narrow
from statuspage.site import Page
from statuspage.sites import Site
from statuspage.views.forms import notice


@dataclass(frozen=True, slots=True)
class Leaf:
    """One document of a page, in all its languages."""

    route: DocumentRoute
    parameters: Mapping[str, str]

    @property
    def path(self) -> str:
        """Where it is answered."""
        return self.route.path.format_map(self.parameters)


@dataclass(frozen=True, slots=True)
class Placed:
    """A file, by its path within the whole copy, and what is in it; None: it is not to be."""

    file: str
    document: Document | None


class Copy:
    """One page, rendered to stand in files; `folder` is where, within the whole copy."""

    def __init__(
        self, page: Page, routes: Sequence[DocumentRoute], assets: Assets, address: str, folder: str
    ) -> None:
        """Prepare; `address` begins absolute links where the page's url is not set."""
        assert not page.private, "what is private stays where it is locked"
        self._page = page
        self._folder = folder
        self._routes = (*routes, MISSING)
        self._site = Site(page, routes, assets, address, SILENT, alive=False)

    @property
    def address(self) -> str:
        """Of what this is a copy."""
        return self._site.address

    def files(self) -> Iterator[Placed]:
        """What its documents bring along."""
        for path, published in self._site.files.items():
            yield self._placed(path, published.document)

    def told(self, snapshot: Snapshot) -> Snapshot:
        """A snapshot as this page may tell it, without anything that somebody has to answer."""
        return narrow(replace(snapshot, page=self._page, subscribe_by=()), self._page)

    def current(self, snapshot: Snapshot) -> Iterator[Leaf]:
        """What tells how things stand, what readers come for first; the mark at the end."""
        for route in self._routes:
            if route.lone:
                yield from _leaves(route, snapshot)
            else:
                yield from (Leaf(route, parameters) for parameters in route.ahead(snapshot))
        for route in self._routes:
            if not route.lone and route.ageing and route.ahead is none_ahead:
                yield from _leaves(route, snapshot)
        yield from _leaves(MARK, snapshot)

    def rest(self, snapshot: Snapshot) -> Iterator[Leaf]:
        """What changes seldom: what is over, and what is told of one component to programs."""
        current = {leaf.path for leaf in self.current(snapshot)}
        for route in self._routes:
            if not route.lone:
                yield from (leaf for leaf in _leaves(route, snapshot) if leaf.path not in current)

    async def made(self, leaf: Leaf, snapshot: Snapshot, past: Past) -> AsyncIterator[Placed]:
        """The files of a document; those that a file server cannot serve as they are, without."""
        route, more = leaf.route, {}
        if route.needs is not None:
            more["more"] = await route.needs(past, snapshot, **leaf.parameters)
        for language in self._page.languages if route.spoken else self._page.languages[:1]:
            renderer = self._site.renderer_for(language)
            document = route.render(renderer, snapshot, **leaf.parameters, **more)
            if document is not None:
                for path in self._paths(leaf, language):
                    yield self._placed(self._page.path + path, document)

    def _paths(self, leaf: Leaf, language: str) -> Sequence[str]:
        """Where a document stands in a language; in the page's own also without naming it."""
        paths = [self._site.key(leaf.route, language, leaf.path)]
        if language == self._page.languages[0]:
            paths.append(leaf.path)
        return tuple(dict.fromkeys(paths))

    def _placed(self, path: str, document: Document) -> Placed:
        file = _file(path, document.content_type)
        whole = f"{self._folder}/{file}" if self._folder else file
        # No file can say that it cannot be told: then there is none.
        return Placed(whole, document if document.status == 200 else None)


def copies(
    pages: Sequence[Page], routes: Sequence[DocumentRoute], assets: Assets, address: str
) -> tuple[Copy, ...]:
    """The copies of all pages that are public.

    A page with a prefix stands below it, one that goes by its host in a folder of the first
    one's name, where there are several.
    """
    return tuple(
        Copy(page, routes, assets, address, _folder(page, alone=len(pages) == 1))
        for page in pages
        if not page.private
    )


def _folder(page: Page, *, alone: bool) -> str:
    return "" if alone or page.path or not page.hosts else page.hosts[0]


def _leaves(route: DocumentRoute, snapshot: Snapshot) -> Iterator[Leaf]:
    every = route.every or route.ahead
    return (Leaf(route, parameters) for parameters in every(snapshot))


def _file(path: str, content_type: str) -> str:
    """The file that a path leads to; JSON without an ending gets one, as servers go by that."""
    place = path.strip("/")
    if "." in place.rpartition("/")[2]:
        return place
    if content_type == JSON:
        return f"{place}.json"
    return f"{place}/index.html".lstrip("/")


def _mark(_: Renderer, snapshot: Snapshot, /) -> Document:
    """How old the copy is, for its pages to know."""
    return Document(JSON, msgspec.json.encode({"made_at": snapshot.at}))


def _missing(renderer: Renderer, snapshot: Snapshot, /) -> Document:
    """What file servers can be told to say where there is nothing."""
    view = notice(snapshot, renderer.words, "error.title_404", "error.text_404")
    return renderer.html("notice", view)


MISSING = DocumentRoute("/404.html", _missing)
MARK = DocumentRoute("/copy.json", _mark)
"""It is made last: where it is new, all that it tells the age of is there."""
