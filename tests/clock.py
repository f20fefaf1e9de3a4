"""A clock that stands still until a test moves it, and wakes sleepers in order when it does."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from datetime import UTC, datetime, timedelta

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
"""A Monday morning; where a fake clock stands unless told otherwise."""


class FakeClock:
    """Implements `checks.clock.Clock`, and `drift` and `reanchor` of `SystemClock`.

    `await clock.advance(span)` goes through every sleeper due within the span: time stands at
    that sleeper's instant while it runs, and whatever its waking sets off is done before time
    moves on. Work that waits for sockets or threads cannot be seen: await its outcome.
    """

    def __init__(self, at: datetime = START) -> None:
        self._anchor = at
        self._passed = timedelta(0)
        self._drift = timedelta(0)
        self._sleepers: list[tuple[timedelta, int, asyncio.Future[None]]] = []
        self._order = itertools.count()

    def now(self) -> datetime:
        return self._anchor + self._passed

    def monotonic(self) -> float:
        return 1000 + self._passed.total_seconds()

    async def sleep(self, span: timedelta) -> None:
        if span <= timedelta(0):
            await asyncio.sleep(0)
            return
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._passed + span, next(self._order), woken))
        await woken

    async def advance(self, span: timedelta) -> None:
        """Let that much time pass, waking sleepers in the order in which they are due."""
        until = self._passed + span
        await settle()
        while self._sleepers and self._sleepers[0][0] <= until:
            due, _, woken = heapq.heappop(self._sleepers)
            if not woken.done():
                self._passed = max(due, self._passed)
                woken.set_result(None)
                await settle()
        self._passed = until
        await settle()

    async def stall(self, span: timedelta) -> None:
        """Let time pass as if the process had been stopped: sleepers wake late, all at once."""
        self._passed += span
        await self.advance(timedelta(0))

    def step(self, span: timedelta) -> None:
        """Somebody sets the wall clock; the anchored time does not follow by itself."""
        self._drift += span

    def drift(self) -> timedelta:
        return self._drift

    def reanchor(self) -> timedelta:
        step, self._drift = self._drift, timedelta(0)
        self._anchor += step
        return step


async def settle() -> None:
    """Run everything that can run without time passing."""
    ready = getattr(asyncio.get_running_loop(), "_ready", None)
    if ready is None:  # uvloop: a number of turns must do
        for _ in range(200):
            await asyncio.sleep(0)
        return
    await asyncio.sleep(0)
    while ready:  # noqa: ASYNC110 - there is no event for "nothing left to run"
        await asyncio.sleep(0)
