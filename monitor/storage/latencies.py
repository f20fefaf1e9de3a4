"""Latency over time as pages ask for it: one query over rollups, whatever the number of checks."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import chain

from sqlite_utils import Database

from checks.rollup import LatencyPoint, Rollup, Sketch
from monitor.storage.disk import Disk
from monitor.storage.instants import from_seconds, to_seconds
from monitor.storage.results import TENTHS_PER_SECOND
from monitor.storage.rollups import DAY, DAYS, MINUTES, QUARTERS, Level, progress, tenths
from monitor.storage.unwritten import Pending, Unwritten

Points = Mapping[str, Sequence[LatencyPoint]]


class SqliteLatencies:
    """The port `Latencies` over the tables of sums and what is not in them yet."""

    def __init__(self, disk: Disk, unwritten: Unwritten) -> None:
        """Read from this file and from these sums in memory."""
        self._disk = disk
        self._unwritten = unwritten

    async def latency(self, checks: Sequence[str], from_at: datetime, step: timedelta) -> Points:
        """For each check, over all its locations, one point a step, oldest first."""
        # Copied before the tables are read: what gets there in between is told by position.
        pending = self._unwritten.copy(checks, from_at)
        query = partial(latency, checks=checks, from_at=from_at, step=step, pending=pending)
        return await self._disk.read(query)

    async def sketches(self, checks: Sequence[str], from_at: datetime) -> Mapping[str, Sketch]:
        """Of each check, all that was timed since then at all its locations."""
        pending = self._unwritten.copy(checks, from_at)
        query = partial(sketches, checks=checks, from_at=from_at, pending=pending)
        return await self._disk.read(query)


def latency(
    database: Database,
    checks: Sequence[str],
    from_at: datetime,
    step: timedelta,
    pending: Iterable[Pending],
) -> Points:
    """The latency of checks, of the tables and of sums that are `pending`, unless they are in."""
    table = _Table(to_seconds(from_at), max(1, int(step.total_seconds())))
    _fill(table, database, checks, pending)
    return table.points(checks)


def sketches(
    database: Database, checks: Sequence[str], from_at: datetime, pending: Iterable[Pending]
) -> Mapping[str, Sketch]:
    """All that was timed of checks, read as `latency` is."""
    table = _Table(to_seconds(from_at), DAY)
    _fill(table, database, checks, pending)
    return table.sketches()


def _fill(
    table: _Table, database: Database, checks: Sequence[str], pending: Iterable[Pending]
) -> None:
    for row in _rows(database, checks, table):
        table.add(row[0], row[1], row[2:])
    done = progress(database, "rollups")[0]
    for position, check, minute, rollup in pending:
        if position > done:
            table.add_rollup(check, minute, rollup)


_Row = tuple[str, int, int, int, int | None, int | None, bytes]
"""Check, instant, count, failed, p50 and p95 in tenths of a millisecond, sketch."""


def _rows(database: Database, checks: Sequence[str], table: _Table) -> Iterator[_Row]:
    for level, start, until in _plan(database, table):
        # Where nothing is kept yet, there is no use in a jump for each instant and series.
        start = _up(max(start, _oldest(database, level, until)), level.seconds)
        instants = range(start, until, level.seconds)
        if instants:
            yield from _level_rows(database, checks, level, instants)


def _oldest(database: Database, level: Level, otherwise: int) -> int:
    found = database.execute(f"SELECT min(at) FROM {level.table}").fetchone()[0]
    return otherwise if found is None else int(found)


def _plan(database: Database, table: _Table) -> Iterator[tuple[Level, int, int]]:
    """Which table to read for which stretch: the coarsest that a step allows, then finer."""
    start = table.start
    for level in (DAYS, QUARTERS):
        until = progress(database, level.table)[0]
        fits = table.step % level.seconds == 0 and (level is QUARTERS or start % DAY == 0)
        if fits and until > start:
            yield level, start, until
            start = until
    newest = database.execute("SELECT max(at) FROM minutes").fetchone()[0]
    if newest is not None:
        yield MINUTES, start, newest + MINUTES.seconds


def _level_rows(
    database: Database, checks: Sequence[str], level: Level, instants: Iterable[int]
) -> Iterator[_Row]:
    # Instants and series one by one: each pair is a jump in the table.
    return database.execute(
        "SELECT check_id, s.at, passed + slow + failed + errors, failed, p50, p95, sketch"
        " FROM json_each(?) AS instant"
        " CROSS JOIN (SELECT series.id AS number, check_id FROM series"
        "   WHERE check_id IN (SELECT value FROM json_each(?)))"
        f" CROSS JOIN {level.table} s ON s.at = instant.value AND s.series = number",
        (json.dumps(list(instants)), json.dumps(list(checks))),
    )


def _up(at: int, seconds: int) -> int:
    return at + -at % seconds


_Sums = tuple[int, int, int | None, int | None, bytes]
"""A row without check and instant."""


class _Table:
    """Rows by check and step."""

    def __init__(self, start: int, step: int) -> None:
        self.start = start
        self.step = step
        self._cells: dict[str, dict[int, list[_Sums]]] = {}
        self._last = -1

    def add(self, check: str, at: int, sums: _Sums) -> None:
        index = (at - self.start) // self.step
        cells = self._cells.setdefault(check, {})
        if index in cells:
            cells[index].append(sums)
        else:
            cells[index] = [sums]
            self._last = max(self._last, index)

    def add_rollup(self, check: str, at: int, rollup: Rollup) -> None:
        p50, p95 = (tenths(rollup.latency.quantile(share)) for share in (0.5, 0.95))
        sums = (rollup.count, rollup.failed, p50, p95, rollup.latency.to_bytes())
        self.add(check, at, sums)

    def points(self, checks: Sequence[str]) -> Points:
        """All points of all checks; the empty ones are shared."""
        blank = [
            LatencyPoint(from_seconds(self.start + index * self.step), None, None)
            for index in range(self._last + 1)
        ]
        return {check: self._points(check, blank) for check in checks}

    def sketches(self) -> Mapping[str, Sketch]:
        """All rows of each check that was timed as one."""
        found = {check: _merged(chain(*cells.values())) for check, cells in self._cells.items()}
        return {check: sketch for check, sketch in found.items() if sketch.count}

    def _points(self, check: str, blank: Sequence[LatencyPoint]) -> list[LatencyPoint]:
        points = list(blank)
        for index, rows in self._cells.get(check, {}).items():
            points[index] = _point(blank[index].at, rows)
        return points


def _point(at: datetime, rows: Sequence[_Sums]) -> LatencyPoint:
    """A single row is taken as it is, several are merged."""
    if len(rows) == 1:
        count, failed, p50, p95, _ = rows[0]
        return LatencyPoint(at, _seconds(p50), _seconds(p95), count, failed)
    merged = _merged(rows)
    count, failed = sum(row[0] for row in rows), sum(row[1] for row in rows)
    return LatencyPoint(at, merged.quantile(0.5), merged.quantile(0.95), count, failed)


def _merged(rows: Iterable[_Sums]) -> Sketch:
    merged = Sketch()
    for row in rows:
        merged.merge(Sketch.from_bytes(row[4]))
    return merged


def _seconds(number: int | None) -> float | None:
    return None if number is None else number / TENTHS_PER_SECOND
