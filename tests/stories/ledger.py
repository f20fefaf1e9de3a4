"""What a database holds, read from a copy of its files and with nothing of Upfront's code."""

from __future__ import annotations

import contextlib
import json
import shutil
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

FOR_OPERATORS = {
    "opened", "update_posted", "discarded", "check_forgotten", "checks_recovered",
    "component_unknown", "component_known", "warning_raised",
}  # fmt: skip
"""Types of events that operators' routes are told of."""

LASTS = ("events", "fan_outs", "deliveries", "subscribers")
"""Tables whose rows are on disk before anything that follows from them leaves the process."""


@dataclass(frozen=True)
class Event:
    """A row of the event log."""

    position: int
    subject: str
    at: int
    type: str
    fields: dict[str, Any]

    @property
    def incident(self) -> str:
        """The incident that it is about, empty if it is about none."""
        kind, _, name = self.subject.partition(":")
        return name if kind == "incident" else ""

    @property
    def for_operators(self) -> bool:
        """Whether operators are told: all but that a new check waits for its first result."""
        waits = self.type == "component_unknown" and "first result" in self.fields["reason"]
        return self.type in FOR_OPERATORS and not waits and not self.fields.get("first")


@dataclass(frozen=True)
class Owed:
    """A row of the outbox."""

    recipient: str
    address: str
    position: int
    key: str
    state: str


@dataclass(frozen=True)
class Subscriber:
    """A subscriber's record."""

    id: str
    address: str
    state: str
    confirmed_position: int | None


@dataclass(frozen=True)
class Ledger:
    """Everything that is checked from outside."""

    events: list[Event]
    deliveries: list[Owed]
    subscribers: dict[str, Subscriber]
    raw: Counter[tuple[str, str, int]]

    @cached_property
    def updates(self) -> list[Event]:
        """All public posts, oldest first."""
        return [event for event in self.events if event.type == "update_posted"]

    @cached_property
    def sent(self) -> frozenset[str]:
        """Keys of the messages known to have been taken."""
        return frozenset(owed.key for owed in self.deliveries if owed.state == "sent")

    @property
    def raw_duplicates(self) -> int:
        """How many results stand more than once."""
        return sum(self.raw.values()) - len(self.raw)


EMPTY = Ledger([], [], {}, Counter())


@contextlib.contextmanager
def copied(database: Path, wal_bytes: int | None = None) -> Iterator[sqlite3.Connection]:
    """A connection to a copy, with so much of the write-ahead log; the files stay untouched."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "copy.db")
        shutil.copy(database, copy)
        wal = database.with_name(f"{database.name}-wal")
        if wal.exists():
            copy.with_name("copy.db-wal").write_bytes(wal.read_bytes()[:wal_bytes])
        with contextlib.closing(sqlite3.connect(copy)) as connection:
            yield connection


def lasting(database: Path, wal_bytes: int | None = None) -> list[list[tuple[Any, ...]]]:
    """The rows of the tables that must outlast a loss of power."""
    with copied(database, wal_bytes) as copy:
        there = {name for (name,) in copy.execute("SELECT name FROM sqlite_master")}
        return [
            copy.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall() if table in there else []
            for table in LASTS
        ]


def read(database: Path) -> Ledger:
    """All of it; nothing if the tables have not been made yet."""
    with copied(database) as copy:
        there = {name for (name,) in copy.execute("SELECT name FROM sqlite_master")}
        if not there.issuperset(LASTS):
            return EMPTY
        assert copy.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        events = [
            Event(position, subject, at, type_, json.loads(data))
            for position, subject, at, type_, data in copy.execute(
                "SELECT position, subject, at, type, data FROM events ORDER BY position"
            )
        ]
        deliveries = [
            Owed(*row)
            for row in copy.execute(
                "SELECT recipient, address, event_position, key, state FROM deliveries"
            )
        ]
        subscribers = {
            row[1]: Subscriber(*row)
            for row in copy.execute(
                "SELECT id, address, state, confirmed_position FROM subscribers"
            )
        }
        raw = Counter(
            copy.execute(
                "SELECT check_id, location, at FROM results JOIN series ON series.id = series"
            ).fetchall()
        )
    return Ledger(events, deliveries, subscribers, raw)


def count(database: Path, query: str) -> int:
    """What a counting query says, beside the running service."""
    uri = f"file:{database}?mode=ro"
    with contextlib.closing(sqlite3.connect(uri, uri=True, timeout=5)) as connection:
        found: int = connection.execute(query).fetchone()[0]
    return found


def results(database: Path) -> int:
    """How many results are on disk, seen beside the running service."""
    return count(database, "SELECT count(*) FROM results")
