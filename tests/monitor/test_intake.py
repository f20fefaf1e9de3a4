"""A subscription from the form to the last mail: real store, real outbox, real SMTP."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from incidents.channels.mail import CHANNEL, MailSettings
from incidents.events import SubscriptionConfirmed, SubscriptionEnded, SubscriptionRequested
from incidents.journal import Journal
from incidents.letterheads import Letterhead
from incidents.model import Subscriber, SubscriberState
from incidents.outbox import OutboxRunner
from incidents.policy import Component, Policy
from incidents.subscriptions import (
    CONFIRM_WITHIN,
    FORGOTTEN_AFTER,
    MOST_A_DAY,
    SAME_AGAIN_AFTER,
    Links,
    subject_of,
)
from monitor.intake import PublicIntake
from monitor.storage.sqlite import SqliteStore
from tests.clock import FakeClock
from tests.smtp import Sink, smtp_sink

ADA = "ada@example.com"
URL = "https://status.acme.example"
LINKS = Links([b"a key for tests, long enough"])
POLICY = Policy(
    components={
        "checkout": Component("checkout", "Checkout"), "vault": Component("vault", "Vault"),
    }
)  # fmt: skip
PAGE = "main"
INSIDE = "inside"
HEADS = {
    PAGE: Letterhead("Acme Status", URL, shown=frozenset({"checkout"})),
    INSIDE: Letterhead("Acme inside", f"{URL}/inside"),
}


@dataclass
class Desk:
    """The intake and all that stands behind it."""

    intake: PublicIntake
    store: SqliteStore
    clock: FakeClock
    sink: Sink

    async def subscribe(self, address: str = ADA, *components: str, page: str = PAGE) -> None:
        await self.intake.subscribe(page, "mail", address, components, "en")

    async def record(self, page: str = PAGE) -> Subscriber | None:
        return (await self.store.events.subscribers_at("mail", ADA)).get(page)

    async def token(self, mails: int = 1) -> str:
        """The token in the newest of so many mails."""
        newest = (await self.sink.wait_for(mails))[-1]
        link = next(line for line in newest.body().splitlines() if "/subscribe/" in line)
        return link.rpartition("/")[2].strip()

    async def events(self) -> list[type]:
        record = await self.record()
        assert record is not None
        history = await self.store.events.load(subject_of(record.id))
        return [type(recorded.event) for recorded in history]

    async def state(self) -> SubscriberState | None:
        record = await self.record()
        return record and record.state


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    clock = FakeClock()
    store = SqliteStore(tmp_path / "upfront.db")
    await store.start()
    journal = Journal(store.events, POLICY, clock)
    await journal.start()
    async with smtp_sink() as sink:
        settings = MailSettings(
            host="127.0.0.1", port=sink.port, sender="status@acme.example",
            timeout=timedelta(seconds=5),
        )  # fmt: skip
        runner = OutboxRunner(
            events=store.events, outbox=store.outbox, policy=POLICY, links=LINKS, clock=clock,
            channels={"mail": (CHANNEL, CHANNEL.open(settings))},
            letterheads=HEADS, chance=lambda: 0.5,
        )  # fmt: skip
        journal.listen(lambda _: runner.wake())
        intake = PublicIntake(
            events=store.events, append=journal.append, channels={"mail": CHANNEL},
            policy=POLICY, letterheads=HEADS, links=LINKS, clock=clock,
        )  # fmt: skip
        task = asyncio.create_task(runner.run())
        yield Desk(intake, store, clock, sink)
        runner.stop()
        await asyncio.wait_for(task, 10)
    await store.close()


async def test_a_subscription_counts_once_its_link_was_used(desk: Desk):
    await desk.subscribe()
    token = await desk.token()
    assert await desk.state() is SubscriberState.PENDING
    assert await desk.intake.subscription(token) == ADA
    assert await desk.intake.confirm(token)
    assert await desk.state() is SubscriberState.CONFIRMED
    assert await desk.events() == [SubscriptionRequested, SubscriptionConfirmed]


async def test_the_mail_with_the_link_says_what_it_is_about(desk: Desk):
    await desk.subscribe(ADA, "checkout")
    [mail] = await desk.sink.wait_for(1)
    assert mail.message["Subject"] == "Confirm your subscription: Acme Status"
    assert "Checkout" in mail.body()
    assert mail.message["List-Unsubscribe"] is None


async def test_an_address_subscribes_on_each_page_for_itself(desk: Desk):
    await desk.subscribe(ADA, "checkout")
    assert await desk.intake.confirm(await desk.token(1))
    await desk.subscribe(ADA, "vault", page=INSIDE)
    assert await desk.intake.confirm(inside := await desk.token(2))
    mails = desk.sink.to(ADA)
    assert f"{URL}/inside/subscribe/{inside}" in mails[1].body()
    assert "Acme inside" in str(mails[1].message["Subject"])
    main, other = await desk.record(), await desk.record(INSIDE)
    assert main is not None
    assert other is not None
    assert (main.components, other.components) == (("checkout",), ("vault",))
    assert await desk.intake.unsubscribe(LINKS.unsubscribe_url(URL, main.id).rpartition("/")[2])
    assert await desk.state() is SubscriberState.ENDED
    assert (await desk.record(INSIDE)) == other


async def test_a_stranger_cannot_fill_a_mailbox_by_going_from_page_to_page(desk: Desk):
    for _ in range(MOST_A_DAY):
        for page in HEADS:
            await desk.subscribe(page=page)
        await desk.clock.advance(SAME_AGAIN_AFTER)
    await desk.sink.wait_for(MOST_A_DAY)
    histories = [
        await desk.store.events.load(subject_of(record.id))
        for page in HEADS
        if (record := await desk.record(page))
    ]
    assert [len(history) for history in histories] == [MOST_A_DAY // 2, MOST_A_DAY // 2]


async def test_using_a_link_twice_is_fine(desk: Desk):
    await desk.subscribe()
    token = await desk.token()
    assert await desk.intake.confirm(token)
    assert await desk.intake.confirm(token)
    assert (await desk.events()).count(SubscriptionConfirmed) == 1


async def test_a_link_expires(desk: Desk):
    await desk.subscribe()
    token = await desk.token()
    await desk.clock.advance(CONFIRM_WITHIN + timedelta(seconds=1))
    assert await desk.intake.subscription(token) is None
    assert not await desk.intake.confirm(token)


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "ä", "\x00"])
async def test_a_link_that_we_did_not_make_is_worth_nothing(desk: Desk, token: str):
    assert await desk.intake.subscription(token) is None
    assert not await desk.intake.confirm(token)
    assert not await desk.intake.unsubscribe(token)


async def test_asking_again_says_nothing_and_mails_nothing_for_a_while(desk: Desk):
    await desk.subscribe()
    await desk.sink.wait_for(1)
    await desk.subscribe()
    await desk.clock.advance(SAME_AGAIN_AFTER)
    await desk.subscribe()
    await desk.sink.wait_for(2)
    assert await desk.events() == [SubscriptionRequested] * 2
    assert len({mail.key for mail in desk.sink.mails}) == 2


async def test_of_many_first_requests_at_once_one_counts(desk: Desk):
    await asyncio.gather(*(desk.subscribe() for _ in range(5)))
    await desk.sink.wait_for(1)
    assert await desk.events() == [SubscriptionRequested]


async def test_nobody_changes_what_another_hears_of(desk: Desk):
    await desk.subscribe()
    await desk.intake.confirm(await desk.token())
    await desk.subscribe(ADA, "checkout")
    token = await desk.token(2)
    record = await desk.record()
    assert record is not None
    assert record.components == ()
    assert await desk.intake.confirm(token)
    record = await desk.record()
    assert record is not None
    assert record.components == ("checkout",)


async def test_unsubscribing_takes_one_click_and_a_second_one_is_fine(desk: Desk):
    await desk.subscribe()
    confirm = await desk.token()
    await desk.intake.confirm(confirm)
    record = await desk.record()
    assert record is not None
    token = LINKS.unsubscribe_url(URL, record.id).rpartition("/")[2]
    assert await desk.intake.subscription(token) == ADA
    assert await desk.intake.unsubscribe(token)
    assert await desk.intake.unsubscribe(token)
    assert await desk.state() is SubscriberState.ENDED
    assert (await desk.events()).count(SubscriptionEnded) == 1
    assert not await desk.intake.confirm(confirm), "an old link revives nothing"


async def test_who_was_erased_can_still_use_the_link_in_an_old_mail(desk: Desk):
    await desk.subscribe()
    await desk.sink.wait_for(1)
    record = await desk.record()
    assert record is not None
    await desk.store.events.erase(record.id)
    token = LINKS.unsubscribe_url(URL, record.id).rpartition("/")[2]
    assert await desk.intake.subscription(token) is None
    assert await desk.intake.unsubscribe(token)


@pytest.mark.parametrize(
    ("channel", "address", "components"),
    [
        ("mail", "nonsense", ()),
        ("mail", "a@b.cd\r\nBcc: e@f.gh", ()),
        ("pigeon", ADA, ()),
        ("mail", ADA, ("unknown",)),
        ("mail", ADA, ("checkout", "vault")),
    ],
)
async def test_what_cannot_be_is_refused_with_words_for_the_form(
    desk: Desk, channel: str, address: str, components: tuple[str, ...]
):
    with pytest.raises(ValueError, match=r"\.$"):
        await desk.intake.subscribe(PAGE, channel, address, components, "en")
    assert desk.sink.mails == []


async def test_who_never_confirmed_is_forgotten_and_who_did_is_not(desk: Desk):
    await desk.subscribe("bob@example.com")
    await desk.sink.wait_for(1)
    await desk.subscribe()
    await desk.intake.confirm(await desk.token(2))
    await desk.clock.advance(FORGOTTEN_AFTER + timedelta(seconds=1))
    await desk.store.prune(desk.clock.now())
    assert await desk.store.events.subscribers_at("mail", "bob@example.com") == {}
    assert await desk.state() is SubscriberState.CONFIRMED
