"""What the ledger of deliveries promises, for every adapter."""

import asyncio
from datetime import timedelta

import pytest

from incidents.model import SubscriberState
from incidents.ports import DeliveryState
from monitor.storage import open_store
from tests.contracts.examples import MINUTE, NOW, SECOND, append_told, named, recipient, subscriber

LATER = NOW + MINUTE


async def owe(store, *recipients):
    [event] = await append_told(store.events)
    await store.outbox.expand(event.position, recipients, "", done=True, at=NOW)
    return event


async def test_only_told_events_are_to_be_expanded(store):
    await store.events.append([named("quiet", "component:quiet")])
    first, second = await append_told(store.events, 2)
    assert [found.event for found in await store.outbox.fan_outs(10)] == [first, second]
    assert [found.event for found in await store.outbox.fan_outs(1)] == [first]


async def test_expansion_goes_on_at_its_cursor_and_ends(store):
    [event] = await append_told(store.events)
    await store.outbox.expand(event.position, [recipient(1)], "s000001", done=False, at=NOW)
    [fan_out] = await store.outbox.fan_outs(10)
    assert fan_out.cursor == "s000001"
    await store.outbox.expand(event.position, [recipient(2)], "s000002", done=True, at=NOW)
    assert await store.outbox.fan_outs(10) == ()
    assert (await store.outbox.pending())[0] == 2


async def test_a_page_that_is_expanded_again_owes_nothing_twice(store):
    [event] = await append_told(store.events)
    for _ in range(2):
        page = [recipient(1), recipient(1, "sms"), recipient(2)]
        await store.outbox.expand(event.position, page, "s000002", done=False, at=NOW)
    assert (await store.outbox.pending())[0] == 3


async def test_subscribers_come_in_pages_of_those_confirmed_before_an_event(store):
    people = [
        subscriber(1),
        subscriber(2, confirmed_position=7),
        subscriber(3, confirmed_position=6),
        subscriber(4, state=SubscriberState.PENDING, confirmed_position=None),
        subscriber(5, state=SubscriberState.ENDED),
        subscriber(6),
    ]
    for index, person in enumerate(people):
        await store.events.append([named("x", expected=index, subscriber=person)])
    page = await store.outbox.subscribers_after("", 2, before=7)
    assert page == (people[0], people[2])
    assert await store.outbox.subscribers_after(page[-1].id, 2, before=7) == (people[5],)


async def test_a_delivery_carries_what_sending_needs(store):
    event = await owe(store, recipient(1))
    [delivery] = await store.outbox.lease(10, NOW, LATER)
    assert delivery.recipient == recipient(1)
    assert (delivery.event_position, delivery.attempts) == (event.position, 0)
    assert delivery.key


async def test_a_key_stays_over_attempts_and_differs_between_deliveries(store):
    await owe(store, *[recipient(number) for number in range(50)])
    first = await store.outbox.lease(100, NOW, LATER)
    second = await store.outbox.lease(100, LATER, LATER + MINUTE)
    assert {item.id: item.key for item in first} == {item.id: item.key for item in second}
    assert len({item.key for item in first}) == 50
    assert {item.attempts for item in second} == {1}


async def test_a_lease_is_exclusive_until_it_runs_out(store):
    await owe(store, recipient(1))
    assert len(await store.outbox.lease(10, NOW, LATER)) == 1
    assert await store.outbox.lease(10, LATER - SECOND, LATER) == ()
    assert len(await store.outbox.lease(10, LATER, LATER + MINUTE)) == 1


async def test_leases_taken_at_once_do_not_overlap(store):
    await owe(store, *[recipient(number) for number in range(40)])
    taken = await asyncio.gather(*[store.outbox.lease(7, NOW, LATER) for _ in range(8)])
    ids = [delivery.id for lease in taken for delivery in lease]
    assert len(ids) == len(set(ids)) == 40


async def test_a_channel_that_is_behind_is_skipped(store):
    await owe(store, recipient(1), recipient(2, "sms"), recipient(3, "webhook"))
    taken = await store.outbox.lease(10, NOW, LATER, skip=["mail", "webhook"])
    assert [delivery.recipient.channel for delivery in taken] == ["sms"]


async def test_the_oldest_are_taken_first_over_all_channels(store):
    first, second = await append_told(store.events, 2)
    await store.outbox.expand(first.position, [recipient(1, "sms")], "", done=True, at=NOW)
    people = [recipient(number) for number in range(2, 5)]
    await store.outbox.expand(second.position, people, "", done=True, at=NOW + SECOND)
    taken = await store.outbox.lease(2, LATER, LATER + MINUTE)
    assert taken[0].recipient == recipient(1, "sms")
    assert len(taken) == 2


@pytest.mark.parametrize(
    "state", [DeliveryState.SENT, DeliveryState.GIVEN_UP, DeliveryState.DROPPED]
)
async def test_a_settled_delivery_is_owed_no_more(store, state):
    await owe(store, recipient(1))
    [delivery] = await store.outbox.lease(10, NOW, LATER)
    await store.outbox.settle(delivery.id, state, NOW)
    await store.outbox.settle(delivery.id, DeliveryState.PENDING, NOW, due_at=NOW)
    assert await store.outbox.lease(10, LATER + MINUTE, LATER + 2 * MINUTE) == ()
    assert await store.outbox.pending() == (0, None)


async def test_another_attempt_waits_until_it_is_due(store):
    await owe(store, recipient(1))
    [delivery] = await store.outbox.lease(10, NOW, LATER)
    due_at = NOW + timedelta(minutes=9)
    await store.outbox.settle(delivery.id, DeliveryState.PENDING, NOW, due_at=due_at, error="busy")
    assert await store.outbox.lease(10, due_at - SECOND, due_at) == ()
    assert len(await store.outbox.lease(10, due_at, due_at + MINUTE)) == 1


async def test_the_oldest_debt_is_told_be_it_expanded_or_not(store):
    assert await store.outbox.pending() == (0, None)
    [event] = await append_told(store.events)
    assert await store.outbox.pending() == (0, NOW)
    await store.outbox.expand(event.position, [recipient(1)], "", done=True, at=NOW + SECOND)
    assert await store.outbox.pending() == (1, NOW + SECOND)


async def test_debts_outlive_the_process(store, address):
    await owe(store, recipient(1))
    await store.outbox.lease(10, NOW, LATER)
    await store.close()
    again = open_store(address)
    await again.start()
    assert len(await again.outbox.lease(10, LATER, LATER + MINUTE)) == 1
    await again.close()
