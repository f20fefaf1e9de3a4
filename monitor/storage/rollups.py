"""Sum results into minutes, minutes into quarter-hours, quarter-hours into days.

Results are added up in memory and merged into `minutes` once a minute, together with the
position of the last one in: after a crash the rest is added up again from the raw results,
so none is lost or counted twice. A quarter-hour or day is summed once it is over, some series
at a time; `progress` holds the next instant and series. What comes in for one that is summed
already is merged there, too.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import NamedTuple

from sqlite_utils import Database

from checks.rollup import Rollup, Sketch
from monitor.storage.instants import from_microseconds, to_seconds
from monitor.storage.results import BASE, OUTCOMES, TENTHS_PER_SECOND, Book, Name
from monitor.storage.unwritten import MINUTE, Batch

QUARTER = 15 * MINUTE
DAY = 96 * QUARTER

LATE = 2 * MINUTE
"""How long a quarter-hour waits for results that are under way when it ends."""

SLICE_ROWS = 3_000
"""How many rows are summed in one transaction, so that other writes do not wait."""


class Level(NamedTuple):
    """A table of sums, the seconds that each row spans, and the table it is summed from."""

    table: str
    seconds: int
    source: str = ""
    source_seconds: int = 1


MINUTES = Level("minutes", MINUTE)
QUARTERS = Level("quarters", QUARTER, "minutes", MINUTE)
DAYS = Level("days", DAY, "quarters", QUARTER)


def unsummed(database: Database) -> Batch:
    """What the raw results hold beyond the tables, as after a crash."""
    batch = Batch(progress(database, "rollups")[0])
    rows = database.execute(
        "SELECT position, check_id, location, revision, results.at, code, latency"
        " FROM results JOIN series ON series.id = series WHERE position > ? ORDER BY position",
        (batch.position,),
    )
    for position, check, location, revision, at, code, tenths in rows:
        latency = None if tenths is None else tenths / TENTHS_PER_SECOND
        name = Name(check, location, revision)
        batch.add(name, from_microseconds(at, BASE), OUTCOMES[code % 4], latency)
        batch.position = position
    return batch


def merge_batch(database: Database, book: Book, batch: Batch) -> None:
    """Write a batch into the tables, once: its position says that it is in."""
    marks = {level: progress(database, level.table) for level in (QUARTERS, DAYS)}
    for (minute, name), rollup in batch.cells.items():
        series = book.number(database, name)
        _merge(database, MINUTES, minute, series, rollup)
        for level, mark in marks.items():
            at = minute - minute % level.seconds
            if (at, series) < mark:
                _merge(database, level, at, series, rollup)
    set_progress(database, "rollups", batch.position)


def sum_slice(database: Database, level: Level, now: datetime) -> bool:
    """Sum up some series of the oldest span that is over; whether there is more to do."""
    at, series = progress(database, level.table)
    at = at or _first(database, level)
    complete = _complete_until(database, level, now)
    if not at or at + level.seconds > complete:
        return False
    until = series + SLICE_ROWS * level.source_seconds // level.seconds
    # Instants one by one, so that each is a jump in the table and not a scan over all series.
    instants = list(range(at, at + level.seconds, level.source_seconds))
    rows = database.execute(
        f"SELECT series, {COUNTS}, sketch FROM json_each(?) CROSS JOIN {level.source} s"
        " ON s.at = value AND series >= ? AND series < ?",
        (json.dumps(instants), series, until),
    )
    sums: dict[int, Rollup] = {}
    for found, *counts in rows:
        sums.setdefault(found, Rollup()).merge(_rollup(*counts))
    for found, rollup in sums.items():
        _insert(database, level, at, found, rollup)
    if until <= database.execute("SELECT ifnull(max(id), 0) FROM series").fetchone()[0]:
        set_progress(database, level.table, at, until)
    else:
        set_progress(database, level.table, _next(database, level, at + level.seconds, complete))
    return True


def progress(database: Database, name: str) -> tuple[int, int]:
    """How far something has come."""
    row = database.execute("SELECT value, series FROM progress WHERE name = ?", (name,)).fetchone()
    return (row[0], row[1]) if row else (0, 0)


def set_progress(database: Database, name: str, value: int, series: int = 0) -> None:
    """Note how far something has come."""
    database.execute(
        "INSERT INTO progress (name, value, series) VALUES (?, ?, ?)"
        " ON CONFLICT (name) DO UPDATE SET value = excluded.value, series = excluded.series",
        (name, value, series),
    )


COUNTS = "passed, slow, failed, errors"


def _complete_until(database: Database, level: Level, now: datetime) -> int:
    """Up to when the source has all that it will have, but for stragglers."""
    if level is DAYS:
        return progress(database, QUARTERS.table)[0]
    return to_seconds(now) - LATE


def _first(database: Database, level: Level) -> int:
    at = database.execute(f"SELECT min(at) FROM {level.source}").fetchone()[0]
    return 0 if at is None else int(at - at % level.seconds)


def _next(database: Database, level: Level, at: int, complete: int) -> int:
    """The next span that anything is known of: those when nothing ran are skipped."""
    row = database.execute(f"SELECT min(at) FROM {level.source} WHERE at >= ?", (at,)).fetchone()
    found = complete if row[0] is None else min(row[0], complete)
    return max(at, found - found % level.seconds)


def _merge(database: Database, level: Level, at: int, series: int, rollup: Rollup) -> None:
    row = database.execute(
        f"SELECT {COUNTS}, sketch FROM {level.table} WHERE at = ? AND series = ?", (at, series)
    ).fetchone()
    if row:
        merged = _rollup(*row)
        merged.merge(rollup)
        rollup = merged
    _insert(database, level, at, series, rollup)


def _insert(database: Database, level: Level, at: int, series: int, rollup: Rollup) -> None:
    database.execute(
        f"INSERT OR REPLACE INTO {level.table} VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            at,
            series,
            rollup.passed,
            rollup.slow,
            rollup.failed,
            rollup.errors,
            tenths(rollup.latency.quantile(0.5)),
            tenths(rollup.latency.quantile(0.95)),
            rollup.latency.to_bytes(),
        ),
    )


def _rollup(passed: int, slow: int, failed: int, errors: int, sketch: bytes) -> Rollup:
    return Rollup(passed, slow, failed, errors, Sketch.from_bytes(sketch))


def tenths(seconds: float | None) -> int | None:
    """Seconds as the tables keep them."""
    return None if seconds is None else round(seconds * TENTHS_PER_SECOND)
