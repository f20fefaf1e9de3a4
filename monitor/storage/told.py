"""The database as a copy of the pages is made from it, by a connection that cannot write."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from pathlib import Path

from checks.rollup import LatencyPoint, Sketch
from incidents.events import Recorded
from incidents.model import Span
from incidents.ports import FoldState
from incidents.signals import Positioned
from monitor.storage import events, latencies, results
from monitor.storage.opening import open_read_only
from monitor.storage.readers import one_state
from monitor.storage.rollups import progress, unsummed
from monitor.storage.signals import PAGE, kept_states
from monitor.storage.unwritten import Unwritten


class SqliteTold:
    """The port `Told`. Each call sees what was committed when it began."""

    def __init__(self, path: Path) -> None:
        """Open the file.

        Raises:
            StorageError: There is none, it is not ours, or it cannot be read.
        """
        self._path = path
        self._database = open_read_only(path)
        self._summed_to = -1
        self._unwritten = Unwritten()

    def position(self) -> int:
        """The event log's position."""
        with self._reading():
            row = self._database.execute("SELECT ifnull(max(position), 0) FROM events").fetchone()
        return int(row[0])

    def events(self, position: int) -> Iterator[Recorded]:
        """The events after a position, in order."""
        found = self._events_after(position)
        while found:
            yield from found
            found = self._events_after(found[-1].position)

    def states(self) -> tuple[int, Sequence[FoldState]]:
        """The states of the folds and the position that they hold everything up to."""
        with self._reading():
            return kept_states(self._database)

    def signals(self, position: int) -> Iterator[Positioned]:
        """The signals after a position, in order."""
        found = self._signals_after(position)
        while found:
            yield from found
            found = self._signals_after(found[-1].position)

    def spans(self, from_at: datetime) -> Sequence[Span]:
        """All spans that are open or end after an instant."""
        with self._reading():
            return events.spans(self._database, from_at)

    def latency(
        self, checks: Sequence[str], from_at: datetime, step: timedelta
    ) -> Mapping[str, Sequence[LatencyPoint]]:
        """For each check, over all its locations, one point a step, oldest first."""
        with self._reading():
            pending = self._pending().copy(checks, from_at)
            return latencies.latency(self._database, checks, from_at, step, pending)

    def sketches(self, checks: Sequence[str], from_at: datetime) -> Mapping[str, Sketch]:
        """Of each check, all that was timed since then at all its locations."""
        with self._reading():
            pending = self._pending().copy(checks, from_at)
            return latencies.sketches(self._database, checks, from_at, pending)

    def close(self) -> None:
        """Close the connection."""
        self._database.close()

    def _events_after(self, position: int) -> list[Recorded]:
        with self._reading():
            return events.page(self._database, position)

    def _signals_after(self, position: int) -> list[Positioned]:
        with self._reading():
            return results.page(self._database, position, PAGE)

    def _pending(self) -> Unwritten:
        """What the service has added up and not written yet, from the raw results."""
        summed_to = progress(self._database, "rollups")[0]
        if summed_to != self._summed_to:
            self._unwritten, self._summed_to = Unwritten(), summed_to
            self._unwritten.resume(unsummed(self._database))
        return self._unwritten

    def _reading(self) -> AbstractContextManager[None]:
        return one_state(self._database, self._path)
