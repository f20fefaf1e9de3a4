"""Deadlines: one timer for all, and the manners of `asyncio.timeout_at`."""

import asyncio

import pytest

from checks.wire.deadlines import Deadline, Deadlines


def soon(seconds):
    return asyncio.get_running_loop().time() + seconds


async def test_what_ends_in_time_is_left_alone():
    deadlines = Deadlines()
    with Deadline(deadlines, soon(0.02)):
        pass
    with Deadline(deadlines, soon(30)):
        await asyncio.sleep(0.05)


async def test_what_takes_too_long_ends_with_a_timeout():
    with pytest.raises(TimeoutError), Deadline(Deadlines(), soon(0.01)):
        await asyncio.Event().wait()
    assert asyncio.current_task().cancelling() == 0


async def test_a_time_that_has_passed_ends_at_the_next_wait():
    with pytest.raises(TimeoutError), Deadline(Deadlines(), soon(-1)):
        await asyncio.Event().wait()


async def test_each_of_many_ends_at_its_own_time():
    deadlines = Deadlines()
    ended = []

    async def wait(seconds):
        with pytest.raises(TimeoutError), Deadline(deadlines, soon(seconds)):
            await asyncio.Event().wait()
        ended.append(seconds)

    await asyncio.gather(*map(wait, (0.09, 0.01, 0.05)))
    assert ended == [0.01, 0.05, 0.09]


async def test_a_cancellation_from_outside_stays_one():
    entered = asyncio.Event()

    async def wait():
        with Deadline(Deadlines(), soon(30)):
            entered.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(wait())
    await entered.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_cancellation_at_the_very_moment_of_the_deadline_goes_first():
    deadline = None

    async def wait():
        nonlocal deadline
        deadline = Deadline(Deadlines(), soon(30))
        with deadline:
            entered.set()
            await asyncio.Event().wait()

    entered = asyncio.Event()
    task = asyncio.create_task(wait())
    await entered.wait()
    deadline.expire()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_an_error_in_the_block_is_not_hidden():
    with pytest.raises(ZeroDivisionError), Deadline(Deadlines(), soon(30)):
        raise ZeroDivisionError
