"""Many results at once are folded a portion at a time, and others get their turn in between."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from checks.model import Outcome, Result
from monitor.brain import follow_results
from monitor.pipeline import TAKEN_AT_ONCE
from tests.clock import START


def result(number: int) -> Result:
    at = START + timedelta(seconds=number)
    return Result("shop/api", "local", at, at, Outcome.PASS)


class Backlog:
    """A transport that hands over all at once, and then nothing."""

    def __init__(self, results: Sequence[Result]) -> None:
        self._results = [results]

    async def results(self) -> Sequence[Result]:
        if self._results:
            return self._results.pop()
        return await asyncio.get_running_loop().create_future()


class Quick:
    """A pipeline that has to wait for nothing."""

    def __init__(self) -> None:
        self.turns = 0
        self.taken: list[tuple[int, Result]] = []

    async def take(self, results: Sequence[Result]) -> None:
        self.taken += [(self.turns, one) for one in results]

    async def count_turns(self) -> None:
        while True:
            self.turns += 1
            await asyncio.sleep(0)


async def test_others_get_their_turn_between_portions() -> None:
    results, pipeline = [result(number) for number in range(3 * TAKEN_AT_ONCE)], Quick()
    counting = asyncio.create_task(pipeline.count_turns())
    following = asyncio.create_task(follow_results(Backlog(results), pipeline))
    for _ in range(10):
        await asyncio.sleep(0)
    counting.cancel()
    following.cancel()
    assert [one for _, one in pipeline.taken] == results
    turns = [turn for turn, _ in pipeline.taken]
    assert all(turns.count(turn) <= TAKEN_AT_ONCE for turn in turns)
