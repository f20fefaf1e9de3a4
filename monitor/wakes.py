"""When each check asked to be woken: one instant a check, the latest wish counts."""

from __future__ import annotations

import heapq
from collections.abc import Collection
from datetime import datetime


class Wakes:
    """Pure bookkeeping; whoever owns it knows what time it is."""

    def __init__(self) -> None:
        """Start without any."""
        self._at: dict[str, datetime] = {}
        self._heap: list[tuple[datetime, str]] = []

    def __len__(self) -> int:
        """How many checks want to be woken."""
        return len(self._at)

    def wish(self, check: str, at: datetime) -> None:
        """Wake this check then, and no longer at the instant it named before."""
        self._at[check] = at
        heapq.heappush(self._heap, (at, check))

    def copy(self) -> Wakes:
        """The same once more, which later wishes do not change."""
        copied = Wakes()
        copied._at, copied._heap = self._at.copy(), self._heap.copy()
        return copied

    def keep(self, checks: Collection[str]) -> None:
        """Wake no others than these any more."""
        self._at = {check: at for check, at in self._at.items() if check in checks}
        self._heap = [(at, check) for check, at in self._at.items()]
        heapq.heapify(self._heap)

    def next_at(self) -> datetime | None:
        """The first instant that somebody is to be woken at."""
        while self._heap and self._at.get(self._heap[0][1]) != self._heap[0][0]:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def pop_due(self, now: datetime, limit: int | None = None) -> list[str]:
        """The checks to be woken by now, each once, those due longest first; so many at most."""
        due: list[str] = []
        while len(due) != limit and (at := self.next_at()) is not None and at <= now:
            check = heapq.heappop(self._heap)[1]
            del self._at[check]
            due.append(check)
        return due
