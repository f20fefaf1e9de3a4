"""How long each thing is kept, and its deletion in slices that hold up no other write."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial

from sqlite_utils import Database

from incidents.endpoints import UNVERIFIED_FOR, EndpointState
from incidents.subscriptions import FORGOTTEN_AFTER
from monitor.storage.disk import Disk
from monitor.storage.instants import to_microseconds, to_seconds
from monitor.storage.results import BASE, delete_before
from monitor.storage.rollups import DAYS, MINUTES, QUARTERS, Level, progress, sum_slice

RAW = timedelta(days=7)
KEPT = {
    MINUTES: timedelta(weeks=4),
    QUARTERS: timedelta(days=400),
    DAYS: timedelta(days=6 * 366),
}
DELIVERIES = timedelta(days=90)

SLICE_ROWS = 2_000


async def prune(disk: Disk, now: datetime) -> None:
    """Sum up what is over, then delete what is past its time."""
    for level in (QUARTERS, DAYS):
        while await disk.write(partial(sum_slice, level=level, now=now)):
            pass
    for delete in _deletions(now):
        while await disk.write(delete) == SLICE_ROWS:
            pass


def _deletions(now: datetime) -> Iterator[partial[int]]:
    yield partial(_recorded, table="results", cutoff=to_microseconds(now - RAW, BASE))
    yield partial(_recorded, table="signals", cutoff=to_microseconds(now - RAW))
    for level, span in KEPT.items():
        yield partial(_sums, level=level, cutoff=to_seconds(now - span))
    yield partial(_deliveries, cutoff=to_microseconds(now - DELIVERIES))
    yield partial(_subscribers, cutoff=to_microseconds(now - FORGOTTEN_AFTER))
    yield partial(_endpoints, cutoff=to_microseconds(now - UNVERIFIED_FOR))


def _recorded(database: Database, table: str, cutoff: int) -> int:
    return delete_before(database, table, cutoff, _folded(database), SLICE_ROWS)


def _folded(database: Database) -> int:
    """Up to where signals are in the rollups and, if any are kept, in the folds' states."""
    states = progress(database, "states")[0]
    sums = progress(database, "rollups")[0]
    return min(states, sums) if states else sums


def _sums(database: Database, level: Level, cutoff: int) -> int:
    return database.execute(
        f"DELETE FROM {level.table} WHERE (at, series) IN (SELECT at, series FROM {level.table}"
        " WHERE at < ? ORDER BY at, series LIMIT ?)",
        (cutoff, SLICE_ROWS),
    ).rowcount


def _deliveries(database: Database, cutoff: int) -> int:
    return database.execute(
        "DELETE FROM deliveries WHERE id IN (SELECT id FROM deliveries"
        " WHERE settled_at < ? ORDER BY settled_at LIMIT ?)",
        (cutoff, SLICE_ROWS),
    ).rowcount


def _subscribers(database: Database, cutoff: int) -> int:
    """Those who never confirmed or have left, with their addresses in what was sent."""
    rows = database.execute(
        "SELECT id FROM subscribers WHERE state != 'confirmed' AND created_at < ? LIMIT ?",
        (cutoff, SLICE_ROWS),
    ).fetchall()
    database.conn.executemany("UPDATE deliveries SET address = '' WHERE recipient = ?", rows)
    database.conn.executemany("DELETE FROM subscribers WHERE id = ?", rows)
    return len(rows)


def _endpoints(database: Database, cutoff: int) -> int:
    """Those whose challenge was never answered."""
    return database.execute(
        "DELETE FROM endpoints WHERE id IN (SELECT id FROM endpoints"
        " WHERE state = ? AND created_at < ? LIMIT ?)",
        (EndpointState.UNVERIFIED, cutoff, SLICE_ROWS),
    ).rowcount
