"""Rows found by their id: what many ask for in the same turn is read in one go."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Generic, TypeVar

from sqlite_utils import Database

from monitor.storage.disk import Disk

T = TypeVar("T")

Find = Callable[[Database, Sequence[str]], Mapping[str, T]]
"""Reads the rows with these ids, by id; those that there are none of are left out."""


class Lookup(Generic[T]):
    """Gathers ids for one turn of the loop: a hop to another thread costs more than a row."""

    def __init__(self, disk: Disk, find: Find[T]) -> None:
        """Read with `find`."""
        self._disk = disk
        self._find = find
        self._ids: list[str] = []
        self._reading: asyncio.Task[Mapping[str, T]] | None = None

    async def one(self, id: str) -> T | None:
        """The row with this id, as it is after this moment."""
        if self._reading is None:
            self._ids = []
            self._reading = asyncio.create_task(self._read())
        self._ids.append(id)
        # One who is cancelled must not take the answer from the others.
        return (await asyncio.shield(self._reading)).get(id)

    async def _read(self) -> Mapping[str, T]:
        await asyncio.sleep(0)
        ids, self._reading = tuple(self._ids), None
        return await self._disk.read(lambda database: self._find(database, ids))
