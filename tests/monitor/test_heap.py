from __future__ import annotations

import asyncio
import gc
import os
import platform
import sys
import weakref
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from monitor.heap import (
    GIVE_BACK_FIRST,
    LOOK_EVERY,
    WALK_EVERY,
    Walks,
    give_back,
    keep_collections_short,
)
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


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="it walks little by little there")
async def test_after_that_the_next_walk_comes_before_much_is_new(clock: FakeClock) -> None:
    many: list[list[int]] = [[] for _ in range(2_000_000)]
    gc.collect()
    await clock.advance(LOOK_EVERY / 2)
    walked = gc.get_stats()[2]["collections"]
    more: list[list[int]] = [[] for _ in range(len(many) // 8)]
    assert gc.get_stats()[2]["collections"] > walked
    assert len(more) < len(many)


def test_what_signals_left_behind_is_walked_though_as_much_was_freed() -> None:
    walks, knot = Walks(), Knot()
    freed = weakref.ref(knot)
    del knot
    walks.folded(WALK_EVERY - 1)
    assert freed() is not None
    walks.folded(1)
    assert freed() is None


async def test_frozen_knots_are_freed_once_there_are_many(clock: FakeClock) -> None:
    await clock.advance(LOOK_EVERY)
    knot = Knot()
    freed = weakref.ref(knot)
    gc.freeze()
    del knot
    gc.collect()
    await clock.advance(LOOK_EVERY)
    assert freed() is not None
    knots = [Knot() for _ in range(gc.get_freeze_count())]
    gc.freeze()
    del knots
    await clock.advance(LOOK_EVERY)
    assert freed() is None


def held() -> int:
    """The bytes of memory that this process takes up."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc keeps what is free")
async def test_what_is_free_goes_back_to_the_system() -> None:
    size, count = 10_000, 4_000
    blocks = [bytearray(size) for _ in range(count)]
    full = held()
    del blocks[:-1]  # the last one keeps the others from going back by themselves
    clock = FakeClock()
    giving = asyncio.create_task(give_back(clock))
    await clock.advance(GIVE_BACK_FIRST)
    async with asyncio.timeout(10):
        while full - held() < size * count / 2:  # noqa: ASYNC110 - no event tells of it
            await asyncio.sleep(0.01)
    giving.cancel()
    assert len(blocks) == 1
