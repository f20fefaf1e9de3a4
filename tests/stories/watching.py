"""What a running service holds of a check, and what it has opened, as seen from outside."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable

from tests.service import Service

HEALTHY, FAILING, UNKNOWN = 0.0, 3.0, -1.0
WITHIN_SECONDS = 20.0


async def verdict(running: Service, check: str) -> float:
    _, text = await running.ask("/metrics", internal=True)
    start = f'upfront_check_verdict{{check="{check}"'
    [line] = [line for line in text.splitlines() if line.startswith(start)]
    return float(line.rpartition(" ")[2])


async def comes(holds: Callable[[], Awaitable[bool]]) -> None:
    """Return once it holds.

    Raises:
        TimeoutError: It does not come to hold.
    """
    async with asyncio.timeout(WITHIN_SECONDS):
        while not await holds():  # noqa: ASYNC110 - it happens in another process
            await asyncio.sleep(0.05)


async def is_judged(running: Service, check: str, code: float) -> None:
    """Return once that is held of a check; metrics are a moment behind."""

    async def holds() -> bool:
        return await verdict(running, check) == code

    await comes(holds)


async def incidents(running: Service) -> list[dict[str, str]]:
    """What is told of them; nothing while there are no fresh results, as after a slow start."""
    _, text = await running.ask("/api/v2/incidents.json")
    found: list[dict[str, str]] = json.loads(text).get("incidents", [])
    return found
