"""Storage in one SQLite file: the parts of the store over one writer and some readers."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from pathlib import Path

from checks.meter import SILENT, Meter
from monitor.storage.disk import Disk
from monitor.storage.endpoints import SqliteEndpoints
from monitor.storage.events import SqliteEvents
from monitor.storage.housing import house
from monitor.storage.latencies import SqliteLatencies
from monitor.storage.outbox import SqliteOutbox
from monitor.storage.retention import prune
from monitor.storage.signals import SqliteSignals
from monitor.storage.unwritten import Unwritten


class SqliteStore:
    """The port `Store`, for one process at a time."""

    def __init__(self, path: Path, meter: Meter = SILENT) -> None:
        """Touch nothing yet; `start` opens the file."""
        unwritten = Unwritten()
        self._disk = Disk(path, meter)
        self.signals = SqliteSignals(self._disk, unwritten)
        self.events = SqliteEvents(self._disk)
        self.latencies = SqliteLatencies(self._disk, unwritten)
        self.outbox = SqliteOutbox(self._disk)
        self.endpoints = SqliteEndpoints(self._disk)

    async def start(self) -> None:
        """Open, migrate and lock; go on with the sums and deliveries that a crash cut short."""
        await self._disk.open()
        await self.signals.resume()
        await self.outbox.resume()

    async def house(self, page: str) -> None:
        """Give the subscriptions and webhooks that belong to no page yet to this one."""
        await self._disk.write(partial(house, page=page), durable=True)

    async def prune(self, now: datetime) -> None:
        """Write sums, close quarter-hours and days, delete what is past its time."""
        self.signals.write_sums()
        await prune(self._disk, now)

    async def close(self) -> None:
        """Write what is queued and let go of the file."""
        await self._disk.close()
