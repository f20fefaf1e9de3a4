"""The database as commands read it beside a running service: by a connection that cannot write."""

from __future__ import annotations

import heapq
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from operator import attrgetter
from pathlib import Path

from incidents.events import Recorded
from incidents.signals import Positioned
from monitor.archive import Slice
from monitor.storage import events, results
from monitor.storage.instants import from_microseconds, to_microseconds
from monitor.storage.opening import open_read_only
from monitor.storage.troubles import explained

SLICE = 200_000
"""Positions that are read at once."""

_AROUND = timedelta(minutes=15)
"""Positions are nearly in the order of time; results that came late are this far off at most."""


class SqliteArchive:
    """The port `Archive`. Each call sees what was committed when it began."""

    def __init__(self, path: Path) -> None:
        """Open the file.

        Raises:
            StorageError: There is none, it is not ours, or it cannot be read.
        """
        self._path = path
        self._database = open_read_only(path)

    def span(self) -> tuple[datetime, datetime] | None:
        """From when to when there are results."""
        with self._explaining():
            ends = [
                self._database.execute(
                    f"SELECT at FROM results ORDER BY position {order} LIMIT 1"
                ).fetchone()
                for order in ("ASC", "DESC")
            ]
        if ends[0] is None:
            return None
        first, last = (from_microseconds(end[0], results.BASE) for end in ends)
        return first, last

    def checks(self) -> frozenset[str]:
        """The ids that there are or were results of."""
        with self._explaining():
            rows = self._database.execute("SELECT DISTINCT check_id FROM series").fetchall()
        return frozenset(str(row[0]) for row in rows)

    def size(self, from_at: datetime, until: datetime) -> int:
        """Positions in that time; ticks left some of them out."""
        first, last = self._positions(from_at, until)
        return max(0, last - first)

    def signals(
        self, from_at: datetime, until: datetime, checks: Collection[str] | None = None
    ) -> Iterator[Positioned]:
        """Signals of that time in the order they were folded in, without ticks."""
        for found in self.slices(from_at, until, checks):
            unpacked = (Positioned(line[0], found.result(line)) for line in found.lines)
            yield from heapq.merge(unpacked, found.others, key=attrgetter("position"))

    def slices(
        self, from_at: datetime, until: datetime, checks: Collection[str] | None = None
    ) -> Iterator[Slice]:
        """The same, with the results as they are packed."""
        first, last = self._positions(from_at, until)
        wanted = None if checks is None else tuple(checks)
        # Slice by slice: a reader that stays would keep the service's log file from shrinking.
        for start in range(first, last, SLICE):
            end = min(start + SLICE, last) - 1
            with self._explaining():
                found = self._slice(start, end, wanted)
            yield found

    def _slice(self, first: int, last: int, checks: Sequence[str] | None) -> Slice:
        lines = results.lines(self._database, first, last, checks)
        names = results.names(self._database)
        return Slice(
            last - first + 1,
            lines,
            results.others(self._database, first, last),
            names,
            lambda line: results.unpacked(line, names[line[1]]),
        )

    def events(self) -> Iterator[Recorded]:
        """The whole event log, in order."""
        with self._explaining():
            rows = self._database.execute(
                f"SELECT {events.COLUMNS} FROM events ORDER BY position"
            ).fetchall()
        return (events.recorded(*row) for row in rows)

    def close(self) -> None:
        """Close the connection."""
        self._database.close()

    def _positions(self, from_at: datetime, until: datetime) -> tuple[int, int]:
        """The positions around that time, found by halving, as time has no index."""
        with self._explaining():
            found = [self._first_from(from_at - _AROUND), self._first_from(until + _AROUND)]
        return found[0], found[1]

    def _first_from(self, at: datetime) -> int:
        sought = to_microseconds(at, results.BASE)
        low, high = self._database.execute(
            "SELECT ifnull(min(position), 0), ifnull(max(position), 0) + 1 FROM results"
        ).fetchone()
        while low < high:
            middle = (low + high) // 2
            row = self._database.execute(
                "SELECT position, at FROM results WHERE position >= ? ORDER BY position LIMIT 1",
                (middle,),
            ).fetchone()
            if row is None or row[1] >= sought:
                high = middle
            else:
                low = row[0] + 1
        return int(low)

    @contextmanager
    def _explaining(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise explained(error, self._path) from error
