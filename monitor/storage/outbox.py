"""The ledger of what is owed to whom and what was sent."""

from __future__ import annotations

from collections.abc import Collection, Sequence, Set
from datetime import datetime
from functools import partial

from sqlite_utils import Database

from incidents.ids import stable_id
from incidents.model import Subscriber
from incidents.ports import Delivery, DeliveryState, FanOut, Recipient
from monitor.storage import subscribers
from monitor.storage.disk import Disk
from monitor.storage.events import COLUMNS, recorded
from monitor.storage.instants import from_microseconds, maybe_instant, to_microseconds


class SqliteOutbox:
    """The port `Outbox`."""

    def __init__(self, disk: Disk) -> None:
        """Write to this file."""
        self._disk = disk

    async def resume(self) -> None:
        """End the leases of the process that had the file before: it sends no more."""
        await self._disk.write(_end_leases, durable=True)

    async def fan_outs(self, limit: int) -> tuple[FanOut, ...]:
        """Events not yet expanded to the end, oldest first."""
        return await self._disk.read(partial(_fan_outs, limit=limit))

    async def subscribers_after(
        self, cursor: str, limit: int, *, before: int
    ) -> tuple[Subscriber, ...]:
        """Confirmed subscribers by id after a cursor, confirmed before a position."""
        query = partial(subscribers.after, cursor=cursor, limit=limit, before=before)
        return await self._disk.read(query)

    async def expand(
        self, event_position: int, recipients: Sequence[Recipient], cursor: str, *, done: bool,
        at: datetime,
    ) -> None:  # fmt: skip
        """Write one delivery for each recipient, and how far the expansion is."""
        owed = [_owed(event_position, recipient, at) for recipient in recipients]

        def work(database: Database) -> None:
            database.conn.executemany(_OWE, owed)
            if done:
                database.execute("DELETE FROM fan_outs WHERE event_position = ?", (event_position,))
            else:
                database.execute(
                    "UPDATE fan_outs SET cursor = ? WHERE event_position = ?",
                    (cursor, event_position),
                )

        await self._disk.write(work, durable=True)

    async def lease(
        self, limit: int, at: datetime, until: datetime, *, skip: Collection[str] = ()
    ) -> tuple[Delivery, ...]:
        """Take due deliveries; they are due again at `until` unless settled before."""
        work = partial(
            _lease,
            limit=limit,
            at=to_microseconds(at),
            until=to_microseconds(until),
            skip=frozenset(skip),
        )
        return await self._disk.write(work, durable=True)

    async def settle(
        self, delivery: int, state: DeliveryState, at: datetime, *,
        due_at: datetime | None = None, error: str = "",
    ) -> None:  # fmt: skip
        """Record what came of an attempt; what is final stays so."""
        again = state is DeliveryState.PENDING
        values = (
            state,
            to_microseconds(due_at or at),
            None if again else to_microseconds(at),
            error,
            delivery,
        )

        def work(database: Database) -> None:
            database.execute(
                "UPDATE deliveries"
                " SET state = ?, due_at = ?, leased = 0, settled_at = ?, error = ?"
                " WHERE id = ? AND state = 'pending'",
                values,
            )

        await self._disk.write(work, durable=True)

    async def pending(self) -> tuple[int, datetime | None]:
        """How many deliveries are owed, and since when the oldest, or an unexpanded event."""
        return await self._disk.read(_pending)


_OWE = """
    INSERT INTO deliveries
        (recipient, channel, event_position, address, language, key, state, attempts, owed_at,
         due_at, error)
    VALUES (?, ?, ?, ?, ?, ?, 'pending', 0, ?, ?, '')
    ON CONFLICT DO NOTHING"""


def _owed(event_position: int, recipient: Recipient, at: datetime) -> tuple[object, ...]:
    key = stable_id("delivery", str(event_position), recipient.id, recipient.channel)
    owed_at = to_microseconds(at)
    return (
        recipient.id,
        recipient.channel,
        event_position,
        recipient.address,
        recipient.language,
        key,
        owed_at,
        owed_at,
    )


def _fan_outs(database: Database, limit: int) -> tuple[FanOut, ...]:
    rows = database.execute(
        f"SELECT cursor, {COLUMNS} FROM fan_outs JOIN events ON position = event_position"
        " ORDER BY position LIMIT ?",
        (limit,),
    )
    return tuple(FanOut(recorded(*row), cursor) for cursor, *row in rows)


# Each step is one jump in the index, however many deliveries there are.
_CHANNELS = """
    WITH RECURSIVE found (channel) AS (
        SELECT min(channel) FROM deliveries WHERE state = 'pending'
        UNION ALL
        SELECT (SELECT min(channel) FROM deliveries
                WHERE state = 'pending' AND deliveries.channel > found.channel)
        FROM found WHERE found.channel IS NOT NULL)
    SELECT channel FROM found WHERE channel IS NOT NULL"""

_DUE = """
    SELECT id, event_position, recipient, channel, address, language, key, attempts, due_at
    FROM deliveries WHERE state = 'pending' AND channel = ? AND due_at <= ?
    ORDER BY due_at, owed_at LIMIT ?"""


def _lease(
    database: Database, limit: int, at: int, until: int, skip: Set[str]
) -> tuple[Delivery, ...]:
    due = [
        row
        for (channel,) in database.execute(_CHANNELS).fetchall()
        if channel not in skip
        for row in database.execute(_DUE, (channel, at, limit))
    ]
    taken = [_delivery(*row) for row in due]
    taken.sort(key=lambda delivery: (delivery.due_at, delivery.id))
    del taken[limit:]
    database.conn.executemany(
        "UPDATE deliveries SET due_at = ?, leased = 1, attempts = attempts + 1 WHERE id = ?",
        [(until, delivery.id) for delivery in taken],
    )
    return tuple(taken)


def _end_leases(database: Database) -> None:
    database.execute(
        "UPDATE deliveries SET due_at = owed_at, leased = 0 WHERE state = 'pending' AND leased"
    )


def _delivery(
    id: int, event_position: int, recipient: str, channel: str, address: str, language: str,
    key: str, attempts: int, due_at: int,
) -> Delivery:  # fmt: skip
    to = Recipient(recipient, channel, address, language)
    return Delivery(id, event_position, to, key, attempts, from_microseconds(due_at))


def _pending(database: Database) -> tuple[int, datetime | None]:
    count, owed_at = database.execute(
        "SELECT count(*), min(owed_at) FROM deliveries WHERE state = 'pending'"
    ).fetchone()
    unexpanded_at = database.execute(
        "SELECT at FROM fan_outs JOIN events ON position = event_position ORDER BY position LIMIT 1"
    ).fetchone()
    instants = [at for at in (owed_at, unexpanded_at and unexpanded_at[0]) if at is not None]
    return count, maybe_instant(min(instants, default=None))
