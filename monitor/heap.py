"""Memory: what stays is not walked again and again, and what is free goes back to the system."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import gc
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from checks.clock import Clock

LONG_SECONDS = 0.02
"""A full collection that took longer walked much that stays."""

LOOK_EVERY = timedelta(days=1)
"""How often it is looked at how much is frozen."""

GROWN = 1.5
"""Everything is walked after all once so many times as much is frozen as stayed before.

What was frozen in a cycle is freed only then. With 50,000 checks that takes 1 s, in which
nothing else runs; but hardly anything of ours is in cycles (of 1.2 million objects, frozen over
100 s with five reloads, 98 were of no use any more), so it seldom comes to it.
"""

GIVE_BACK_FIRST = timedelta(seconds=30)
GIVE_BACK_EVERY = timedelta(minutes=1)
"""States are saved as often, which takes memory for a moment."""


WALK_EVERY, SURVIVORS_EVERY, ALL_EVERY = 50, 500, 10_000
"""After so many signals the collector walks what is new, what it has walked once, and all."""


class Walks:
    """Has the collector walk what is new after each portion of signals, which replace much.

    By itself it counts what was made less what was freed, and so does not come while states are
    replaced by new ones: in a storm of 100,000 checks it then took 1.7 s at a time.
    """

    def __init__(self) -> None:
        """Begin to count signals."""
        self._folded = 0

    def folded(self, signals: int) -> None:
        """Walk what so many signals made, if they have become enough; some microseconds."""
        before, self._folded = self._folded, self._folded + signals

        def passed(every: int) -> bool:
            return before // every < self._folded // every

        if passed(WALK_EVERY) and gc.isenabled():
            gc.collect(2 if passed(ALL_EVERY) else int(passed(SURVIVORS_EVERY)))


@contextlib.contextmanager
def collection_paused() -> Iterator[None]:
    """Collect nothing meanwhile.

    The collector would walk the growing heap again and again, which doubles the time of
    50,000 checks and stops every thread for 0.6 s at a time; and nothing of it is garbage.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


async def keep_collections_short(clock: Clock, long_seconds: float = LONG_SECONDS) -> None:
    """Freeze what a long full collection left, so that the next one does not walk it again.

    The states of 50,000 checks take the collector 0.4 s, in which nothing else runs; nearly
    all that is dropped later is freed without it. Goes on until cancelled.
    """
    watch = _Watch(long_seconds, asyncio.get_running_loop().call_soon_threadsafe)
    gc.freeze()
    gc.callbacks.append(watch)
    try:
        await clock.sleep(LOOK_EVERY)
        stayed = gc.get_freeze_count()
        while True:
            await clock.sleep(LOOK_EVERY)
            if gc.get_freeze_count() > GROWN * stayed:
                gc.unfreeze()
                gc.collect()
                gc.freeze()
                stayed = gc.get_freeze_count()
    finally:
        gc.callbacks.remove(watch)


async def give_back(clock: Clock) -> None:
    """Give what is free back to the system, soon after the start and every minute.

    glibc alone keeps what lies in holes: 5 MB at 1,000 checks. In a thread, as half a gigabyte
    takes 40 ms. Goes on until cancelled, or ends at once where the C library has no need of it.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is None:
        return
    await clock.sleep(GIVE_BACK_FIRST)
    while True:
        await asyncio.to_thread(trim, 0)
        await clock.sleep(GIVE_BACK_EVERY)


class _Watch:
    """Called by the collector as it begins and as it ends."""

    def __init__(self, long_seconds: float, soon: Callable[[Callable[[], object]], object]) -> None:
        self._long_seconds = long_seconds
        self._soon = soon
        self._began = 0.0
        self._counting_anew = False

    def __call__(self, phase: str, info: dict[str, Any]) -> None:
        if info["generation"] != 2 or self._counting_anew:
            return
        if phase == "start":
            self._began = time.perf_counter()
        elif time.perf_counter() - self._began > self._long_seconds:
            gc.freeze()
            self._soon(self._count_anew)

    def _count_anew(self) -> None:
        """Let the collector forget how much it walked, now that next to nothing is left to walk.

        It walks again once a quarter of that is new, which in a storm took it more than a second.
        """
        self._counting_anew = True
        try:
            gc.collect()
        finally:
            self._counting_anew = False
