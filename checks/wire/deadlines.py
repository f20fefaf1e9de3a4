"""Deadlines of many probes with one timer, since a timer of the loop for each costs a tenth."""

from __future__ import annotations

import asyncio
import itertools
from heapq import heappop, heappush
from types import TracebackType


class Deadlines:
    """Cancels tasks at their deadlines. Belongs to one loop."""

    def __init__(self) -> None:
        """Nothing is due."""
        self._due: list[tuple[float, int, Deadline]] = []
        self._order = itertools.count()
        self._timer: asyncio.TimerHandle | None = None

    def add(self, deadline: Deadline) -> None:
        """Cancel that task when its time comes, if it has not left by then."""
        heappush(self._due, (deadline.at, next(self._order), deadline))
        if self._timer is None or deadline.at < self._timer.when():
            self._wind()

    def _wind(self) -> None:
        if self._timer:
            self._timer.cancel()
        loop = asyncio.get_running_loop()
        self._timer = loop.call_at(self._due[0][0], self._ring) if self._due else None

    def _ring(self) -> None:
        now = asyncio.get_running_loop().time()
        while self._due and (self._due[0][0] <= now or self._due[0][2].left):
            heappop(self._due)[2].expire()
        self._wind()


class Deadline:
    """A block that ends with TimeoutError at that time of the loop, like `asyncio.timeout_at`."""

    __slots__ = ("_cancelling", "_deadlines", "_expired", "_task", "at")

    def __init__(self, deadlines: Deadlines, at: float) -> None:
        """Runs from entering the block."""
        self.at = at
        self._deadlines = deadlines
        self._expired = False
        self._task: asyncio.Task[object] | None = None
        self._cancelling = 0

    @property
    def left(self) -> bool:
        """Whether the block has been left."""
        return self._task is None

    def expire(self) -> None:
        """Cancel the task, if it is still in the block."""
        if self._task:
            self._expired = True
            self._task.cancel()

    def __enter__(self) -> None:
        self._task = asyncio.current_task()
        assert self._task
        self._cancelling = self._task.cancelling()
        self._deadlines.add(self)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        raised: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        task, self._task = self._task, None
        if not self._expired or task is None or task.uncancel() > self._cancelling:
            return  # Someone else cancelled too: that goes on.
        if kind is not None and issubclass(kind, asyncio.CancelledError):
            raise TimeoutError from raised
