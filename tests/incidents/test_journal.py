"""The journal: commands in, events on disk and on the board, others woken."""

import asyncio
from datetime import timedelta

import pytest

from incidents.board import Board
from incidents.commands import MarkKnown, MarkUnknown, Observe, Publish, Register, Warn
from incidents.events import SubscriptionRequested
from incidents.ids import incident_id
from incidents.journal import APPENDS_AT_ONCE, Journal
from incidents.model import ComponentStatus, Judgement, Verdict
from incidents.policy import Component, Policy, Publication, PublicationMode
from incidents.ports import Append, SequenceConflict, StorageError
from monitor.storage import open_store
from tests.clock import START, FakeClock

POLICY = Policy(
    components={
        "shop": Component("shop", "Shop"),
        "pay": Component(
            "pay", "Pay", publish=Publication(PublicationMode.HOLD, timedelta(minutes=3))
        ),
    }
)


class CountedEvents:
    """The real log, which counts how often it was written to."""

    def __init__(self, events):
        self._events = events
        self.writes = 0
        self.writing = asyncio.Event()

    def __getattr__(self, name):
        return getattr(self._events, name)

    async def append(self, appends):
        self.writes += 1
        self.writing.set()
        return await self._events.append(appends)


@pytest.fixture
async def store(tmp_path):
    opened = open_store(f"sqlite:{tmp_path / 'upfront.db'}")
    await opened.start()
    yield opened
    await opened.close()


@pytest.fixture
def events(store):
    return CountedEvents(store.events)


@pytest.fixture
def journal(events):
    return Journal(events, POLICY, FakeClock())


def failing(check="shop/api", position=7, incident=None):
    verdict = Verdict(check, Judgement.FAILING, START, START, "3 of 3 failed")
    incident = incident or incident_id(check, START)
    component = check.partition("/")[0]
    return Observe(incident, component, verdict, ComponentStatus.MAJOR_OUTAGE, position)


async def test_a_command_becomes_events_on_disk_and_on_the_board(journal, store):
    recorded = await journal.record([failing()])
    assert [item async for item in store.events.since(0)] == list(recorded)
    [incident] = journal.board.open_incidents()
    assert incident.public
    assert journal.board.judged_position == {"shop/api": 7}


async def test_a_command_that_changes_nothing_writes_nothing(journal, events):
    await journal.record([failing()])
    assert await journal.record([failing()]) == ()
    assert await journal.record([]) == ()
    assert events.writes == 1


async def test_a_public_incident_has_spans_and_a_held_one_has_none_until_published(journal, store):
    held = failing("pay/api")
    await journal.record([failing(), held])
    assert {span.component for span in await store.events.spans(START)} == {"shop"}
    await journal.record([Publish(held.incident)])
    assert {span.component for span in await store.events.spans(START)} == {"shop", "pay"}


async def test_somebody_is_told_of_what_was_opened(journal, store):
    recorded = await journal.record([failing()])
    told = {fan_out.event.event.TYPE for fan_out in await store.outbox.fan_outs(10)}
    assert {"opened", "update_posted"} <= told < {item.event.TYPE for item in recorded}


async def test_an_unknown_period_is_a_span_that_ends(journal, store):
    later = START + timedelta(minutes=5)
    await journal.record([Register("shop", "abcdefghijkl", "Shop")])
    await journal.record([MarkUnknown("shop", START, "silence")])
    [span] = await store.events.spans(START)
    assert (span.status, span.to_at) == (ComponentStatus.UNKNOWN, None)
    await journal.record([MarkKnown("shop", later)])
    [span] = await store.events.spans(START)
    assert span.to_at == later


async def test_commands_of_one_call_rest_on_one_another(journal, events):
    incident = incident_id("shop/api", START)
    checks = [failing(f"shop/c{number}", number, incident) for number in range(1, 300)]
    recorded = await journal.record(
        [*checks, Warn("shop/c1", ("cert", "disk"), 400), Warn("shop/c1", ("disk",), 401)]
    )
    assert events.writes == 1
    assert len(journal.board.incidents[incident].checks) == 299
    assert journal.board.warnings == {"shop/c1": {"disk"}}
    assert [item.position for item in recorded] == list(range(1, len(recorded) + 1))


async def test_many_changes_take_few_writes(journal, events):
    ids = [f"{number:012}" for number in range(2 * APPENDS_AT_ONCE + 1)]
    await journal.record([Register(id, id, "Shop") for id in ids])
    assert list(journal.board.components) == ids
    assert events.writes == 3


async def test_a_decision_sees_what_the_ones_before_it_in_the_turn_led_to(journal):
    async with journal.turn() as turn:
        assert turn.decide(failing())
        assert [incident.id for incident in turn.board.open_incidents()] == [failing().incident]
        assert not turn.decide(failing())
    assert turn.recorded[-1].position == journal.board.position


async def test_when_somebody_else_was_first_it_decides_again(store, journal):
    other = Journal(store.events, POLICY, FakeClock())
    await other.record([failing()])
    assert await journal.record([failing()]) == ()
    await journal.record([failing("shop/web", incident=failing().incident)])
    assert set(journal.board.incidents[failing().incident].checks) == {"shop/api", "shop/web"}


async def test_a_board_that_is_loaded_equals_the_one_that_was_kept(store, journal):
    await journal.record([Register("shop", "abcdefghijkl", "Shop"), failing(), failing("pay/api")])
    again = Journal(store.events, POLICY, FakeClock())
    await again.start()
    assert again.board == journal.board


async def test_listeners_hear_once_what_was_and_what_comes_once_it_is_on_disk(store, journal):
    first = await journal.record([failing()])
    again, heard = Journal(store.events, POLICY, FakeClock()), []
    again.listen(heard.extend)
    await again.start()
    assert heard == list(first)
    second = await again.record([Register("shop", "abcdefghijkl", "Shop")])
    await again.start()
    assert heard == [*first, *second]


async def test_listeners_hear_what_another_process_wrote_in_between(store, journal):
    heard = []
    journal.listen(heard.extend)
    other = Journal(store.events, POLICY, FakeClock())
    await other.record([failing("pay/api")])
    await journal.record([failing()])
    assert heard == [recorded async for recorded in store.events.since(0)]
    await journal.record([])
    assert len(journal.board.incidents) == 2


async def test_a_turn_that_fails_leaves_nothing_behind(journal, store):
    with pytest.raises(ValueError, match="changed my mind"):
        await decide_and_fail(journal)
    assert await journal.record([]) == ()
    assert journal.board == Board()
    assert [item async for item in store.events.since(0)] == []


async def decide_and_fail(journal):
    async with journal.turn() as turn:
        turn.decide(failing())
        raise ValueError("changed my mind")


@pytest.mark.parametrize("times", [1, 3])
async def test_a_caller_that_gives_up_waits_until_its_turn_is_written(
    store, events, journal, times
):
    told, writing = asyncio.Event(), events.writing
    journal.listen(lambda _: told.set())
    task = asyncio.create_task(journal.record([failing()]))
    await writing.wait()
    for _ in range(times):
        task.cancel()
        await asyncio.sleep(0)
    with pytest.raises(asyncio.CancelledError):
        await task
    assert told.is_set()
    await journal.record([])
    written = [item async for item in store.events.since(0)]
    assert journal.board.position == len(written) > 0


async def test_what_was_decided_elsewhere_is_appended_or_refused(journal):
    asked = Append("subscriber:s1", 0, START, "subscriber", (SubscriptionRequested(),))
    [recorded] = await journal.append([asked])
    assert journal.board.position == recorded.position
    with pytest.raises(SequenceConflict):
        await journal.append([asked])


async def test_storage_that_fails_is_told_and_the_same_can_be_asked_again(store):
    class Refusing:
        """A log that takes nothing for a while."""

        refuses = True

        async def append(self, appends):
            if self.refuses:
                raise StorageError("The disk is full.")
            return await store.events.append(appends)

        def since(self, position):
            return store.events.since(position)

    log = Refusing()
    journal = Journal(log, POLICY, FakeClock())
    with pytest.raises(StorageError):
        await journal.record([failing()])
    log.refuses = False
    assert await journal.record([failing()])
    assert len(journal.board.open_incidents()) == 1
