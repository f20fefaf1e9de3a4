"""The writing thread: what is grouped, what fails alone, and what happens on a full disk."""

import asyncio
import threading
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from incidents.ports import SequenceConflict, StorageError
from monitor.storage import writer as writing
from monitor.storage.disk import Disk
from monitor.storage.opening import open_for_writing
from monitor.storage.signals import SqliteSignals
from monitor.storage.sqlite import SqliteStore
from monitor.storage.unwritten import Unwritten
from monitor.storage.writer import Writer
from tests.contracts.examples import NOW, named, numbered, passing
from tests.monitor.storage.treacherous import treacherous

SECOND = timedelta(seconds=1)


@pytest.fixture
def logged():
    """The lines that are logged meanwhile."""
    with capture_logs() as lines:
        yield lines


class Counts:
    """A meter that remembers counters."""

    def __init__(self):
        self.counted = {}
        self.committed = threading.Event()

    def count(self, name, amount=1, /, **labels):
        self.counted[name] = self.counted.get(name, 0) + amount

    def gauge(self, name, value, /, **labels):
        self.counted[name] = value

    def observe(self, name, value, /, **labels):
        self.committed.set()


@pytest.fixture
def meter():
    return Counts()


@pytest.fixture
def disk():
    with treacherous() as found:
        yield found


@pytest.fixture
async def store(disk, tmp_path, meter):
    opened = SqliteStore(tmp_path / "upfront.db", meter)
    await opened.start()
    yield opened
    disk.full = False
    await opened.close()


def syncs(disk):
    return sum(op.kind == "sync" and op.path.endswith("-wal") for op in disk.ops)


async def events_of(store):
    return [recorded async for recorded in store.events.since(0)]


async def test_durable_writes_at_the_same_time_share_a_sync(store, disk):
    before = syncs(disk)
    appends = [named("x", f"component:c{number}") for number in range(200)]
    await asyncio.gather(*[store.events.append([append]) for append in appends])
    assert 1 <= syncs(disk) - before <= 20


async def test_results_alone_wait_for_no_sync(store, disk, meter):
    before = syncs(disk)
    await store.signals.add(numbered(passing()))
    await store.signals.last_position()
    assert syncs(disk) == before


async def test_an_event_brings_the_results_before_it_to_disk(store, disk):
    await store.signals.add(numbered(passing()))
    await store.events.append([named("Shop")])
    last = max(index for index, op in enumerate(disk.ops) if op.kind == "write")
    assert any(op.kind == "sync" for op in disk.ops[last:])


async def test_in_a_group_only_what_is_wrong_fails(store):
    outcomes = await asyncio.gather(
        store.events.append([named("a")]),
        store.events.append([named("b", expected=5)]),
        store.events.append([named("c", "component:pay")]),
        store.signals.add(numbered(passing())),
        return_exceptions=True,
    )
    assert [isinstance(outcome, SequenceConflict) for outcome in outcomes] == [
        False, True, False, False,
    ]  # fmt: skip
    assert len(await events_of(store)) == 2
    assert await store.signals.last_position() == 1


async def test_a_series_seen_first_in_a_write_that_was_undone_is_known_again(store, disk):
    disk.full = True
    await store.signals.add(numbered(passing()))
    with pytest.raises(StorageError):
        await store.events.append([named("a")])
    disk.full = False
    await store.signals.add(numbered(passing(check="pay/api"), after=1))
    kept = [item.signal.check async for item in store.signals.since(0)]
    assert kept == ["shop/api", "pay/api"]


async def test_on_a_full_disk_events_are_refused_and_results_wait(store, disk, meter, logged):
    await store.events.append([named("before")])
    disk.full = True
    await store.signals.add(numbered(passing(), passing()))
    with pytest.raises(StorageError, match="is full; free some space"):
        await store.events.append([named("during", expected=1)])
    assert len(await events_of(store)) == 1
    assert meter.counted["upfront_storage_write_failures_total"] >= 1
    assert [line["log_level"] for line in logged] == ["error"]

    disk.full = False
    await store.signals.add(numbered(passing(), after=2))
    await store.events.append([named("after", expected=1)])
    assert [item.position async for item in store.signals.since(0)] == [1, 2, 3]
    assert [item.event.name for item in await events_of(store)] == ["before", "after"]
    assert logged[-1]["event"] == "storage writes again"


async def test_results_that_waited_are_written_without_being_asked(store, disk, meter):
    disk.full = True
    await store.signals.add(numbered(passing()))
    with pytest.raises(StorageError):
        await store.signals.last_position()
    disk.full = False
    meter.committed.clear()
    assert await asyncio.to_thread(meter.committed.wait, 30)
    assert await store.signals.last_position() == 1


async def test_too_many_results_that_wait_lose_the_oldest_loudly(store, disk, meter, logged):
    disk.full = True
    half = writing.KEPT_LIMIT // 2
    for batch in range(3):
        at = NOW + batch * SECOND
        result = passing(at)
        await store.signals.add(numbered(*[result] * half, after=batch * half))
    with pytest.raises(StorageError):
        await store.signals.last_position()
    assert meter.counted["upfront_storage_lost_signals_total"] == half
    assert any("oldest" in line["event"] for line in logged)
    disk.full = False
    await store.events.append([named("after")])
    assert await store.signals.last_position() == 3 * half


async def test_while_it_writes_whoever_brings_thousands_waits_and_nothing_is_lost(tmp_path, meter):
    disk = Disk(tmp_path / "upfront.db", meter)
    await disk.open()
    signals, at_most, more = SqliteSignals(disk, Unwritten()), writing.CROWDED, 10
    begun, released = threading.Event(), threading.Event()

    def hold(database):
        begun.set()
        return released.wait(30)

    held = disk.writer.submit(hold)
    assert await asyncio.to_thread(begun.wait, 30)
    await signals.add(numbered(*[passing()] * at_most))
    bringing = asyncio.create_task(signals.add(numbered(*[passing()] * more, after=at_most)))
    await asyncio.sleep(0)
    assert not bringing.done()
    released.set()
    await bringing
    assert held.result()
    assert await signals.last_position() == at_most + more
    assert "upfront_storage_lost_signals_total" not in meter.counted
    await disk.close()


async def test_a_close_writes_what_was_queued(disk, tmp_path):
    path = tmp_path / "upfront.db"
    store = SqliteStore(path)
    await store.start()
    await store.signals.add(numbered(*[passing()] * 5_000))
    await store.close()
    again = SqliteStore(path)
    await again.start()
    assert await again.signals.last_position() == 5_000
    await again.close()


async def test_a_caller_that_gave_up_before_its_turn_changes_nothing(tmp_path, meter):
    path = tmp_path / "upfront.db"
    writer = Writer(path, open_for_writing, meter)
    await asyncio.wrap_future(writer.start())
    blocked, released = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def hold(database):
        loop.call_soon_threadsafe(blocked.set)
        asyncio.run_coroutine_threadsafe(released.wait(), loop).result(30)

    first = asyncio.wrap_future(writer.submit(hold))
    await blocked.wait()
    second = asyncio.wrap_future(writer.submit(lambda database: pytest.fail("it ran")))
    second.cancel()
    third = asyncio.wrap_future(writer.submit(lambda database: "done"))
    released.set()
    await first
    assert await third == "done"
    await asyncio.to_thread(writer.close)
