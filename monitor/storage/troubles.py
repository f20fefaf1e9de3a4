"""What SQLite complains of, as a sentence for the operator that says what to do."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from incidents.ports import StorageError

_REMEDIES = {
    sqlite3.SQLITE_FULL: "The disk with {path} is full; free some space on it.",
    sqlite3.SQLITE_READONLY: "{path} is read-only; let the user that runs Upfront write to it"
    " and to its directory.",
    sqlite3.SQLITE_PERM: "{path} may not be written to; check who owns it.",
    sqlite3.SQLITE_CANTOPEN: "{path} cannot be opened; check that its directory exists and may"
    " be written to.",
    sqlite3.SQLITE_IOERR: "The disk with {path} failed to read or write ({error}); check the"
    " system's log.",
    sqlite3.SQLITE_NOTADB: "{path} is not a database; move it away, or name another file under"
    " `storage`.",
    sqlite3.SQLITE_CORRUPT: "{path} is damaged ({error}); stop Upfront and restore a backup, or"
    " try `sqlite3 {path} .recover`.",
    sqlite3.SQLITE_BUSY: "{path} is locked by another program; close it.",
    sqlite3.SQLITE_LOCKED: "{path} is locked by another program; close it.",
    sqlite3.SQLITE_NOMEM: "There is no memory left to work on {path}.",
    sqlite3.SQLITE_PROTOCOL: "{path} could not be locked; is it on a network file system?",
}


def is_trouble(error: BaseException) -> bool:
    """Whether it is the disk or the file that failed, rather than one statement."""
    return isinstance(error, sqlite3.Error) and _code(error) in _REMEDIES


def explained(error: Exception, path: Path) -> StorageError:
    """The error in words for people, on one line."""
    remedy = _REMEDIES.get(_code(error), "{path}: {error}.")
    return StorageError(remedy.format(path=path, error=error))


@contextmanager
def explaining(path: Path) -> Iterator[None]:
    """Raise what SQLite complains of in the block as a `StorageError`."""
    try:
        yield
    except sqlite3.Error as error:
        raise explained(error, path) from error


def _code(error: Exception) -> int:
    """SQLite's primary result code; its upper bytes only refine it."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF
