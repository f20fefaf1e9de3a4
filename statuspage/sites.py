"""One public page as it is served: its documents, finished, in every language it speaks."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from babel import Locale

from checks.meter import Meter
from incidents import words
from incidents.words import negotiate
from statuspage.access import PRIVATE_HEADERS, PRIVATELY, Lock
from statuspage.assets import Assets
from statuspage.documents import NEVER_KEPT, Document, Published, publish
from statuspage.ports import Live, Snapshot
from statuspage.render import Renderer, Tongue
from statuspage.routes import DocumentRoute
from statuspage.selection import untold
from statuspage.site import Page
from statuspage.views.brand import brand_view, branded, files_policy

_KEPT = 256
"""How many documents that were asked for are kept beside those made ahead."""

_SECURITY = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Server": "upfront",
}

Making = asyncio.Task[Published | None]

Shelf = Mapping[str, Published]
"""Paths within the site to what is served there."""

_log = logging.getLogger(__name__)


class Site:
    """A page and its finished documents.

    `shelf` holds them by path; readers look there and nothing else. `snapshot` is what they
    were made from, `files` what its pages bring along, by path. `lock` is None where it is
    public. In a page of several languages the paths of what is spoken begin with one.
    """

    def __init__(
        self,
        page: Page,
        routes: Sequence[DocumentRoute],
        assets: Assets,
        address: str,
        meter: Meter,
        lock: Lock | None = None,
        *,
        alive: bool = True,
    ) -> None:
        """Prepare; `address` begins absolute links where the page's url is not set.

        One that is not `alive` is rendered for a file server, and never `put`.
        """
        self.page = page
        self.lock = lock
        self.address = page.address(address)
        self.shelf: Shelf = {}
        assets = branded(assets, page)
        self.headers = _SECURITY | {"Content-Security-Policy": assets.content_security_policy}
        self.files = {
            path: publish(document, {**self.headers, **files_policy(page, path)})
            for path, document in assets.documents.items()
        }
        if lock:
            self.headers |= PRIVATE_HEADERS
        self._routes = routes
        self._meter = meter
        self._renderers = _renderers(page, assets, self.address, lock, alive=alive)
        self._outside = (
            _renderers(page, assets, self.address, None, alive=alive) if lock else self._renderers
        )
        self._snapshot: Snapshot | None = None
        self._asked: OrderedDict[str, tuple[DocumentRoute, Making]] = OrderedDict()

    @property
    def snapshot(self) -> Snapshot:
        """What the shelf was last made from; there once something was `put`."""
        assert self._snapshot is not None
        return self._snapshot

    @property
    def outside(self) -> Snapshot:
        """What those may know who are not let in; on a public page nobody is outside."""
        return untold(self.snapshot) if self.lock else self.snapshot

    def renderer_for(self, language: str, *, outside: bool = False) -> Renderer:
        """The renderer of one of the page's languages; its links open nothing `outside`."""
        return (self._outside if outside else self._renderers)[language]

    def tongue(self, path: str) -> tuple[str | None, str]:
        """The language that a path within the site begins with, if any, and the rest of it."""
        if len(self.page.languages) > 1:
            first, slash, rest = path.removeprefix("/").partition("/")
            if first in self._renderers:
                return first, slash + rest or "/"
        return None, path

    def language(self, accepted: str, route: DocumentRoute | None = None) -> str:
        """The language for a reader whose path names none."""
        if route is not None and not (route.spoken and route.negotiated):
            return self.page.languages[0]
        return negotiate(accepted, self.page.languages)

    def key(self, route: DocumentRoute, language: str, path: str) -> str:
        """Where on the shelf a document stands; `path` is without the language."""
        return f"/{language}{path}" if route.spoken and len(self._renderers) > 1 else path

    def fill(self, snapshot: Snapshot, *, changed: bool) -> Shelf:
        """All documents by path: those that a snapshot changes anew, the others as they are."""
        shelf: dict[str, Published] = {}
        for route, language, parameters in self._made_ahead(snapshot):
            key = self.key(route, language, route.path.format_map(parameters))
            found = self.shelf.get(key)
            if found is None or changed or route.ageing:
                found = self._attempt(route, language, snapshot, parameters, found)
            if found:
                shelf[key] = found
        return shelf

    def put(self, snapshot: Snapshot, shelf: Shelf, *, changed: bool) -> None:
        """From here on this is what readers get.

        What was asked for is made anew when it is asked for again, if it may have changed.
        """
        self._snapshot, self.shelf = snapshot, shelf
        for key, (route, _) in list(self._asked.items()):
            if changed or route.ageing:
                del self._asked[key]

    async def made_for(
        self,
        live: Live,
        route: DocumentRoute,
        language: str,
        path: str,
        parameters: Mapping[str, str],
    ) -> Published | None:
        """A document that was not made ahead: rendered once, whoever asks for it meanwhile."""
        key = self.key(route, language, path)
        if key in self.shelf:
            return self.shelf[key]
        if key not in self._asked:
            making = self._gather_and_make(live, route, language, parameters)
            self._asked[key] = route, asyncio.create_task(making)
            while len(self._asked) > _KEPT:
                self._asked.popitem(last=False)
        return await asyncio.shield(self._asked[key][1])

    def ready(self, document: Document) -> Published:
        """A document made within a request, with the header fields that all carry."""
        return publish(self._guarded(document), self.headers)

    def _guarded(self, document: Document) -> Document:
        """What is private stays with the reader's own browser."""
        if self.lock is None or document.cache == NEVER_KEPT:
            return document
        return replace(document, cache=PRIVATELY)

    def _made_ahead(
        self, snapshot: Snapshot
    ) -> Iterator[tuple[DocumentRoute, str, Mapping[str, str]]]:
        """The documents that are made before anybody asks for them: route, language, parameters."""
        for route in self._routes:
            several = route.spoken and route.negotiated
            languages = self.page.languages if several else self.page.languages[:1]
            for parameters in route.ahead(snapshot):
                yield from ((route, language, parameters) for language in languages)

    async def _gather_and_make(
        self, live: Live, route: DocumentRoute, language: str, parameters: Mapping[str, str]
    ) -> Published | None:
        snapshot, more = self.snapshot, {}
        if route.needs is not None:
            more["more"] = await route.needs(live, snapshot, **parameters)
        return await asyncio.to_thread(
            self._make, route, language, snapshot, {**parameters, **more}, None
        )

    def _attempt(
        self,
        route: DocumentRoute,
        language: str,
        snapshot: Snapshot,
        parameters: Mapping[str, str],
        old: Published | None,
    ) -> Published | None:
        """One document that cannot be rendered must not take the others along."""
        try:
            return self._make(route, language, snapshot, parameters, old)
        except Exception:  # noqa: BLE001 - logged and counted; the page itself answers 500
            _log.exception("cannot render %s", route.path)
            self._meter.count("upfront_page_render_failures_total")
            return None

    def _make(
        self,
        route: DocumentRoute,
        language: str,
        snapshot: Snapshot,
        parameters: Mapping[str, object],
        old: Published | None,
    ) -> Published | None:
        made = route.render(self._renderers[language], snapshot, **parameters)
        if made is None:
            return None
        document = self._guarded(made)
        return old if old and old.document == document else publish(document, self.headers)


def _renderers(
    page: Page, assets: Assets, address: str, lock: Lock | None, *, alive: bool
) -> Mapping[str, Renderer]:
    """One renderer for each language, the page's own first."""
    several = len(page.languages) > 1
    ends = {language: f"/{language}" if several else "" for language in page.languages}
    tongues = [
        Tongue(language, _own_name(language), page.path + end, address + end)
        for language, end in ends.items()
    ]
    return {
        language: Renderer(
            words.load(language), assets, address, base=page.path + end,
            tongues=tongues if several else (), home=address + end, root=page.path, alive=alive,
            brand=brand_view(page), carry=lock.carried if lock else str,
            findable=bool(page.url) and not page.private,
        )
        for language, end in ends.items()
    }  # fmt: skip


def _own_name(language: str) -> str:
    """What a language calls itself: Deutsch."""
    name = Locale.parse(language, sep="-").get_display_name() or language
    return name[:1].upper() + name[1:]
