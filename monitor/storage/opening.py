"""Open a database file: made private, locked by this process, recognised as ours."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from sqlite_utils import Database

from incidents.ports import StorageError
from monitor.storage.migrations import migrate, refuse_newer
from monitor.storage.troubles import explaining

APPLICATION_ID = int.from_bytes(b"UpFr", "big")
"""Marks the file as ours, for `file` and for ourselves."""

BUSY_TIMEOUT_MS = 5_000


class Lock:
    """A file beside the database that one process holds for as long as it has it open."""

    def __init__(self, database: Path) -> None:
        """Take the lock.

        Raises:
            StorageError: Another process has it; its id is in the words.
        """
        path = database.with_name(database.name + ".lock")
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = os.pread(self._file, 32, 0).decode(errors="replace").strip() or "unknown"
            os.close(self._file)
            raise StorageError(
                f"{database} is held by process {holder}; stop it first, or name another file"
                " under `storage`."
            ) from None
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Let go; the file stays, so that no two processes lock different files."""
        os.ftruncate(self._file, 0)
        os.close(self._file)


def prepare(path: Path) -> Lock:
    """Make the directory and a private file where they are missing, and lock it.

    Raises:
        StorageError: That cannot be done, and why.
    """
    try:
        _make_directory(path.parent)
        lock = Lock(path)
        try:
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
            _sync_directory(path.parent)
        except OSError:
            lock.release()
            raise
    except OSError as error:
        raise StorageError(_refusal(path, error)) from None
    return lock


def open_for_writing(path: Path) -> Database:
    """The writer's connection, with the schema brought up to date.

    Raises:
        StorageError: It is no database of ours, or of a newer Upfront.
    """

    def begin(database: Database) -> None:
        _recognise(database, path)
        database.execute("PRAGMA journal_mode=WAL").fetchone()
        database.execute("PRAGMA synchronous=FULL")
        migrate(database, path)
        if _mark(database) != APPLICATION_ID:
            database.execute(f"PRAGMA application_id={APPLICATION_ID}")

    return _opened(path, begin)


def open_for_reading(path: Path) -> Database:
    """A connection that cannot write."""
    return _opened(path, lambda database: database.execute("PRAGMA query_only=ON"))


def open_read_only(path: Path) -> Database:
    """A connection of another program, beside a service that may be writing.

    Raises:
        StorageError: There is no such file, it is not ours, or it cannot be read.
    """
    if not path.is_file():
        raise StorageError(f"There is no database {path} (seen from this folder).")

    def begin(database: Database) -> None:
        if _mark(database) != APPLICATION_ID:
            raise StorageError(f"{path} is the database of another program.")
        refuse_newer(database, path)

    return _opened(path, begin, mode="ro")


def _opened(
    path: Path, begin: Callable[[Database], object], mode: Literal["ro", "rwc"] = "rwc"
) -> Database:
    """A connection that was begun with well; another one is closed again."""
    with explaining(path):
        database = _connect(path, mode)
        try:
            begin(database)
        except BaseException:
            database.close()
            raise
    return database


def _connect(path: Path, mode: str) -> Database:
    # Used in one thread only; another one may close it when that thread has ended.
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}", uri=True, check_same_thread=False
    )
    connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    return Database(connection, recursive_triggers=False, execute_plugins=False)


def _recognise(database: Database, path: Path) -> None:
    mark = _mark(database)
    foreign = mark not in (0, APPLICATION_ID)
    if foreign or (mark == 0 and database.table_names() and not _begun(database)):
        raise StorageError(
            f"{path} is the database of another program; name another file under `storage`."
        )


def _mark(database: Database) -> int:
    mark: int = database.execute("PRAGMA application_id").fetchone()[0]
    return mark


def _begun(database: Database) -> bool:
    """Whether it is ours from a start that was cut short before the file was marked."""
    return "_sqlite_migrations" in database.table_names()


def _make_directory(directory: Path) -> None:
    if directory.parent.is_dir():
        directory.mkdir(mode=0o700, exist_ok=True)


def _sync_directory(directory: Path) -> None:
    """Put the file's name on disk, without which its content would be lost with it."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _refusal(path: Path, error: OSError) -> str:
    if not path.parent.is_dir():
        return f"The directory {path.parent} does not exist; make it, or change `storage`."
    return (
        f"{path} cannot be written to ({os.strerror(error.errno or 0)}); check the rights on it"
        f" and on its directory, or change `storage`."
    )
