"""Sees what Upfront does, the way others could: its results, its log, its page."""

from __future__ import annotations

import asyncio
import html
from collections.abc import Callable, Sequence
from datetime import datetime

import aiohttp

from checks.clock import Clock
from checks.model import Outcome, Result
from incidents.events import Recorded
from incidents.ports import Signals

LOOK_EVERY_SECONDS = 0.05


class Missed(Exception):
    """Something that the story waits for did not come; says what."""


class Witness:
    """Waits for things to happen and says when they did."""

    def __init__(
        self, signals: Signals, client: aiohttp.ClientSession, page: str, clock: Clock,
        within_seconds: float = 30,
    ) -> None:  # fmt: skip
        """Read results from `signals` and the page over HTTP; wait no longer than so long."""
        self._signals = signals
        self._client = client
        self._page = page
        self._clock = clock
        self._within = within_seconds
        self._log: list[Recorded] = []
        self._moved = asyncio.Event()
        self._read_to = 0

    def follow(self, recorded: Sequence[Recorded]) -> None:
        """Take note of what was written; a listener of the journal."""
        self._log += recorded
        self._moved.set()
        self._moved = asyncio.Event()

    async def recorded(self, matches: Callable[[Recorded], bool], what: str) -> Recorded:
        """The first event that matches, written or still to come.

        Raises:
            Missed: It did not come in time.
        """
        try:
            async with asyncio.timeout(self._within):
                while True:
                    moved = self._moved
                    for one in self._log:
                        if matches(one):
                            return one
                    await moved.wait()
        except TimeoutError:
            raise Missed(what) from None

    async def mark(self) -> None:
        """Look only at results that come after this."""
        self._read_to = await self._signals.last_position()

    async def all_answered(self, checks: int) -> None:
        """Return once so many checks have a result.

        Raises:
            Missed: They had not in time.
        """
        seen: set[str] = set()

        def complete(result: Result) -> bool:
            seen.add(result.check)
            return len(seen) >= checks

        await self._result(complete, "the first result of each check")

    async def trouble(self, check: str) -> Result:
        """The next result of a check that does not pass.

        Raises:
            Missed: It did not come in time.
        """
        return await self._result(
            lambda result: result.check == check and result.outcome is not Outcome.PASS,
            f"a result of {check} that does not pass",
        )

    async def passing(self, check: str) -> Result:
        """The next result of a check that passes.

        Raises:
            Missed: It did not come in time.
        """
        return await self._result(
            lambda result: result.check == check and result.outcome is Outcome.PASS,
            f"a result of {check} that passes",
        )

    async def page_says(self, text: str, path: str = "/") -> datetime:
        """When the status page, or what is at that path of it, said this.

        Raises:
            Missed: It did not in time.
        """
        try:
            async with asyncio.timeout(self._within):
                while True:
                    if text in html.unescape(await self._read(path)):
                        return self._clock.now()
                    await asyncio.sleep(LOOK_EVERY_SECONDS)
        except TimeoutError:
            raise Missed(f"“{text}” at {path} of the page") from None

    async def _read(self, path: str) -> str:
        async with self._client.get(self._page + path) as answer:
            return await answer.text()

    async def _result(self, matches: Callable[[Result], bool], what: str) -> Result:
        """The first result that matches after the last one looked at, from where they are kept."""
        try:
            async with asyncio.timeout(self._within):
                while True:
                    async for positioned in self._signals.since(self._read_to):
                        self._read_to = positioned.position
                        if isinstance(positioned.signal, Result) and matches(positioned.signal):
                            return positioned.signal
                    await asyncio.sleep(LOOK_EVERY_SECONDS)
        except TimeoutError:
            raise Missed(what) from None
