"""The doctor looks at everything at once, and waits for nobody."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from datetime import timedelta

import pytest

from monitor.config.config import Config
from monitor.doctor.examine import all_looks, examine, in_thread
from monitor.doctor.model import Found, Level, Look, Looked, Surroundings, well

NOTHING = Surroundings(Config(), {})


async def never(surroundings: Surroundings) -> Sequence[Found]:
    await asyncio.Event().wait()
    return []


async def at_once(surroundings: Surroundings) -> Sequence[Found]:
    return [well("fine")]


async def test_a_look_that_never_ends_is_said_so_and_holds_up_no_other():
    looks = [Look("slow", never), Look("fast", at_once)]
    slow, fast = await examine(NOTHING, looks, timedelta(milliseconds=10))
    assert slow.found[0].level is Level.WARNING
    assert slow.found[0].what == "no answer within 10 ms"
    assert fast == Looked("fast", (well("fine"),))


async def test_what_blocks_for_ever_is_not_waited_for():
    release = threading.Event()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await in_thread(release.wait)
    release.set()


async def test_what_goes_wrong_in_a_thread_rises_where_it_is_awaited():
    def broken() -> None:
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        await in_thread(broken)


def test_every_look_is_found_by_its_module_and_has_a_name_of_its_own():
    names = [look.name for look in all_looks()]
    assert len(names) == len(set(names)) >= 10
