"""Wait for an instant that something else may bring forward."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from checks.clock import Clock


async def wait_or_sleep(event: asyncio.Event, span: timedelta, clock: Clock) -> None:
    """Return once the event is set or the span has passed on the clock."""
    waits = {asyncio.ensure_future(event.wait()), asyncio.ensure_future(clock.sleep(span))}
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
        await asyncio.wait(waits)
