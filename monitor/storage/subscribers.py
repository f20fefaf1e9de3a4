"""The records of subscribers: one for each channel, address and page."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

import msgspec
from sqlite_utils import Database

from incidents.events import Recorded
from incidents.model import Subscriber, SubscriberState
from incidents.ports import SequenceConflict
from monitor.storage.instants import from_microseconds, to_microseconds

COLUMNS = "id, channel, address, created_at, state, components, language, confirmed_position, page"


def of_row(row: Sequence[object]) -> Subscriber:
    """The subscriber in a row of `COLUMNS`."""
    values = dict(zip(COLUMNS.split(", "), row, strict=True))
    values["created_at"] = from_microseconds(int(str(values["created_at"])))
    values["state"] = SubscriberState(str(values["state"]))
    values["components"] = msgspec.json.decode(str(values["components"]), type=tuple[str, ...])
    return msgspec.convert(values, Subscriber)


def find(database: Database, ids: Sequence[str]) -> dict[str, Subscriber]:
    """Those with these ids, by id."""
    rows = database.execute(
        f"SELECT {COLUMNS} FROM subscribers WHERE id IN (SELECT value FROM json_each(?))",
        (msgspec.json.encode(ids).decode(),),
    )
    return {row[0]: of_row(row) for row in rows}


def at(database: Database, channel: str, address: str) -> dict[str, Subscriber]:
    """Those of an address on a channel, by page."""
    rows = database.execute(
        f"SELECT {COLUMNS} FROM subscribers WHERE channel = ? AND address = ?", (channel, address)
    )
    found = [of_row(row) for row in rows]
    return {one.page: one for one in found}


def after(database: Database, cursor: str, limit: int, before: int) -> tuple[Subscriber, ...]:
    """Confirmed ones by id after a cursor, confirmed before a position."""
    rows = database.execute(
        f"SELECT {COLUMNS} FROM subscribers WHERE id > ? AND state = 'confirmed'"
        " AND confirmed_position < ? ORDER BY id LIMIT ?",
        (cursor, before, limit),
    )
    return tuple(of_row(row) for row in rows)


def counts(database: Database) -> dict[str, int]:
    """How many confirmed ones each page has."""
    rows = database.execute(
        "SELECT page, count(*) FROM subscribers WHERE state = 'confirmed' GROUP BY page"
    )
    return dict(rows.fetchall())


def write(database: Database, subscriber: Subscriber, written: Sequence[Recorded]) -> None:
    """Write a record with the events `written` about it.

    Raises:
        SequenceConflict: Another record has the address.
    """
    position = subscriber.confirmed_position
    if position is None and subscriber.state is SubscriberState.CONFIRMED and written:
        position = written[-1].position
    row = (
        subscriber.id,
        subscriber.channel,
        subscriber.address,
        to_microseconds(subscriber.created_at),
        subscriber.state,
        msgspec.json.encode(subscriber.components).decode(),
        subscriber.language,
        position,
        subscriber.page,
    )
    try:
        database.execute(
            f"INSERT INTO subscribers ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (id) DO UPDATE SET channel = excluded.channel,"
            " address = excluded.address, state = excluded.state,"
            " components = excluded.components, language = excluded.language,"
            " confirmed_position = excluded.confirmed_position, page = excluded.page",
            row,
        )
    except sqlite3.IntegrityError:
        raise SequenceConflict(f"the address of {subscriber.id} has a record already") from None


def move(database: Database, previous: str, component: str) -> None:
    """Have those of a component subscribed to it under the id that it has now."""
    database.execute(
        "UPDATE subscribers SET components = replace(components, ?, ?)",
        (f'"{previous}"', f'"{component}"'),
    )


def erase(database: Database, id: str) -> None:
    """Delete a record, and the address from what was and is owed."""
    database.execute("DELETE FROM subscribers WHERE id = ?", (id,))
    database.execute("UPDATE deliveries SET address = '' WHERE recipient = ?", (id,))
    database.execute(
        "UPDATE deliveries SET state = 'dropped', settled_at = due_at"
        " WHERE recipient = ? AND state = 'pending'",
        (id,),
    )
