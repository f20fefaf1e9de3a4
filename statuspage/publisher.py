"""Renders the public documents outside of requests: once per change, and as time passes."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from checks.clock import Clock
from checks.meter import SILENT, Meter
from incidents import words
from statuspage import assets
from statuspage.documents import Document, Published, publish
from statuspage.ports import Live, Snapshot
from statuspage.render import Renderer
from statuspage.routes import Page
from statuspage.views.standing import is_blind

REFRESH = timedelta(seconds=15)
"""How old the instant on the pages may become while nothing changes."""

REFRESH_BLIND = timedelta(seconds=2)
"""The same while nothing is known: the first results make no event, and are waited for."""

_KEPT = 256
"""How many documents that were asked for are kept beside those made ahead."""

_SECURITY = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Server": "upfront",
}

_log = logging.getLogger(__name__)


class Publisher:
    """Keeps the finished documents and follows the running service.

    `shelf` maps paths to what is served there; readers look it up and nothing else.
    """

    def __init__(
        self,
        live: Live,
        clock: Clock,
        pages: Sequence[Page],
        *,
        address: str,
        meter: Meter = SILENT,
    ) -> None:
        """Prepare; `address` begins absolute links where the page's url is not set."""
        self.shelf: Mapping[str, Published] = {}
        self._live = live
        self._clock = clock
        self._pages = pages
        self._address = address
        self._meter = meter
        self._assets = assets.load()
        self.headers = _SECURITY | {"Content-Security-Policy": self._assets.content_security_policy}
        self._static = {
            path: publish(document, self.headers)
            for path, document in self._assets.documents.items()
        }
        self._renderer: Renderer | None = None
        self._rendered_for = ("", "")
        self._snapshot: Snapshot | None = None
        self._asked: OrderedDict[str, asyncio.Task[Published | None]] = OrderedDict()
        self._stirred = asyncio.Event()

    @property
    def snapshot(self) -> Snapshot:
        """What the shelf was last rendered from; there once `publish` has returned."""
        assert self._snapshot is not None
        return self._snapshot

    @property
    def renderer(self) -> Renderer:
        """The renderer of the page as it is now configured."""
        assert self._renderer is not None
        return self._renderer

    async def run(self) -> None:
        """Publish on every change and at least every 15 seconds, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._follow(), name="follow changes")
            tasks.create_task(self._age(), name="age the pages")
            while True:
                await self._stirred.wait()
                self._stirred.clear()
                await self.publish()

    async def publish(self) -> None:
        """Take a snapshot, render what it changes, and put it on the shelf as one."""
        snapshot = await self._take()
        before = self._snapshot
        changed = before is None or _differ(before, snapshot)
        renderer = self._renderer_for(snapshot)
        shelf = await asyncio.to_thread(self._fill, renderer, snapshot, changed)
        self._snapshot, self._renderer, self.shelf = snapshot, renderer, shelf
        self._asked.clear()
        if before is not None and before.board.position != snapshot.board.position:
            self._measure(before, snapshot)

    async def made_for(self, page: Page, path: str, **parameters: str) -> Published | None:
        """A document that was not made ahead: rendered once, whoever asks for it meanwhile."""
        task = self._asked.get(path)
        if task is None:
            make = asyncio.to_thread(
                self._make, self.renderer, self.snapshot, page, parameters, self._static.get(path)
            )
            task = self._asked[path] = asyncio.create_task(make)
            while len(self._asked) > _KEPT:
                self._asked.popitem(last=False)
        return await asyncio.shield(task)

    def ready(self, document: Document) -> Published:
        """A document made within a request, with the header fields that all carry."""
        return publish(document, self.headers)

    async def _follow(self) -> None:
        async for _ in self._live.changes():
            self._stirred.set()

    async def _age(self) -> None:
        while True:
            await self._clock.sleep(self._until_told_again())
            self._stirred.set()

    def _until_told_again(self) -> timedelta:
        """Until the pages must be told again: the refresh, or sooner when results grow stale."""
        if self._snapshot is None or is_blind(self._snapshot):
            return REFRESH_BLIND
        until = self._snapshot.fresh_until
        if until is None or until < self._clock.now():
            return REFRESH
        return min(REFRESH, until - self._clock.now() + timedelta(milliseconds=10))

    async def _take(self) -> Snapshot:
        """The service as it is; while it cannot say, what was last known grows old."""
        try:
            return await self._live.snapshot()
        except Exception:
            if self._snapshot is None:
                raise
            _log.exception("no snapshot to render the pages from")
            self._meter.count("upfront_page_snapshot_failures_total")
            return replace(self._snapshot, at=self._clock.now())

    def _renderer_for(self, snapshot: Snapshot) -> Renderer:
        address = snapshot.page.url or self._address
        language = snapshot.page.languages[0]
        known, place = self._renderer, (language, address)
        if known is None or self._rendered_for != place:
            self._rendered_for = place
            return Renderer(words.load(language), self._assets, address)
        return known

    def _fill(self, renderer: Renderer, snapshot: Snapshot, changed: bool) -> dict[str, Published]:
        """All documents by path: those that a snapshot changes anew, the others as they are."""
        shelf = dict(self._static)
        for page in self._pages:
            for parameters in page.ahead(snapshot):
                path = page.path.format_map(parameters)
                old = self.shelf.get(path)
                if old and not changed and not page.ageing:
                    shelf[path] = old
                    continue
                made = self._attempt(renderer, snapshot, page, parameters, old)
                if made:
                    shelf[path] = made
        return shelf

    def _attempt(
        self,
        renderer: Renderer,
        snapshot: Snapshot,
        page: Page,
        parameters: Mapping[str, str],
        old: Published | None,
    ) -> Published | None:
        """One page that cannot be rendered must not take the others along."""
        try:
            return self._make(renderer, snapshot, page, parameters, old)
        except Exception:  # noqa: BLE001 - logged and counted; the page itself answers 500
            _log.exception("cannot render %s", page.path)
            self._meter.count("upfront_page_render_failures_total")
            return None

    def _make(
        self,
        renderer: Renderer,
        snapshot: Snapshot,
        page: Page,
        parameters: Mapping[str, str],
        old: Published | None,
    ) -> Published | None:
        document = page.render(renderer, snapshot, **parameters)
        if document is None or (old and old.document == document):
            return old if document else None
        return publish(document, self.headers)

    def _measure(self, before: Snapshot, snapshot: Snapshot) -> None:
        """How long the newest event took to become visible."""
        changed_at = _changed_at(snapshot)
        if changed_at and (changed_at != _changed_at(before)):
            seconds = (self._clock.now() - changed_at).total_seconds()
            self._meter.observe("upfront_event_to_published_seconds", max(0.0, seconds))


def _differ(before: Snapshot, after: Snapshot) -> bool:
    """Whether more than the present instant differs."""
    return (
        before.board.position != after.board.position
        or before.page != after.page
        or before.policy is not after.policy
        or before.subscribe_by != after.subscribe_by
        or is_blind(before) != is_blind(after)
    )


def _changed_at(snapshot: Snapshot) -> datetime | None:
    """The instant of the newest event that is on the pages."""
    board = snapshot.board
    instants = [found.changed_at for found in board.incidents.values() if found.public]
    instants += [found.changed_at for found in board.components.values()]
    return max((at for at in instants if at), default=None)
