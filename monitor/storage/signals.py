"""The record of what the folds were fed, and the states that they are in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from concurrent.futures import Future
from functools import partial

from sqlite_utils import Database

from incidents.ports import FoldState
from incidents.signals import Positioned
from monitor.storage import results
from monitor.storage.disk import Disk
from monitor.storage.results import Book
from monitor.storage.rollups import merge_batch, progress, set_progress, unsummed
from monitor.storage.unwritten import Unwritten

PAGE = 1_000


class SqliteSignals:
    """The port `Signals`."""

    def __init__(self, disk: Disk, unwritten: Unwritten) -> None:
        """Write to this file, and add results up in memory."""
        self._disk = disk
        self._unwritten = unwritten
        self._book = Book()
        disk.writer.on_rollback.append(self._book.forget)

    async def resume(self) -> None:
        """Add up again what a crash kept from the tables of sums."""
        self._unwritten.resume(await self._disk.read(unsummed))

    async def add(self, signals: Sequence[Positioned]) -> None:
        """Queue signals to be written within a moment; waits while thousands are queued."""
        if not signals:
            return
        kept = tuple(signals)
        self._disk.writer.keep(partial(results.insert, book=self._book, signals=kept), len(kept))
        if self._unwritten.add(kept):
            self.write_sums()
        if room := self._disk.writer.room():
            await asyncio.wrap_future(room)

    def write_sums(self) -> None:
        """Queue what was added up so far to be merged into the tables."""
        batch = self._unwritten.take()
        if not batch.cells:
            self._unwritten.left(batch)
            return
        written = self._disk.writer.keep(partial(merge_batch, book=self._book, batch=batch), 0)
        loop = asyncio.get_running_loop()

        def leave(future: Future[None]) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._unwritten.left, batch)

        written.add_done_callback(leave)

    async def sync(self) -> None:
        """Wait for a commit of our own that reaches the disk, and with it all that came before."""
        await self._disk.write(_count_sync, durable=True)

    async def last_position(self) -> int:
        """The highest position ever written."""
        await self._disk.settled()
        return await self._disk.read(results.last_position)

    async def since(self, position: int) -> AsyncIterator[Positioned]:
        """Signals after a position, in order, those just added included."""
        await self._disk.settled()
        while page := await self._disk.read(partial(_page, position=position)):
            for item in page:
                yield item
            position = page[-1].position

    async def rename(self, checks: Mapping[str, str]) -> None:
        """Queue that series go by other checks' ids."""
        if checks:
            self.write_sums()  # under the ids by which the results were counted
            renamed = dict(checks)
            self._disk.writer.keep(partial(results.rename, book=self._book, checks=renamed), 0)

    async def save_states(self, states: Iterable[FoldState], position: int) -> None:
        """Replace these states and the position, all or none."""
        await self._disk.write(partial(_save, states=states, position=position))

    async def load_states(self) -> tuple[int, Sequence[FoldState]]:
        """The position and all states."""
        return await self._disk.read(kept_states)


def _count_sync(database: Database) -> None:
    """Change something: SQLite syncs no transaction that changed nothing."""
    database.execute(
        "INSERT INTO progress (name, value) VALUES ('syncs', 1)"
        " ON CONFLICT (name) DO UPDATE SET value = value + 1"
    )


def _page(database: Database, position: int) -> list[Positioned]:
    return results.page(database, position, PAGE)


def _save(database: Database, states: Iterable[FoldState], position: int) -> None:
    for state in states:
        if state.data:
            row = state.fold, state.key, state.version, state.data
            database.execute("INSERT OR REPLACE INTO states VALUES (?, ?, ?, ?)", row)
        else:
            key = state.fold, state.key
            database.execute("DELETE FROM states WHERE fold = ? AND key = ?", key)
    set_progress(database, "states", position)


def kept_states(database: Database) -> tuple[int, Sequence[FoldState]]:
    """The position that the states hold everything up to, and the states."""
    rows = database.execute("SELECT fold, key, version, data FROM states ORDER BY fold, key")
    states = [FoldState(*row) for row in rows]
    return progress(database, "states")[0], states
