"""A few threads that read, each with a connection of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from sqlite_utils import Database

from monitor.storage.troubles import explaining

T = TypeVar("T")

READERS = 4


class Readers:
    """Runs queries off the loop; each sees what was committed when it began."""

    def __init__(self, path: Path, open_database: Callable[[Path], Database]) -> None:
        """Start no thread yet; a connection is opened by the first query in its thread."""
        self._path = path
        self._open = open_database
        self._own = threading.local()
        self._opened: list[Database] = []
        self._pool = ThreadPoolExecutor(READERS, thread_name_prefix="storage-reader")

    async def read(self, query: Callable[[Database], T]) -> T:
        """What the query makes of the database.

        Raises:
            StorageError: The file cannot be read.
        """
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._run, query)

    def close(self) -> None:
        """Wait for running queries, then close the connections."""
        self._pool.shutdown(wait=True)
        for database in self._opened:
            database.close()

    def _run(self, query: Callable[[Database], T]) -> T:
        database: Database | None = getattr(self._own, "database", None)
        if database is None:
            database = self._own.database = self._open(self._path)
            self._opened.append(database)
        with one_state(database, self._path):
            return query(database)


@contextmanager
def one_state(database: Database, path: Path) -> Iterator[None]:
    """Let several queries see one state of the database.

    Raises:
        StorageError: The file cannot be read.
    """
    with explaining(path):
        database.execute("BEGIN")
        try:
            yield
        finally:
            database.rollback()
