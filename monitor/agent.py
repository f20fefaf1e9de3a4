"""What probes at a location: pulls requests, runs the probes, hands the results back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from urllib.parse import urlsplit

import structlog

from checks.clock import Clock
from checks.meter import SILENT, Meter
from checks.model import Check, Outcome, ProbeRequest, Result
from monitor.ports import Probe, Transport

PROBES_AT_ONCE = 500
"""Bounds open connections, and stays below the usual limit of 1,024 open files."""

PROBES_PER_HOST = 50
"""A host that answers slowly takes up no more of the agent, and is itself spared."""

_OVERRUN = timedelta(seconds=1)

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Lane:
    """The probes of one host: how many run, and those that wait for one of them to end.

    A check waits in it once, so it cannot outgrow the configuration.
    """

    running: int = 0
    waiting: dict[str, ProbeRequest] = field(default_factory=dict)

    def next(self) -> ProbeRequest | None:
        """The one that has waited longest."""
        return self.waiting.pop(next(iter(self.waiting))) if self.waiting else None


class Agent:
    """Probes at some locations, bounded overall and for each host.

    Requests for a busy host wait in its lane and hold no place among the running probes;
    only when every place is taken does the agent stop pulling.
    """

    def __init__(
        self,
        locations: Collection[str],
        check: Callable[[str], Check | None],
        transport: Transport,
        probe: Probe,
        clock: Clock,
        meter: Meter = SILENT,
        *,
        at_once: int = PROBES_AT_ONCE,
        per_host: int = PROBES_PER_HOST,
    ) -> None:
        """Take the locations, and how to find a check as it is configured now (None: gone)."""
        self._served: set[str] = set()
        self._arrivals: asyncio.Queue[str] = asyncio.Queue()
        self._check = check
        self._transport = transport
        self._probe = probe
        self._clock = clock
        self._meter = meter
        self._places = asyncio.Semaphore(at_once)
        self._per_host = per_host
        self._lanes: dict[str, _Lane] = {}
        self.serve(locations)

    def serve(self, locations: Collection[str]) -> None:
        """Probe at these locations, too; for one that is no more, nothing is asked."""
        for location in locations:
            if location not in self._served:
                self._served.add(location)
                self._arrivals.put_nowait(location)

    async def run(self) -> None:
        """Probe until cancelled; the probes under way are cancelled, too."""
        async with asyncio.TaskGroup() as group:
            while True:
                location = await self._arrivals.get()
                group.create_task(self._pull(location, group))

    def backlog(self) -> int:
        """How many requests wait for another probe of the same host to end."""
        return sum(len(lane.waiting) for lane in self._lanes.values())

    async def _pull(self, location: str, group: asyncio.TaskGroup) -> None:
        while True:
            request = await self._transport.next_request(location)
            if (check := self._check(request.check)) is None:
                continue
            host = _host(check.kind.target(check.options))
            lane = self._lanes.setdefault(host, _Lane())
            if lane.running >= self._per_host:
                lane.waiting.setdefault(f"{location} {check.id}", request)
                continue
            lane.running += 1
            await self._places.acquire()
            group.create_task(self._work(host, lane, request))

    async def _work(self, host: str, lane: _Lane, first: ProbeRequest) -> None:
        """Probe, and go on with what waits for the same host, in the same place."""
        request: ProbeRequest | None = first
        try:
            while request:
                await self._answer(request)
                request = lane.next()
        finally:
            self._places.release()
            lane.running -= 1
            if not lane.running:
                del self._lanes[host]

    async def _answer(self, request: ProbeRequest) -> None:
        check = self._check(request.check)
        if check is None:
            return
        began = self._clock.monotonic()
        result = await self._probe_in_time(check, request)
        took = self._clock.monotonic() - began
        self._meter.observe("upfront_probe_duration_seconds", took, kind=check.kind.name)
        if self._check(request.check) is not None:
            await self._transport.answer(result)

    async def _probe_in_time(self, check: Check, request: ProbeRequest) -> Result:
        """Run the probe; if it breaks its contract, that costs one result and nothing else."""
        at = self._clock.now()
        try:
            async with asyncio.timeout((request.timeout + _OVERRUN).total_seconds()):
                return await self._probe(check, request)
        except Exception:
            log.exception("a probe broke off", check=check.id, kind=check.kind.name)
        return Result(
            check=check.id,
            location=request.location,
            at=at,
            known_at=self._clock.now(),
            outcome=Outcome.ERROR,
            reason="Upfront could not run this probe; its log says why",
            recheck=request.recheck,
            revision=check.revision,
        )


@lru_cache(maxsize=50_000)
def _host(target: str) -> str:
    """The host of a target that is a URL; all of any other."""
    return urlsplit(target).netloc or target
