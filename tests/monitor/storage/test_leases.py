"""A lease ends with the process that took it; a delivery put off stays put off."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from incidents.events import Discarded
from incidents.ports import Append, DeliveryState, Recipient
from monitor.storage.sqlite import SqliteStore

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
LATER = AT + timedelta(minutes=1)


async def test_what_a_process_had_taken_is_due_at_once_when_the_next_one_starts(
    tmp_path: Path,
) -> None:
    path = tmp_path / "upfront.db"
    store = SqliteStore(path)
    await store.start()
    await owe(store, "taken", "put_off")
    taken, put_off = await store.outbox.lease(10, AT, LATER)
    await store.outbox.settle(put_off.id, DeliveryState.PENDING, AT, due_at=LATER)
    await store.close()

    store = SqliteStore(path)
    await store.start()
    again = await store.outbox.lease(10, AT, LATER)
    await store.close()
    assert [(one.id, one.key, one.attempts) for one in again] == [(taken.id, taken.key, 1)]


async def owe(store: SqliteStore, *recipients: str) -> None:
    """One event, owed to each of these."""
    append = Append("incident:one", 0, AT, "machine", (Discarded("a test"),), told=frozenset({0}))
    (event,) = await store.events.append([append])
    to = [Recipient(name, "mail", f"{name}@example.com", "en") for name in recipients]
    await store.outbox.expand(event.position, to, "", done=True, at=AT)
