"""Notices when time did not pass evenly: the clock was stepped, or we were stopped."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from checks.clock import Clock
from checks.meter import SILENT, Meter
from incidents.signals import Gap

STEPPED = timedelta(seconds=1)
"""A wall clock further away than this from the anchored time has been set."""

STOPPED = timedelta(seconds=5)
"""A wait longer than asked by this much: suspended, paused, or the machine was overwhelmed."""

_EVERY = timedelta(seconds=1)

log = structlog.get_logger(__name__)


class AnchoredClock(Clock, Protocol):
    """A clock that carries an anchored wall time on, and can say how far off that is."""

    def drift(self) -> timedelta:
        """How far the wall clock has moved away from the anchored time; positive: ahead."""
        ...

    def reanchor(self) -> timedelta:
        """Take over the wall clock; returns the step that this made."""
        ...


async def keep_time(
    clock: AnchoredClock, on_gap: Callable[[Gap], Awaitable[None]], meter: Meter = SILENT
) -> None:
    """Watch the clock until cancelled, and hand a Gap to `on_gap` for each break.

    The wall clock is taken over when it was stepped, in either direction. Where that takes
    us back, the gap is empty: no span can be named, but silence must not be judged yet.
    """
    while True:
        began_at, began = clock.now(), clock.monotonic()
        await clock.sleep(_EVERY)
        overrun = timedelta(seconds=clock.monotonic() - began) - _EVERY
        cause = _cause(clock.drift(), overrun)
        if not cause:
            continue
        step = clock.reanchor()
        log.warning("time did not pass evenly", cause=cause, step=step, overrun=overrun)
        meter.count("upfront_gaps_total", cause=cause)
        await on_gap(_gap(began_at, clock.now()))


def _cause(drift: timedelta, overrun: timedelta) -> str:
    if abs(drift) > STEPPED:
        return "clock_step"
    return "stopped" if overrun > STOPPED else ""


def _gap(from_at: datetime, at: datetime) -> Gap:
    return Gap(at=at, from_at=min(from_at, at))
