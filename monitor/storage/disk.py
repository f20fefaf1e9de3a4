"""The file as the parts of the store share it: one writer, some readers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from sqlite_utils import Database

from checks.meter import Meter
from monitor.storage.opening import Lock, open_for_reading, open_for_writing, prepare
from monitor.storage.readers import Readers
from monitor.storage.writer import Writer

T = TypeVar("T")


class Disk:
    """Reads, writes at once, and writes that may lag."""

    def __init__(self, path: Path, meter: Meter) -> None:
        """Touch nothing yet."""
        self.path = path
        self.writer = Writer(path, open_for_writing, meter)
        self._readers = Readers(path, open_for_reading)
        self._lock: Lock | None = None

    async def open(self) -> None:
        """Lock, open and migrate.

        Raises:
            StorageError: It cannot be opened; the words are for the operator.
        """
        self._lock = await asyncio.to_thread(prepare, self.path)
        try:
            await asyncio.wrap_future(self.writer.start())
        except BaseException:
            self._lock.release()
            self._lock = None
            raise

    async def close(self) -> None:
        """Write what is queued, close all connections, let go of the lock."""
        if self._lock is None:
            return
        await asyncio.to_thread(self.writer.close)
        await asyncio.to_thread(self._readers.close)
        self._lock.release()
        self._lock = None

    async def read(self, query: Callable[[Database], T]) -> T:
        """Run a query beside the writer."""
        return await self._readers.read(query)

    async def write(self, work: Callable[[Database], T], *, durable: bool = False) -> T:
        """Run work in the writer's thread; committed, and if durable synced, on return."""
        return await asyncio.wrap_future(self.writer.submit(work, durable=durable))

    async def settled(self) -> None:
        """Wait until everything queued so far is committed, so that it can be read."""
        await self.write(lambda database: None)
