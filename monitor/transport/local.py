"""Scheduler, agents and pipeline in one process: a bounded queue each way."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence

from checks.model import ProbeRequest, Result

REQUESTS_AHEAD = 200
"""Requests that may wait at one location; what is due beyond that stays on the timetable."""

RESULTS_AHEAD = 10_000
"""Results that may wait for the pipeline before agents have to."""


class _Requests:
    """The queue of one location; a check stands in it once."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[ProbeRequest] = asyncio.Queue(REQUESTS_AHEAD)
        self._waiting: set[str] = set()

    def __len__(self) -> int:
        return len(self._waiting)

    async def put(self, request: ProbeRequest) -> None:
        if request.check in self._waiting:
            return
        self._waiting.add(request.check)
        try:
            await self._queue.put(request)
        except asyncio.CancelledError:
            self._waiting.discard(request.check)
            raise

    async def get(self) -> ProbeRequest:
        request = await self._queue.get()
        self._waiting.discard(request.check)
        return request


class LocalTransport:
    """Implements `monitor.ports.Transport` for one event loop."""

    def __init__(self) -> None:
        """Start with nothing under way."""
        self._requests: defaultdict[str, _Requests] = defaultdict(_Requests)
        self._results: asyncio.Queue[Result] = asyncio.Queue(RESULTS_AHEAD)

    async def request(self, request: ProbeRequest) -> None:
        """Queue a request at its location; waits while that queue is full."""
        await self._requests[request.location].put(request)

    async def next_request(self, location: str) -> ProbeRequest:
        """Take the oldest request of a location."""
        return await self._requests[location].get()

    async def answer(self, result: Result) -> None:
        """Queue a result; waits while that queue is full."""
        await self._results.put(result)

    async def results(self) -> Sequence[Result]:
        """Wait for one result, and take those that came with it."""
        batch = [await self._results.get()]
        while not self._results.empty():
            batch.append(self._results.get_nowait())
        return batch

    def backlog(self) -> int:
        """How many requests wait, over all locations."""
        return sum(map(len, self._requests.values()))
