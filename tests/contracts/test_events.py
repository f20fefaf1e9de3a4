"""What the event log promises, for every adapter."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from incidents.events import (
    ComponentRegistered,
    Opened,
    Retitled,
    SubscriptionConfirmed,
    SubscriptionRequested,
    Unknown,
    WarningRaised,
)
from incidents.model import ComponentStatus, Phrase, Span, SubscriberState
from incidents.policy import Publication
from incidents.ports import Append, SequenceConflict
from monitor.storage import open_store
from tests.contracts.examples import MINUTE, NOW, append_told, named, recipient, subscriber


async def log_of(store, position=0):
    return [recorded async for recorded in store.events.since(position)]


def span(component="shop", cause="k3v9", from_at=NOW, to_at=None):
    return Span(component, from_at, to_at, ComponentStatus.MAJOR_OUTAGE, cause)


async def test_what_is_appended_is_read_back_in_order(store):
    written = await store.events.append([named("Shop"), named("Pay", "component:pay")])
    assert [(item.subject, item.sequence) for item in written] == [
        ("component:shop", 1),
        ("component:pay", 1),
    ]
    assert written[0].position < written[1].position
    assert (written[0].at, written[0].actor) == (NOW, "machine")
    assert await log_of(store) == list(written)
    assert await store.events.load("component:pay") == written[1:]
    assert await log_of(store, written[0].position) == [written[1]]


async def test_a_subject_that_moved_on_is_a_conflict_and_nothing_is_written(store):
    await store.events.append([named("Shop")])
    with pytest.raises(SequenceConflict):
        await store.events.append([named("Pay", "component:pay"), named("Store")])
    assert len(await log_of(store)) == 1
    assert await store.events.load("component:pay") == ()


async def test_of_appends_that_expect_the_same_one_is_written(store):
    outcomes = await asyncio.gather(
        *[store.events.append([named(f"n{number}")]) for number in range(20)],
        return_exceptions=True,
    )
    assert sum(isinstance(outcome, SequenceConflict) for outcome in outcomes) == 19
    assert len(await log_of(store)) == 1


async def test_a_subject_may_come_twice_in_one_call(store):
    await store.events.append([named("Shop"), named("Store", expected=1)])
    names = [item.event.name for item in await store.events.load("component:shop")]
    assert names == ["Shop", "Store"]


async def test_an_event_of_a_later_version_is_kept_as_it_is(store):
    event = Unknown("teleported", 3, b'{"to":"moon"}')
    await store.events.append([Append("incident:k3v9", 0, NOW, "machine", (event,))])
    [found] = await log_of(store)
    assert found.event == event


async def test_a_title_is_read_back_in_all_languages_or_as_an_earlier_version_wrote_it(store):
    phrase = Phrase("title", {"major_outage": "Shop"})
    today = (Opened("Shop is down", NOW, Publication(), phrase), Retitled("x", phrase=phrase))
    opened = b'{"title":"Shop is down","onset_at":"2026-11-21T12:00:00Z","publication":{}}'
    before = (Unknown("opened", 1, opened), Unknown("retitled", 1, b'{"title":"Shop was down"}'))
    await store.events.append(
        [
            Append("incident:k3v9", 0, NOW, "machine", today),
            Append("incident:k3va", 0, NOW, "machine", before),
        ]
    )
    assert tuple(item.event for item in await store.events.load("incident:k3v9")) == today
    earlier = [item.event for item in await store.events.load("incident:k3va")]
    assert [event.title for event in earlier] == ["Shop is down", "Shop was down"]
    assert [event.phrase for event in earlier] == [None, None]


async def test_the_log_is_read_in_pages(store):
    events = tuple(WarningRaised(str(number)) for number in range(2_345))
    await store.events.append([Append("check:shop/api", 0, NOW, "machine", events)])
    assert [item.event for item in await log_of(store)] == list(events)


async def test_spans_of_a_cause_are_replaced(store):
    await store.events.append([named("1", spans={"k3v9": (span(), span("pay"))})])
    await store.events.append([named("2", expected=1, spans={"other": (span(cause="other"),)})])
    ended = span(to_at=NOW + MINUTE)
    await store.events.append([named("3", expected=2, spans={"k3v9": (ended,)})])
    assert set(await store.events.spans(NOW)) == {ended, span(cause="other")}
    await store.events.append([named("4", expected=3, spans={"other": ()})])
    assert await store.events.spans(NOW) == (ended,)


async def test_spans_of_a_cause_on_one_component_are_replaced_and_others_stay(store):
    both = {"k3v9": (span(), span("pay")), "other": (span(cause="other"),)}
    await store.events.append([named("1", spans=both)])
    ended = span(to_at=NOW + MINUTE)
    slow = span(from_at=NOW + MINUTE)
    replaced = {("k3v9", "shop"): (ended, slow), ("k3v9", "till"): (span("till"),)}
    await store.events.append([named("2", expected=1, component_spans=replaced)])
    stands = {ended, slow, span("pay"), span("till"), span(cause="other")}
    assert set(await store.events.spans(NOW)) == stands
    await store.events.append([named("3", expected=2, component_spans={("k3v9", "shop"): ()})])
    assert set(await store.events.spans(NOW)) == stands - {ended, slow}


async def test_spans_are_found_by_their_end(store):
    over, still = span("pay", to_at=NOW), span(from_at=NOW - timedelta(days=900))
    await store.events.append([named("1", spans={"k3v9": (over, still)})])
    assert await store.events.spans(NOW - MINUTE) == (still, over)
    assert await store.events.spans(NOW) == (still,)


async def test_a_subscriber_is_written_with_the_event(store):
    pending = subscriber(
        1, state=SubscriberState.PENDING, confirmed_position=None, components=("shop", "pay"),
        page="main",
    )  # fmt: skip
    subject = f"subscriber:{pending.id}"
    request = (SubscriptionRequested(),)
    await store.events.append([Append(subject, 0, NOW, "s", request, subscriber=pending)])
    assert await store.events.subscriber(pending.id) == pending
    assert await store.events.subscribers_at("mail", "1@example.org") == {"main": pending}
    assert await store.events.subscribers_at("sms", "1@example.org") == {}
    assert await store.events.subscriber("nobody") is None


async def test_a_confirmed_subscriber_is_owed_what_comes_after_the_confirmation(store):
    await store.events.append([named("Shop")])
    confirmed = subscriber(1, confirmed_position=None)
    subject = f"subscriber:{confirmed.id}"
    [event] = await store.events.append(
        [Append(subject, 0, NOW, "s", (SubscriptionConfirmed(),), subscriber=confirmed)]
    )
    found = await store.events.subscriber(confirmed.id)
    assert found.confirmed_position == event.position


async def test_an_address_has_one_record(store):
    first, second = subscriber(1), subscriber(2)
    await store.events.append([named("1", subscriber=first)])
    taken = Append(
        "subscriber:s2", 0, NOW, "s", (ComponentRegistered("x", "y"),),
        subscriber=type(second)(second.id, "mail", first.address, NOW),
    )  # fmt: skip
    with pytest.raises(SequenceConflict):
        await store.events.append([taken])
    assert await store.events.subscriber(second.id) is None


async def test_an_address_has_one_record_on_each_page(store):
    main, inside = subscriber(1, page="main"), subscriber(2, page="inside")
    inside = replace(inside, address=main.address)
    await store.events.append([named("1", subscriber=main)])
    await store.events.append([named("2", "component:pay", subscriber=inside)])
    both = {"main": main, "inside": inside}
    assert await store.events.subscribers_at("mail", main.address) == both
    await store.events.erase(main.id)
    assert await store.events.subscribers_at("mail", main.address) == {"inside": inside}


async def test_confirmed_subscribers_are_counted_by_page(store):
    pending = subscriber(4, page="main", state=SubscriberState.PENDING)
    records = [subscriber(1, page="main"), subscriber(2, page="main"), subscriber(3, page="x")]
    for number, one in enumerate((*records, pending)):
        await store.events.append([named("x", f"component:c{number}", subscriber=one)])
    assert await store.events.subscribed() == {"main": 2, "x": 1}


async def test_a_subscriber_without_a_page_is_housed_and_others_stay(store):
    for number, page in enumerate(("", "inside"), 1):
        one = subscriber(number, page=page)
        await store.events.append([named("x", f"component:c{number}", subscriber=one)])
    for page in ("main", "later"):
        await store.house(page)
    found = [await store.events.subscriber(f"s{number:06}") for number in (1, 2)]
    assert found == [subscriber(1, page="main"), subscriber(2, page="inside")]


async def test_erasing_takes_the_address_from_all_records_and_keeps_the_events(store):
    [event] = await append_told(store.events)
    await store.events.append([named("1", subscriber=subscriber(1))])
    people = [recipient(1), recipient(2)]
    await store.outbox.expand(event.position, people, "", done=True, at=NOW)
    await store.events.erase("s000001")
    assert await store.events.subscriber("s000001") is None
    owed = await store.outbox.lease(10, NOW, NOW + MINUTE)
    assert [delivery.recipient for delivery in owed] == [recipient(2)]
    assert len(await log_of(store)) == 2


async def test_the_log_outlives_the_process(store, address):
    written = await store.events.append([named("Shop")])
    await store.close()
    again = open_store(address)
    await again.start()
    assert await log_of(again) == list(written)
    await again.close()


async def test_what_moved_takes_its_spans_and_subscriptions_along(store):
    unknown = f"monitoring:shop:{NOW.isoformat()}"
    spans = {"k3v9": (span(),), unknown: (span(cause=unknown),)}
    await store.events.append([named("Shop", spans=spans)])
    other = (span("shop_two", cause="k3va"),)
    await store.events.append([named("Two", "component:shop_two", spans={"k3va": other})])
    asked = subscriber(1, components=("shop", "shop_two"))
    await store.events.append([named("x", f"subscriber:{asked.id}", subscriber=asked)])
    moved = {"shop": "till"}
    await store.events.append([named("Till", "component:till", moved=moved)])
    found = {one.cause: one.component for one in await store.events.spans(NOW)}
    assert found == {
        "k3v9": "till",
        f"monitoring:till:{NOW.isoformat()}": "till",
        "k3va": "shop_two",
    }
    kept = await store.events.subscriber(asked.id)
    assert kept.components == ("till", "shop_two")
