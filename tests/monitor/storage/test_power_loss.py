"""What is left after the power fails at any instant, unsynced writes lost or torn."""

import asyncio
import random
from datetime import timedelta

import pytest

from incidents.events import WarningRaised
from incidents.ports import Append, FoldState, StorageError
from monitor.storage.sqlite import SqliteStore
from tests.contracts.examples import NOW, SECOND, numbered, passing, recipient
from tests.monitor.storage.treacherous import after_power_loss, treacherous

CUTS = 60


async def live(store, disk):
    """A lively minute or two: results all the time, an event now and then, states, a prune."""
    position = sequence = 0
    for round_number in range(40):
        at = NOW + round_number * timedelta(seconds=7)
        results = [passing(at + index * SECOND, f"shop/c{index}") for index in range(20)]
        await store.signals.add(numbered(*results, after=position))
        position += len(results)
        if round_number % 3 == 0:
            event = WarningRaised(f"w{round_number}", position)
            append = Append("check:shop/c0", sequence, at, "machine", (event,), frozenset({0}))
            [recorded] = await store.events.append([append])
            disk.mark(("event", recorded.position))
            sequence += 1
        if round_number % 10 == 5:
            state = FoldState("failures", "shop/c0", 1, str(position).encode())
            await store.signals.save_states([state], position)
        if round_number % 10 == 7:
            await store.outbox.expand(1, [recipient(round_number)], "", done=False, at=at)
            disk.mark(("owed", round_number))
        if round_number == 25:
            await store.prune(at)
        await asyncio.sleep(0.002)
    await store.signals.last_position()


async def check(store, marks):
    events = [recorded async for recorded in store.events.since(0)]
    results = [item.position async for item in store.signals.since(0)]
    promised = [position for kind, position in marks if kind == "event"]
    assert {recorded.position for recorded in events} >= set(promised)
    judged = max((recorded.event.signal_position for recorded in events), default=0)
    assert results == list(range(1, len(results) + 1))
    assert len(results) >= judged
    folded, states = await store.signals.load_states()
    assert folded <= len(results)
    assert all(int(state.data) == folded for state in states)
    assert len(await store.outbox.fan_outs(100)) == len(events)
    owed = sum(kind == "owed" for kind, _ in marks)
    assert (await store.outbox.pending())[0] >= owed
    names = [f"shop/c{index}" for index in range(20)]
    points = await store.latencies.latency(names, NOW.replace(second=0, microsecond=0), SECOND)
    assert sum(point.count for name in names for point in points[name]) == len(results)
    return len(results)


@pytest.fixture
async def recorded_ops(tmp_path):
    directory = tmp_path / "before"
    with treacherous() as disk:
        store = SqliteStore(directory / "upfront.db")
        await store.start()
        disk.mark(("started", 0))
        await live(store, disk)
        await store.close()
    return disk.ops


async def test_what_was_promised_is_there_whenever_the_power_fails(recorded_ops, tmp_path):
    chance = random.Random(20261121)
    started = next(index for index, op in enumerate(recorded_ops) if op.kind == "mark")
    found = set()
    for number in range(CUTS):
        directory = tmp_path / f"cut{number}"
        directory.mkdir()
        cut = chance.randrange(started, len(recorded_ops))
        marks = after_power_loss(recorded_ops[:cut], directory, chance)
        store = SqliteStore(directory / "upfront.db")
        await store.start()
        found.add(await check(store, marks))
        await store.close()
    assert len(found) > CUTS / 10, "the cuts were not at different instants"


async def test_a_first_start_cut_short_can_be_started_again(recorded_ops, tmp_path):
    chance = random.Random(7)
    started = next(index for index, op in enumerate(recorded_ops) if op.kind == "mark")
    for number in range(20):
        directory = tmp_path / f"cut{number}"
        directory.mkdir()
        after_power_loss(recorded_ops[: chance.randrange(started)], directory, chance)
        store = SqliteStore(directory / "upfront.db")
        await store.start()
        assert await store.signals.last_position() == 0
        await store.close()


async def test_the_test_sees_a_store_that_does_not_sync(recorded_ops, tmp_path):
    marks = [index for index, op in enumerate(recorded_ops) if op.kind == "mark"]
    lazy = [
        op
        for op in recorded_ops[: marks[-1] + 1]
        if op.kind != "sync" or not op.path.endswith("-wal")
    ]
    set_by_then = after_power_loss(lazy, tmp_path, random.Random(3))
    store = SqliteStore(tmp_path / "upfront.db")
    with pytest.raises((AssertionError, StorageError)):
        await start_and_check(store, set_by_then)
    await store.close()


async def start_and_check(store, marks):
    await store.start()
    await check(store, marks)
