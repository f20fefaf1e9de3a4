"""Keeps a copy up to date beside a service, also while that is down or cannot be read."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from checks.clock import Clock
from incidents.ports import StorageError
from monitor.config.config import Config, Loaded
from monitor.config.reload import Watcher
from monitor.export.exporting import Exporter, Task
from monitor.export.service import Nothing
from monitor.export.tree import Refused
from statuspage.copies import Copy
from statuspage.ports import Past, Snapshot
from statuspage.views.freshness import version

LOOK_EVERY = timedelta(seconds=1)
RENEW_EVERY = timedelta(minutes=1)
"""How old what tells how things stand may become while nothing changes."""

SWEEP_EVERY = timedelta(minutes=15)
"""The same for all the rest."""

SWEEP_SECONDS = 0.5
"""How long a look may be kept waiting by the rest, which is made in portions."""

log = structlog.get_logger(__name__)


class Follower:
    """Renews what tells how things stand at once, and everything else in passing."""

    def __init__(self, exporter: Exporter, clock: Clock) -> None:
        """Follow from the first turn on."""
        self._exporter = exporter
        self._clock = clock
        self._version = ""
        self._made_at: datetime | None = None
        self._swept_at: datetime | None = None
        self._sweep: Iterator[Task] | None = None
        self._unswept = True
        self._current: dict[tuple[Copy, str], Task] = {}
        self._trouble = ""

    async def run(self) -> None:
        """Go on until cancelled."""
        while True:
            await self.turn()
            await self._clock.sleep(LOOK_EVERY)

    async def turn(self) -> None:
        """Look once, and make what is due; what fails is said, and tried again."""
        try:
            past = self._look()
            if self._exporter.service.known:
                await self._renew(past)
                await self._sweep_on(past)
        except (StorageError, Refused, OSError) as error:
            self._begin_anew()
            self._complain(str(error))

    def adopt(self, config: Config) -> None:
        """Go by another configuration."""
        self._exporter.service.config = config
        self._exporter.adopt()
        self._begin_anew()
        self._current.clear()

    def _begin_anew(self) -> None:
        """Take nothing that was made for up to date."""
        self._version, self._sweep, self._unswept = "", None, True

    def _look(self) -> Past:
        """What can be asked about the past now."""
        service = self._exporter.service
        try:
            service.look()
        except StorageError as error:
            self._complain(str(error))
            return Nothing()
        if self._trouble:
            log.info("the copy is kept up to date again")
            self._trouble = ""
        return service

    async def _renew(self, past: Past) -> None:
        """Make what tells how things stand, if it is due."""
        service = self._exporter.service
        snapshot = service.snapshot()
        changed = version(snapshot) != self._version
        self._unswept |= changed
        begins = self._sweep is None and (
            self._unswept or _is_over(self._swept_at, SWEEP_EVERY, snapshot)
        )
        if not (changed or begins or _is_over(self._made_at, RENEW_EVERY, snapshot)):
            return
        if past is service:
            service.fetch()
            snapshot = service.snapshot()
        if begins:
            self._exporter.begin()
        # Noted before anything is awaited: another configuration may be adopted meanwhile.
        self._version, self._made_at = version(snapshot), snapshot.at
        self._unswept = self._unswept and not begins
        await self._tell(snapshot, past)
        if begins and not self._unswept:
            self._sweep = self._exporter.rest(snapshot)

    async def _tell(self, snapshot: Snapshot, past: Past) -> None:
        """Make what tells how things stand, and once more what did so until now."""
        tasks = {task.key: task for task in self._exporter.current(snapshot)}
        over = [task for key, task in self._current.items() if key not in tasks]
        self._current = tasks
        for task in (*self._exporter.again(over, snapshot), *tasks.values()):
            await self._exporter.make(task, past)

    async def _sweep_on(self, past: Past) -> None:
        """Make some of the rest; at its end what is no more is removed."""
        if self._sweep is None:
            return
        began, sweep = self._clock.monotonic(), self._sweep
        for task in sweep:
            await self._exporter.make(task, past)
            if self._sweep is not sweep or self._clock.monotonic() - began > SWEEP_SECONDS:
                return
        self._exporter.finish()
        if self._swept_at is None:
            log.info("the copy is complete", files=self._exporter.tree.size)
        self._sweep, self._swept_at = None, self._clock.now()

    def _complain(self, trouble: str) -> None:
        if trouble != self._trouble:
            log.error("the copy cannot be kept up to date", error=trouble)
        self._trouble = trouble


def _is_over(since: datetime | None, span: timedelta, snapshot: Snapshot) -> bool:
    return since is None or snapshot.at - since >= span


async def follow(exporter: Exporter, file: Path, loaded: Loaded, clock: Clock) -> None:
    """Follow the service that a file describes until a signal asks us to end."""
    follower, ending = Follower(exporter, clock), asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ending.set)
    log.info("following", folder=str(exporter.tree.root), copies=", ".join(exporter.addresses))
    async with asyncio.TaskGroup() as tasks:
        parts = [
            tasks.create_task(part)
            for part in (follower.run(), _watch(follower, file, loaded, clock))
        ]
        await ending.wait()
        for part in parts:
            part.cancel()
    log.info("stopping")


async def _watch(follower: Follower, file: Path, loaded: Loaded, clock: Clock) -> None:
    """Go by the file as it changes; with mistakes in it, by what it said before."""
    async for found in Watcher(file, loaded, clock=clock).changes():
        if found.config is None:
            log.error("the file has mistakes; the copy is made by what it said before")
        else:
            follower.adopt(found.config)
