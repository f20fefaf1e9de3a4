"""The event log, and what is written in one transaction with it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from functools import partial

from sqlite_utils import Database

from incidents.events import Recorded, decode, encode, shape
from incidents.impact import unknown_prefix
from incidents.model import ComponentStatus, Span, Subscriber
from incidents.ports import Append, SequenceConflict
from monitor.storage import subscribers
from monitor.storage.disk import Disk
from monitor.storage.instants import (
    from_microseconds,
    maybe_instant,
    maybe_microseconds,
    to_microseconds,
)
from monitor.storage.lookups import Lookup

PAGE = 1_000

COLUMNS = "position, subject, sequence, at, actor, type, version, data"


class SqliteEvents:
    """The port `Events`."""

    def __init__(self, disk: Disk) -> None:
        """Write to this file."""
        self._disk = disk
        self._subscribers = Lookup(disk, subscribers.find)

    async def append(self, appends: Sequence[Append]) -> tuple[Recorded, ...]:
        """Write all or none; synced on return."""
        work = partial(_append_all, appends=tuple(appends))
        return await self._disk.write(work, durable=True)

    async def load(self, subject: str) -> tuple[Recorded, ...]:
        """All events of a subject, in sequence."""

        def query(database: Database) -> tuple[Recorded, ...]:
            rows = database.execute(
                f"SELECT {COLUMNS} FROM events WHERE subject = ? ORDER BY sequence", (subject,)
            )
            return tuple(recorded(*row) for row in rows)

        return await self._disk.read(query)

    async def since(self, position: int) -> AsyncIterator[Recorded]:
        """All events after a position, in order."""
        while found := await self._disk.read(partial(page, position=position)):
            for item in found:
                yield item
            position = found[-1].position

    async def spans(self, from_at: datetime) -> tuple[Span, ...]:
        """All spans that are open or end after an instant."""
        return await self._disk.read(partial(spans, from_at=from_at))

    async def subscriber(self, id: str) -> Subscriber | None:
        """One subscriber's record."""
        return await self._subscribers.one(id)

    async def subscribers_at(self, channel: str, address: str) -> dict[str, Subscriber]:
        """The records for an address on a channel, by page."""
        query = partial(subscribers.at, channel=channel, address=address)
        return await self._disk.read(query)

    async def subscribed(self) -> dict[str, int]:
        """How many confirmed subscribers each page has."""
        return await self._disk.read(subscribers.counts)

    async def erase(self, subscriber: str) -> None:
        """Delete the record, and the address from what was and is owed."""
        await self._disk.write(partial(subscribers.erase, id=subscriber), durable=True)


def recorded(
    position: int, subject: str, sequence: int, at: int, actor: str, type: str, version: int,
    data: str,
) -> Recorded:  # fmt: skip
    """The event in a row of `COLUMNS`."""
    event = decode(type, version, data.encode())
    return Recorded(position, subject, sequence, from_microseconds(at), actor, event)


def _append_all(database: Database, appends: Sequence[Append]) -> tuple[Recorded, ...]:
    return tuple(item for append in appends for item in _append(database, append))


def _append(database: Database, append: Append) -> list[Recorded]:
    _expect(database, append.subject, append.expected)
    written = [
        _write_event(database, append, append.expected + index + 1, index)
        for index in range(len(append.events))
    ]
    for cause, spans in append.spans.items():
        database.execute("DELETE FROM spans WHERE cause = ?", (cause,))
        _write_spans(database, cause, spans)
    for (cause, component), spans in append.component_spans.items():
        one = (cause, component)
        database.execute("DELETE FROM spans WHERE cause = ? AND component = ?", one)
        _write_spans(database, cause, spans)
    for previous, component in append.moved.items():
        _move(database, previous, component)
    if append.subscriber:
        subscribers.write(database, append.subscriber, written)
    return written


def _expect(database: Database, subject: str, expected: int) -> None:
    row = database.execute(
        "SELECT ifnull(max(sequence), 0) FROM events WHERE subject = ?", (subject,)
    ).fetchone()
    if row[0] != expected:
        raise SequenceConflict(f"{subject} is at {row[0]}, not at {expected}")


def _write_event(database: Database, append: Append, sequence: int, index: int) -> Recorded:
    event = append.events[index]
    name, version = shape(event)
    at = to_microseconds(append.at)
    position = database.execute(
        "INSERT INTO events (subject, sequence, at, type, version, actor, data)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (append.subject, sequence, at, name, version, append.actor, encode(event).decode()),
    ).lastrowid
    assert position is not None
    if index in append.told:
        database.execute("INSERT INTO fan_outs VALUES (?, '')", (position,))
    return Recorded(position, append.subject, sequence, append.at, append.actor, event)


def _write_spans(database: Database, cause: str, spans: Sequence[Span]) -> None:
    for span in spans:
        database.execute(
            "INSERT INTO spans (component, from_at, to_at, status, cause) VALUES (?, ?, ?, ?, ?)",
            (
                span.component,
                to_microseconds(span.from_at),
                maybe_microseconds(span.to_at),
                span.status,
                cause,
            ),
        )


def _move(database: Database, previous: str, component: str) -> None:
    """Spans and subscriptions go over; a period that we could not tell is named for its owner."""
    before, after = unknown_prefix(previous), unknown_prefix(component)
    database.execute(
        "UPDATE spans SET component = :new, cause = CASE WHEN substr(cause, 1, :length) = :before"
        " THEN :after || substr(cause, :length + 1) ELSE cause END WHERE component = :old",
        {
            "old": previous, "new": component,
            "before": before, "after": after, "length": len(before),
        },
    )  # fmt: skip
    subscribers.move(database, previous, component)


def page(database: Database, position: int) -> list[Recorded]:
    """The next events after a position."""
    rows = database.execute(
        f"SELECT {COLUMNS} FROM events WHERE position > ? ORDER BY position LIMIT ?",
        (position, PAGE),
    )
    return [recorded(*row) for row in rows]


def spans(database: Database, from_at: datetime) -> tuple[Span, ...]:
    """All spans that are open or end after an instant."""
    rows = database.execute(
        "SELECT component, from_at, to_at, status, cause FROM spans"
        " WHERE to_at IS NULL OR to_at > ? ORDER BY from_at, rowid",
        (to_microseconds(from_at),),
    )
    return tuple(_span(*row) for row in rows)


def _span(component: str, from_at: int, to_at: int | None, status: str, cause: str) -> Span:
    return Span(
        component,
        from_microseconds(from_at),
        maybe_instant(to_at),
        ComponentStatus(status),
        cause,
    )
