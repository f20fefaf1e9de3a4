"""The one reader of the clock: wall time anchored to the monotonic clock."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the time and waits. Everything that needs "now" is handed one."""

    def now(self) -> datetime:
        """The present instant, in UTC; never runs backwards."""
        ...

    def monotonic(self) -> float:
        """Seconds since an arbitrary start, for measuring spans."""
        ...

    async def sleep(self, span: timedelta) -> None:
        """Wait that long, at least one turn of the loop."""
        ...


class SystemClock:
    """Wall time as it was at an anchor, carried on by the monotonic clock.

    A step of the wall clock therefore moves nothing until `reanchor` is called.
    """

    def __init__(self) -> None:
        """Anchor to the wall clock as it stands."""
        self._wall = datetime.now(UTC)
        self._mark = time.monotonic()

    def now(self) -> datetime:
        """The anchored instant plus what has passed since."""
        return self._wall + timedelta(seconds=time.monotonic() - self._mark)

    def monotonic(self) -> float:
        """The system's monotonic clock, in seconds."""
        return time.monotonic()

    async def sleep(self, span: timedelta) -> None:
        """Wait that long; a span in the past still yields once."""
        await asyncio.sleep(max(0.0, span.total_seconds()))

    def drift(self) -> timedelta:
        """How far the wall clock has moved away from the anchored time; positive: ahead."""
        return datetime.now(UTC) - self.now()

    def reanchor(self) -> timedelta:
        """Take over the wall clock as it stands; returns the step that this made."""
        step = self.drift()
        self._wall += step
        return step
