"""The fake clock keeps the order that real sleepers would have."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from tests.clock import START, FakeClock


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)


async def test_sleepers_wake_in_the_order_they_are_due_at_their_own_instant():
    clock, woken = FakeClock(), []

    async def sleeper(name: str, span: float) -> None:
        await clock.sleep(seconds(span))
        woken.append((name, clock.now() - START, clock.monotonic()))

    async with asyncio.TaskGroup() as group:
        for name, span in (("late", 3), ("early", 1), ("also early", 1)):
            group.create_task(sleeper(name, span))
        await clock.advance(seconds(2))
        assert [name for name, *_ in woken] == ["early", "also early"]
        await clock.advance(seconds(2))
    assert woken[-1] == ("late", seconds(3), 1003.0)
    assert clock.now() == START + seconds(4)


async def test_one_advance_passes_through_every_round_of_a_loop():
    clock, rounds = FakeClock(), []

    async def loop() -> None:
        while True:
            await clock.sleep(seconds(1))
            rounds.append(clock.now())

    task = asyncio.create_task(loop())
    await clock.advance(seconds(10))
    task.cancel()
    assert rounds == [START + seconds(number) for number in range(1, 11)]


async def test_what_a_sleeper_sets_off_is_done_before_time_moves_on():
    clock, queue, seen = FakeClock(), asyncio.Queue[int](), []

    async def producer() -> None:
        for number in range(3):
            await clock.sleep(seconds(1))
            await queue.put(number)

    async def consumer() -> None:
        while len(seen) < 3:
            seen.append((await queue.get(), clock.now() - START))

    async with asyncio.TaskGroup() as group:
        group.create_task(producer())
        group.create_task(consumer())
        await clock.advance(seconds(5))
    assert seen == [(0, seconds(1)), (1, seconds(2)), (2, seconds(3))]


async def test_a_cancelled_sleeper_holds_up_nobody():
    clock = FakeClock()
    gone = asyncio.create_task(clock.sleep(seconds(1)))
    stays = asyncio.create_task(clock.sleep(seconds(2)))
    await clock.advance(seconds(0))
    gone.cancel()
    await clock.advance(seconds(2))
    assert stays.done()
    assert gone.cancelled()


async def test_a_step_of_the_wall_clock_neither_wakes_nor_delays_sleepers():
    clock = FakeClock()
    sleeper = asyncio.create_task(clock.sleep(seconds(10)))
    await clock.advance(seconds(1))
    clock.step(seconds(3600))
    assert clock.now() == START + seconds(1)
    assert clock.reanchor() == seconds(3600)
    assert clock.now() == START + seconds(3601)
    await clock.advance(seconds(8))
    assert not sleeper.done()
    await clock.advance(seconds(1))
    assert sleeper.done()
