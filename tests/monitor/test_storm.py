"""Thousands of failures that stand at once: others get their turn, and nothing is kept in half."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from checks.model import Outcome, Result
from incidents.commands import PostUpdate
from incidents.events import Recorded
from incidents.folds import PORTION
from incidents.journal import Journal
from incidents.model import Incident, IncidentStatus, Judgement
from incidents.policy import Policy
from incidents.ports import Store
from monitor.pipeline import TAKEN_AT_ONCE, Pipeline
from monitor.storage import open_store
from tests.clock import FakeClock
from tests.incidents.detect.scripted import CANARIES, learning
from tests.incidents.world import FAIL, NOON, PASS, THREE, component, result

CHECKS = 4 * PORTION
ROUNDS = (100, 101, 105, 110)
WELL = (130, 142, 154, 166, 178)
BY = learning(*(component(f"part{number}") for number in range(CHECKS)), canaries=CANARIES)


def of_all(outcome: Outcome, begin: float) -> list[Result]:
    return [
        result(outcome, begin, check=check, location=location)
        for check in BY.checks
        for location in THREE
    ]


def answers(begin: float) -> Iterator[Result]:
    for location in THREE:
        yield result(PASS, begin, check=CANARIES[0], location=location)


@dataclass
class Heard:
    """Counts the events that a listener is told of."""

    count: int = 0

    def __call__(self, written: Sequence[Recorded]) -> None:
        self.count += len(written)


@dataclass
class Scene:
    """A pipeline on a real store."""

    store: Store
    clock: FakeClock = field(default_factory=lambda: FakeClock(NOON))
    journal: Journal = field(init=False)
    pipeline: Pipeline = field(init=False)

    async def start(self, by: Policy) -> Scene:
        self.journal = Journal(self.store.events, by, self.clock)
        await self.journal.start()
        self.pipeline = Pipeline(
            policy=by, signals=self.store.signals, journal=self.journal, clock=self.clock,
            recheck=lambda wish: None,
        )  # fmt: skip
        await self.pipeline.restore()
        return self

    async def take(self, results: Iterable[Result]) -> None:
        """Take them in when they are known."""
        await (await self.taking(results))

    async def taking(self, results: Iterable[Result]) -> asyncio.Task[None]:
        """Begin to, at that time."""
        known = list(results)
        await self.clock.advance(known[-1].known_at - self.clock.now())
        return asyncio.create_task(self.pipeline.take(known))


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    store = open_store(f"sqlite:{tmp_path / 'upfront.db'}")
    await store.start()
    yield await Scene(store).start(BY)
    await store.close()


async def turns_until(task: asyncio.Task[None]) -> int:
    turns = 0
    while not task.done():
        turns += 1
        await asyncio.sleep(0)
    await task
    return turns


async def test_all_that_was_held_is_folded_in_portions_and_told_in_one_incident(scene):
    await scene.take(of_all(PASS, 0))
    for begin in ROUNDS:
        await scene.take(of_all(FAIL, begin))
        taking = await scene.taking(answers(begin + 1))
        assert await turns_until(taking) >= len(THREE) * (CHECKS / PORTION - 1)
    held = {verdict.judgement for verdict in scene.pipeline.verdicts.values()}
    assert held == {Judgement.FAILING}
    (incident,) = scene.journal.board.open_incidents()
    assert len(incident.timeline) == CHECKS


async def test_of_thousands_due_at_once_some_are_woken_and_then_others_have_a_turn(scene):
    for number in range(TAKEN_AT_ONCE + 1):
        scene.pipeline.wakes.wish(f"waking/{number}", NOON)
    await scene.pipeline.wake()
    assert (len(scene.pipeline.wakes), scene.pipeline.next_at()) == (1 + CHECKS, NOON)
    await scene.pipeline.wake()
    assert len(scene.pipeline.wakes) == CHECKS


async def brought_down(scene: Scene) -> Incident:
    await scene.take(of_all(PASS, 0))
    for begin in ROUNDS:
        await scene.take([*of_all(FAIL, begin), *answers(begin + 1)])
    (incident,) = scene.journal.board.open_incidents()
    return incident


async def logged(scene: Scene) -> int:
    return len([recorded async for recorded in scene.store.events.since(0)])


async def test_others_get_their_turn_while_what_follows_for_thousands_is_decided(scene):
    incident = await brought_down(scene)
    for begin in WELL:  # what opened it is over, so the others count anew once it is ended
        of_one = [one for one in of_all(PASS, begin) if one.check == next(iter(incident.checks))]
        await scene.take(of_one)
    ended = PostUpdate(incident.id, IncidentStatus.RESOLVED, "It is over.")
    before, heard = await logged(scene), Heard()
    scene.journal.listen(heard)
    cut_off = asyncio.create_task(scene.pipeline.act([ended], "operator"))
    for _ in range(CHECKS // 2):
        await asyncio.sleep(0)
    cut_off.cancel()
    with suppress(asyncio.CancelledError):
        await cut_off
    assert (await logged(scene), heard.count) == (before, 0)
    acting = asyncio.create_task(scene.pipeline.act([ended], "operator"))
    assert await turns_until(acting) >= CHECKS
    assert scene.journal.board.incidents[incident.id].status is IncidentStatus.RESOLVED
    (left,) = scene.journal.board.open_incidents()
    assert len(left.timeline) == CHECKS - 1
    assert heard.count == await logged(scene) - before
    left = {name for one in scene.journal.board.open_incidents() for name in one.timeline}
    assert len(left) == CHECKS - 1  # all but the one whose failure has had its incident


async def test_what_could_not_be_kept_to_the_end_is_kept_the_next_time(scene):
    await scene.take(of_all(PASS, 0))
    saving = asyncio.create_task(scene.pipeline.save())
    await asyncio.sleep(0)
    saving.cancel()
    with suppress(asyncio.CancelledError):
        await saving
    await scene.pipeline.save()
    _, states = await scene.store.signals.load_states()
    assert set(BY.checks) <= {state.key for state in states}


async def test_what_was_folded_in_half_is_not_kept_and_is_folded_again_at_the_next_start(scene):
    await scene.take(of_all(PASS, 0))
    for begin in ROUNDS[:-1]:
        await scene.take([*of_all(FAIL, begin), *answers(begin + 1)])
    await scene.pipeline.save()
    position, states = await scene.store.signals.load_states()
    await scene.take(of_all(FAIL, ROUNDS[-1]))
    taking = await scene.taking(answers(ROUNDS[-1] + 1))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    taking.cancel()
    with suppress(asyncio.CancelledError):
        await taking
    await scene.pipeline.save()
    assert await scene.store.signals.load_states() == (position, states)
    after = await Scene(scene.store, scene.clock).start(BY)
    await after.take(answers(ROUNDS[-1] + 1))
    (incident,) = after.journal.board.open_incidents()
    assert len(incident.timeline) == CHECKS
