"""Results summed up in memory, until they are merged into the tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from checks.model import Outcome, Result
from checks.rollup import Rollup
from incidents.signals import Positioned
from monitor.storage.instants import to_seconds
from monitor.storage.results import Name, name_of

MINUTE = 60

Cell = tuple[int, Name]
"""A minute, in seconds since 1970, and a series."""


Pending = tuple[int, str, int, Rollup]
"""A sum that may not be in the tables yet: position, check, minute."""


@dataclass(slots=True, eq=False)
class Batch:
    """Sums that are not in the tables yet, and the position of the last signal in them."""

    position: int = 0
    cells: dict[Cell, Rollup] = field(default_factory=dict)

    def add(self, name: Name, at: datetime, outcome: Outcome, latency: float | None) -> int:
        """Count one result; returns its minute."""
        seconds = to_seconds(at)
        minute = seconds - seconds % MINUTE
        cell = self.cells.get((minute, name))
        if cell is None:
            cell = self.cells[minute, name] = Rollup()
        cell.add(outcome, latency)
        return minute


class Unwritten:
    """The sums in memory: those that are growing, and those on their way to the tables."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._growing = Batch()
        self._leaving: list[Batch] = []
        self._newest = 0

    def resume(self, batch: Batch) -> None:
        """Go on from what the raw results held beyond the tables."""
        self._growing = batch

    def add(self, signals: Sequence[Positioned]) -> bool:
        """Count the results among the signals; whether a new minute began with one."""
        turned = False
        for item in signals:
            self._growing.position = item.position
            if isinstance(result := item.signal, Result):
                minute = self._growing.add(
                    name_of(result), result.at, result.outcome, result.latency_seconds
                )
                turned |= minute > self._newest
                self._newest = max(self._newest, minute)
        return turned

    def take(self) -> Batch:
        """All that has grown, to be written and then `left`."""
        batch = self._growing
        self._growing = Batch(batch.position)
        self._leaving.append(batch)
        return batch

    def left(self, batch: Batch) -> None:
        """The batch is in the tables."""
        self._leaving.remove(batch)

    def copy(self, checks: Iterable[str], from_at: datetime) -> list[Pending]:
        """The sums of these checks since an instant, as they are now."""
        growing, wanted, first = self._growing, frozenset(checks), to_seconds(from_at)
        return [
            # Only what still grows is copied: nothing is added to what is on its way.
            (batch.position, name.check, minute, rollup.copy() if batch is growing else rollup)
            for batch in (*self._leaving, growing)
            for (minute, name), rollup in batch.cells.items()
            if name.check in wanted and minute >= first
        ]
