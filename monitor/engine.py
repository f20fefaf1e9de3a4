"""The scheduler at work: waits for what is due and hands it to the transport."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable
from datetime import timedelta

import structlog

from checks.clock import Clock
from checks.meter import SILENT, Meter
from checks.model import Check
from incidents.signals import Recheck
from monitor.ports import Transport
from monitor.schedule import Timetable
from monitor.waiting import wait_or_sleep

GRAIN = timedelta(milliseconds=100)
"""The longest that what is due waits for others: each costs half when some go together."""

FINE_GRAIN = timedelta(milliseconds=20)
"""The shortest wait, however much is due."""

TOGETHER = 5
"""How many are handed over together where possible: more would disturb each other's timing."""

STALLED = timedelta(seconds=5)
"""A wait that is longer than asked by this much was a stop of the process, not a delay."""

_LONGEST = timedelta(seconds=10)
"""The longest wait: a clock that was set back is noticed by then."""

_BATCH = 500

log = structlog.get_logger(__name__)


class Engine:
    """Hands over every probe when it is due, one timetable for each location.

    A location whose agents are behind holds up only itself. What it cannot take yet stays on
    its timetable, where every check stands once: there is no queue that could grow, and no
    burst once the agents are back.
    """

    def __init__(self, transport: Transport, clock: Clock, meter: Meter = SILENT) -> None:
        """Start without checks; `replace` brings them."""
        self._transport = transport
        self._clock = clock
        self._meter = meter
        self._dispatchers: dict[str, _Dispatcher] = {}
        self._arrivals: asyncio.Queue[_Dispatcher] = asyncio.Queue()

    def replace(self, checks: Collection[Check]) -> None:
        """Take over these checks, at the start and on reload; unchanged ones keep their timers."""
        self._arrive_all(checks)
        for dispatcher in self._dispatchers.values():
            dispatcher.replace(checks)

    async def adopt(self, checks: Collection[Check]) -> None:
        """Do as `replace` does while probing goes on: what takes long is done in a thread."""
        self._arrive_all(checks)
        for dispatcher in self._dispatchers.values():
            await dispatcher.adopt(checks)

    def expedite(self, wish: Recheck) -> None:
        """Probe a check once more, as wished; its regular probes stay as they are."""
        for location in wish.locations or self._dispatchers:
            if dispatcher := self._dispatchers.get(location):
                dispatcher.expedite(wish)

    async def run(self) -> None:
        """Hand over until cancelled."""
        async with asyncio.TaskGroup() as group:
            while True:
                dispatcher = await self._arrivals.get()
                group.create_task(dispatcher.run())

    def _arrive_all(self, checks: Collection[Check]) -> None:
        for location in {name for check in checks for name in check.locations}:
            if location not in self._dispatchers:
                self._arrive(location)

    def _arrive(self, location: str) -> None:
        dispatcher = _Dispatcher(location, self._transport, self._clock, self._meter)
        self._dispatchers[location] = dispatcher
        self._arrivals.put_nowait(dispatcher)


class _Dispatcher:
    """Hands over what is due at one location."""

    def __init__(self, location: str, transport: Transport, clock: Clock, meter: Meter) -> None:
        self._timetable = Timetable(location)
        self._transport = transport
        self._clock = clock
        self._meter = meter
        self._skipped = 0
        self._grain = GRAIN
        self._woke_before = self._woke_at = self._wake_at = clock.now()
        self._called = asyncio.Event()

    def replace(self, checks: Iterable[Check]) -> None:
        self._timetable.replace(checks, self._clock.now())
        self._wake_in_time()

    async def adopt(self, checks: Iterable[Check]) -> None:
        now = self._clock.now()
        self._timetable.take_over(await asyncio.to_thread(self._timetable.drafted, checks, now))
        self._wake_in_time()

    def expedite(self, wish: Recheck) -> None:
        self._timetable.expedite(wish.check, wish.at, wish.timeout)
        self._wake_in_time()

    async def run(self) -> None:
        while True:
            await self._sleep()
            await self._hand_over()
            self._count_skipped()

    async def _sleep(self) -> None:
        """Wait for the next probe; start over when time did not pass as it should."""
        now = self._clock.now()
        latest = now + _LONGEST
        self._wake_at = max(min(self._timetable.next_at() or latest, latest), now + self._grain)
        await wait_or_sleep(self._called, self._wake_at - now, self._clock)
        self._called.clear()
        self._woke_before, self._woke_at = self._woke_at, self._clock.now()
        if self._woke_at < self._woke_before or self._woke_at - self._wake_at > STALLED:
            log.warning("the timetable starts over", expected=self._wake_at, now=self._woke_at)
            self._timetable.realign(self._woke_at)

    def _wake_in_time(self) -> None:
        """Cut the wait short if something is now due before its end."""
        next_at = self._timetable.next_at()
        if next_at and next_at < self._wake_at:
            self._called.set()

    async def _hand_over(self) -> None:
        due = self._timetable.pop_due(self._clock.now(), _BATCH)
        if due:
            self._grain = _grain(len(due), self._woke_at - self._woke_before)
        for request in due:
            await self._transport.request(request)
            lag = self._clock.now() - request.due_at
            self._meter.observe("upfront_scheduler_lag_seconds", lag.total_seconds())

    def _count_skipped(self) -> None:
        skipped = self._timetable.skipped - self._skipped
        if skipped:
            self._skipped += skipped
            self._meter.count("upfront_scheduler_skipped_total", skipped)


def _grain(handed_over: int, span: timedelta) -> timedelta:
    """The shortest wait in which about `TOGETHER` fall due, after so many did in a span."""
    return max(min(span * TOGETHER / handed_over, GRAIN), FINE_GRAIN)
