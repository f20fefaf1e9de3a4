"""Has the public documents rendered outside of requests: once per change, and as time passes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from checks.clock import Clock
from checks.meter import SILENT, Meter
from statuspage import assets
from statuspage.access import Locks
from statuspage.documents import Published
from statuspage.ports import Live, Snapshot
from statuspage.routes import DocumentRoute
from statuspage.selection import narrow
from statuspage.site import Page
from statuspage.sites import Shelf, Site
from statuspage.views.freshness import is_blind

REFRESH = timedelta(seconds=15)
"""How old the instant on the pages may become while nothing changes."""

REFRESH_BLIND = timedelta(seconds=2)
"""The same while nothing is known: the first results make no event, and are waited for."""

_log = logging.getLogger(__name__)


class Publisher:
    """Follows the running service and keeps the sites of all its pages.

    `sites` are in the order of the configuration. `files` are what their pages bring along,
    by path. `listeners` are called after each time that the sites were published anew.
    """

    def __init__(
        self,
        live: Live,
        clock: Clock,
        routes: Sequence[DocumentRoute],
        *,
        address: str,
        meter: Meter = SILENT,
        locks: Locks | None = None,
    ) -> None:
        """Prepare; `address` begins absolute links where a page's url is not set.

        Private pages cannot be served without `locks`.
        """
        self.live = live
        self.sites: tuple[Site, ...] = ()
        self.files: Mapping[str, Published] = {}
        self.listeners: list[Callable[[], None]] = []
        self._clock = clock
        self._routes = routes
        self._address = address
        self._meter = meter
        self._locks = locks
        self._assets = assets.load()
        self._snapshot: Snapshot | None = None
        self._stirred = asyncio.Event()

    @property
    def open_shelf(self) -> Shelf:
        """The documents by path where there is but one page, at the root and public."""
        alone = len(self.sites) == 1 and not self.first.page.path and self.first.lock is None
        return self.first.shelf if alone else {}

    @property
    def first(self) -> Site:
        """The site of the page that stands first in the configuration."""
        return self.sites[0]

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
        """Take a snapshot, render what it changes, and hand all of it to the readers as one."""
        snapshot, before = await self._take(), self._snapshot
        changed = before is None or _differ(before, snapshot)
        filled = await asyncio.to_thread(self._fill, snapshot, changed)
        self._snapshot = snapshot
        for found, narrowed, shelf in filled:
            found.put(narrowed, shelf, changed=changed)
        self.sites = tuple(found for found, _, _ in filled)
        self.files = {path: one for found in self.sites for path, one in found.files.items()}
        if before is not None and before.board.position != snapshot.board.position:
            self._measure(before, snapshot)
        for listener in self.listeners:
            listener()

    def _fill(self, snapshot: Snapshot, changed: bool) -> list[tuple[Site, Snapshot, Shelf]]:
        """Every page with what is to be put on its shelf."""
        known = {found.page.id: found for found in self.sites}
        filled = []
        for page in snapshot.pages or (snapshot.page,):
            found = known.get(page.id)
            if found is None or found.page != page:
                found = self._site(page)
            narrowed = narrow(replace(snapshot, page=page), page)
            filled.append((found, narrowed, found.fill(narrowed, changed=changed)))
        return filled

    def _site(self, page: Page) -> Site:
        lock = self._locks.of(page) if self._locks else None
        if page.private and lock is None:
            raise ValueError(f"the private page {page.id} cannot be locked")
        return Site(page, self._routes, self._assets, self._address, self._meter, lock)

    async def _follow(self) -> None:
        async for _ in self.live.changes():
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
            return await self.live.snapshot()
        except Exception:
            if self._snapshot is None:
                raise
            _log.exception("no snapshot to render the pages from")
            self._meter.count("upfront_page_snapshot_failures_total")
            return replace(self._snapshot, at=self._clock.now())

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
        or before.pages != after.pages
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
