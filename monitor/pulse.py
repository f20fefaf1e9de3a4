"""Our own beats, sent to our own public address: what does not get through there, nobody's does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta

import aiohttp
import structlog

from checks.clock import Clock
from checks.model import Check
from monitor.waiting import wait_or_sleep

LONGEST_WAIT = timedelta(minutes=1)
AGAIN_AFTER = timedelta(seconds=10)
"""How soon a beat that did not get through is sent again."""
_PATIENCE = aiohttp.ClientTimeout(total=10)
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]"}  # noqa: S104 - not bound, but reached

log = structlog.get_logger(__name__)


def loopback(listening: str) -> str:
    """How we reach ourselves, from the address that we listen on."""
    host, _, port = listening.rpartition(":")
    return f"http://{_EVERYWHERE.get(host, host)}:{port}"


class Pulse:
    """Sends the beats of those checks that are our own, each when it is due."""

    def __init__(self, url_of: Callable[[Check], str], clock: Clock) -> None:
        """Start with none; `url_of` says where to report to a check."""
        self._url_of = url_of
        self._clock = clock
        self._checks: Mapping[str, Check] = {}
        self._due_at: dict[str, datetime] = {}
        self._replaced = asyncio.Event()

    def replace(self, checks: Iterable[Check]) -> None:
        """Send for these checks; those that are new are sent for at once."""
        now = self._clock.now()
        self._checks = {check.id: check for check in checks if _next_at(check, now)}
        self._due_at = {
            check.id: min(self._due_at.get(check.id, now), _next_at(check, now) or now)
            for check in self._checks.values()
        }
        self._replaced.set()

    async def run(self) -> None:
        """Go on until cancelled."""
        while True:
            for check in self._due():
                await self._send(check)
            self._replaced.clear()
            now = self._clock.now()
            due_at = min((self._due_at[id] for id in self._checks), default=now + LONGEST_WAIT)
            span = min(due_at - now, LONGEST_WAIT)
            if span > timedelta(0):
                await wait_or_sleep(self._replaced, span, self._clock)

    def _due(self) -> list[Check]:
        now = self._clock.now()
        return [check for check in self._checks.values() if self._due_at[check.id] <= now]

    async def _send(self, check: Check) -> None:
        """Report once; where that goes on to fail, that no beat came is found like anybody's."""
        now = self._clock.now()
        self._due_at[check.id] = _next_at(check, now) or now + LONGEST_WAIT
        try:
            async with (
                aiohttp.ClientSession(timeout=_PATIENCE) as client,
                client.post(self._url_of(check)) as answer,
            ):
                answer.raise_for_status()
        except (aiohttp.ClientError, TimeoutError) as error:
            log.warning("our own beat did not get through", check=check.id, error=repr(error))
            self._due_at[check.id] = min(self._due_at[check.id], now + AGAIN_AFTER)


def _next_at(check: Check, after: datetime) -> datetime | None:
    pushed = check.kind.pushed
    return pushed.sends_at(check.options, after) if pushed else None
