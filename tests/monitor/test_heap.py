from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import AsyncIterator

import pytest

from monitor.heap import THOROUGH_EVERY, keep_collections_short
from tests.clock import FakeClock


class Knot:
    """Something that only the collector frees."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture
async def clock() -> AsyncIterator[FakeClock]:
    clock, callbacks = FakeClock(), list(gc.callbacks)
    keeping = asyncio.create_task(keep_collections_short(clock, long_seconds=0))
    await asyncio.sleep(0)
    yield clock
    keeping.cancel()
    await asyncio.gather(keeping, return_exceptions=True)
    assert gc.callbacks == callbacks
    gc.unfreeze()


async def test_what_was_long_to_walk_is_not_walked_again(clock: FakeClock) -> None:
    frozen = gc.get_freeze_count()
    many: list[list[int]] = [[] for _ in range(2_000_000)]
    gc.collect()
    assert gc.get_freeze_count() - frozen > len(many) / 2


async def test_a_frozen_knot_is_freed_within_a_day(clock: FakeClock) -> None:
    knot = Knot()
    freed = weakref.ref(knot)
    gc.freeze()
    del knot
    gc.collect()
    assert freed() is not None
    await clock.advance(THOROUGH_EVERY)
    assert freed() is None
