"""The outbox over the real store and a real SMTP server, with everything that goes wrong."""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from incidents.channels.mail import CHANNEL, MailSettings
from incidents.events import (
    ComponentUnknown,
    Event,
    Opened,
    Published,
    Retitled,
    StatusChanged,
    SubscriptionEnded,
    UpdatePosted,
)
from incidents.ids import stable_id
from incidents.letterheads import Letterhead
from incidents.model import (
    ComponentStatus,
    Impact,
    IncidentStatus,
    Subscriber,
    SubscriberState,
)
from incidents.outbox import (
    AHEAD,
    AT_ONCE,
    FAN_OUTS_AT_ONCE,
    FEWEST_ATTEMPTS,
    FIRST_RETRY,
    GIVE_UP_AFTER,
    LEASE,
    LONGEST_RETRY,
    PAGE,
    OutboxRunner,
    hopeless,
    retry_after,
)
from incidents.policy import Component, Policy, Publication, Route, Target
from incidents.ports import Append, Outbox, StorageError
from incidents.sending import Channel, Message, Sender, SendError
from incidents.subscriptions import Links
from monitor.storage.sqlite import SqliteStore
from tests.clock import START, FakeClock
from tests.smtp import Sink, smtp_sink

INCIDENT = "k3v9abcdefgh"
URL = "https://status.acme.example"
LINKS = Links([b"a key for tests, long enough"])
POLICY = Policy(
    components={
        "checkout": Component("checkout", "Checkout"),
        "search": Component("search", "Search"),
    }
)


@dataclass
class Counts:
    """Implements the meter's port for what the outbox reports."""

    deliveries: Counter[tuple[str, str]] = field(default_factory=Counter)
    gauges: dict[str, float] = field(default_factory=dict)

    def count(self, name: str, amount: float = 1, /, **labels: str) -> None:
        assert name == "upfront_deliveries_total"
        self.deliveries[labels["channel"], labels["outcome"]] += int(amount)

    def gauge(self, name: str, value: float, /, **labels: str) -> None:
        self.gauges[name] = value

    def observe(self, name: str, value: float, /, **labels: str) -> None:
        raise AssertionError(name)


@dataclass
class Office:
    """A store, a clock and what is counted: what outlives a runner."""

    store: SqliteStore
    clock: FakeClock = field(default_factory=FakeClock)
    meter: Counts = field(default_factory=Counts)
    policy: Policy = POLICY
    chance: Callable[[], float] = lambda: 1.0
    sequences: Counter[str] = field(default_factory=Counter)

    def runner(
        self, channels: dict[str, tuple[Channel, Sender]], outbox: Outbox | None = None
    ) -> OutboxRunner:
        return OutboxRunner(
            events=self.store.events,
            outbox=outbox or self.store.outbox,
            channels=channels,
            policy=self.policy,
            letterheads={"": Letterhead("Acme Status", URL, timezone="Europe/Berlin")},
            links=LINKS,
            clock=self.clock,
            chance=self.chance,
            meter=self.meter,
        )

    async def append(
        self, subject: str, *events: Event, told: int | None = None,
        subscriber: Subscriber | None = None,
    ) -> None:  # fmt: skip
        """Write events; `told` is the index of the one that somebody is told of."""
        expected = self.sequences[subject]
        self.sequences[subject] += len(events)
        shown = frozenset() if told is None else frozenset({told})
        now = self.clock.now()
        await self.store.events.append(
            [Append(subject, expected, now, "machine", events, shown, subscriber=subscriber)]
        )

    async def subscribed(self, address: str, *components: str, language: str = "en") -> Subscriber:
        one = Subscriber(
            id=stable_id(address), channel="mail", address=address, created_at=START,
            state=SubscriberState.CONFIRMED, components=components, language=language,
        )  # fmt: skip
        await self.append(f"subscriber:{one.id}", SubscriptionEnded("test"), subscriber=one)
        return one

    async def opened(self) -> None:
        await self.append(
            f"incident:{INCIDENT}",
            Opened("Checkout is down", self.clock.now(), Publication()),
            StatusChanged("checkout", ComponentStatus.MAJOR_OUTAGE, self.clock.now()),
            Published(),
            told=0,
        )

    async def update(self, body: str = "We are looking into it.", number: int = 1) -> None:
        promised_at = self.clock.now() + timedelta(minutes=30)
        await self.append(
            f"incident:{INCIDENT}",
            UpdatePosted(
                f"update{number}", IncidentStatus.INVESTIGATING, body, promised_at=promised_at
            ),
            told=0,
        )

    async def owed(self) -> int:
        return (await self.store.outbox.pending())[0]


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    store = SqliteStore(tmp_path / "upfront.db")
    await store.start()
    yield Office(store)
    await store.close()


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    async with smtp_sink() as running:
        yield running


def by_mail(sink: Sink) -> dict[str, tuple[Channel, Sender]]:
    settings = MailSettings(
        host="127.0.0.1", port=sink.port, sender="Acme Status <status@acme.example>",
        timeout=timedelta(seconds=5),
    )  # fmt: skip
    return {"mail": (CHANNEL, CHANNEL.open(settings))}


@asynccontextmanager
async def running(runner: OutboxRunner) -> AsyncIterator[OutboxRunner]:
    """The runner at work; stopped in order at the end."""
    task = asyncio.create_task(runner.run())
    try:
        yield runner
    finally:
        runner.stop()
        await asyncio.wait_for(task, 10)


async def until(true: Callable[[], bool], runner: OutboxRunner | None = None) -> None:
    """Wait for other threads and sockets to have brought something about."""
    async with asyncio.timeout(10):
        while not true():
            if runner:
                runner.wake()
            await asyncio.sleep(0.005)


def outcome(office: Office, name: str, channel: str = "mail") -> int:
    return office.meter.deliveries[channel, name]


# Pure -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("attempts", "ceiling"),
    [
        (1, FIRST_RETRY),
        (2, FIRST_RETRY * 2),
        (3, FIRST_RETRY * 4),
        (8, LONGEST_RETRY),
        (5000, LONGEST_RETRY),
    ],
)
def test_the_wait_doubles_under_a_ceiling_and_is_fully_jittered(attempts: int, ceiling: timedelta):
    assert retry_after(attempts, 1.0) == ceiling
    assert retry_after(attempts, 0.25) == ceiling / 4
    assert retry_after(attempts, 0.0) == timedelta(0)


@pytest.mark.parametrize(
    ("attempts", "age", "given_up"),
    [
        (1, GIVE_UP_AFTER * 2, False),
        (FEWEST_ATTEMPTS, GIVE_UP_AFTER, False),
        (FEWEST_ATTEMPTS, GIVE_UP_AFTER + timedelta(seconds=1), True),
        (1000, timedelta(days=1), False),
    ],
)
def test_it_gives_up_after_days_but_not_because_we_were_away(
    attempts: int, age: timedelta, given_up: bool
):
    assert hopeless(attempts, age) is given_up


# Who is told ----------------------------------------------------------------------------------


async def test_each_confirmed_subscriber_gets_each_update_once(office: Office, sink: Sink):
    for name in ("ada", "bob"):
        await office.subscribed(f"{name}@example.com")
    await office.opened()
    async with running(office.runner(by_mail(sink))) as runner:
        await office.update(number=1)
        await office.update(number=2)
        runner.wake()
        await sink.wait_for(4)
        await until(lambda: outcome(office, "sent") == 4)
    assert Counter(mail.recipient for mail in sink.mails) == {
        "ada@example.com": 2,
        "bob@example.com": 2,
    }
    assert len({mail.key for mail in sink.mails}) == 4
    assert await office.owed() == 0


async def test_who_confirmed_after_the_event_is_not_told_of_it(office: Office, sink: Sink):
    await office.opened()
    await office.update("before")
    await office.subscribed("late@example.com")
    await office.update("after", number=2)
    async with running(office.runner(by_mail(sink))):
        await sink.wait_for(1)
        await until(lambda: outcome(office, "sent") == 1)
    assert ["after" in mail.body() for mail in sink.mails] == [True]


async def test_who_chose_components_hears_of_these_only(office: Office, sink: Sink):
    await office.subscribed("checkout@example.com", "checkout")
    await office.subscribed("search@example.com", "search")
    await office.opened()
    await office.update()
    async with running(office.runner(by_mail(sink))):
        await until(lambda: outcome(office, "sent") == 1)
    assert [mail.recipient for mail in sink.mails] == ["checkout@example.com"]


async def test_more_subscribers_than_fit_a_page_are_all_told(office: Office, sink: Sink):
    many = PAGE + 7
    await asyncio.gather(*(office.subscribed(f"s{number}@example.com") for number in range(many)))
    await office.opened()
    await office.update()
    async with running(office.runner(by_mail(sink))):
        await sink.wait_for(many, within_seconds=60)
        await until(lambda: outcome(office, "sent") == many)
    assert len({mail.recipient for mail in sink.mails}) == many


async def test_who_unsubscribed_in_between_is_not_told(office: Office, sink: Sink):
    one = await office.subscribed("ada@example.com")
    await office.opened()
    await office.update()
    sink.refused["ada@example.com"] = "451 later"
    async with running(office.runner(by_mail(sink))) as runner:
        await until(lambda: outcome(office, "retried") == 1)
        await office.append(
            f"subscriber:{one.id}", SubscriptionEnded(),
            subscriber=Subscriber(one.id, "mail", one.address, START, SubscriberState.ENDED),
        )  # fmt: skip
        sink.refused.clear()
        await office.clock.advance(FIRST_RETRY)
        await until(lambda: outcome(office, "dropped") == 1, runner)
    assert sink.mails == []


async def test_who_was_erased_in_between_is_not_told(office: Office, sink: Sink):
    one = await office.subscribed("ada@example.com")
    await office.opened()
    await office.update()
    sink.refused["ada@example.com"] = "451 later"
    async with running(office.runner(by_mail(sink))) as runner:
        await until(lambda: outcome(office, "retried") == 1)
        await office.store.events.erase(one.id)
        sink.refused.clear()
        await office.clock.advance(FIRST_RETRY)
        await office.subscribed("bob@example.com")
        await office.update("More.", number=2)
        runner.wake()
        await sink.wait_for(1)
    assert [mail.recipient for mail in sink.mails] == ["bob@example.com"]
    assert await office.owed() == 0


async def test_routes_are_told_by_impact_and_component(office: Office, sink: Sink):
    office.policy = Policy(
        components=POLICY.components,
        routes=(
            Route("grave", (Target("mail", "grave@acme.example"),), frozenset({Impact.CRITICAL})),
            Route("small", (Target("mail", "small@acme.example"),), frozenset({Impact.MINOR})),
            Route("search", (Target("mail", "se@acme.example"),), components=frozenset({"search"})),
            Route("twice", (Target("mail", "grave@acme.example"),)),
        ),
    )
    async with running(office.runner(by_mail(sink))) as runner:
        await office.opened()
        runner.wake()
        await until(lambda: outcome(office, "sent") == 1)
    assert [mail.recipient for mail in sink.mails] == ["grave@acme.example"]
    assert sink.mails[0].message["Subject"] == "[Acme Status] Opened: Checkout is down"
    assert sink.mails[0].message["List-Unsubscribe"] is None


async def test_operators_hear_that_we_cannot_tell(office: Office, sink: Sink):
    office.policy = Policy(
        components=POLICY.components, routes=(Route("all", (Target("mail", "ops@acme.example"),)),)
    )
    await office.subscribed("ada@example.com")
    await office.append(
        "component:checkout", ComponentUnknown(START, "No result for 3 minutes."), told=0
    )
    async with running(office.runner(by_mail(sink))):
        await until(lambda: outcome(office, "sent") == 1)
    assert [mail.recipient for mail in sink.mails] == ["ops@acme.example"]
    assert "We cannot tell how Checkout is" in sink.mails[0].body()
    assert "No result for 3 minutes." in sink.mails[0].body()


# What they read -------------------------------------------------------------------------------


async def test_a_late_mail_tells_what_the_event_told(office: Office, sink: Sink):
    await office.subscribed("ada@example.com")
    await office.opened()
    await office.update("First words.")
    await office.append(f"incident:{INCIDENT}", Retitled("Something else"))
    await office.append(
        f"incident:{INCIDENT}",
        StatusChanged("checkout", ComponentStatus.OPERATIONAL, office.clock.now()),
    )
    async with running(office.runner(by_mail(sink))):
        [mail] = await sink.wait_for(1)
    assert mail.message["Subject"] == "Investigating: Checkout is down"
    assert "Affected: Checkout (down)" in mail.body()
    assert "Next update by: Mon 2 Mar, 10:30 CET" in mail.body()
    assert f"{URL}/incidents/{INCIDENT}" in mail.body("html")


async def test_a_mail_is_written_in_the_language_that_was_asked_for(office: Office, sink: Sink):
    await office.subscribed("ada@example.com", language="de")
    await office.opened()
    await office.update()
    async with running(office.runner(by_mail(sink))):
        [mail] = await sink.wait_for(1)
    assert "Nächste Meldung bis: Mo., 2. März, 10:30 MEZ" in mail.body()
    assert '<html lang="de" dir="ltr">' in mail.body("html")


async def test_the_mails_of_an_incident_are_one_thread(office: Office, sink: Sink):
    await office.subscribed("ada@example.com")
    await office.opened()
    await office.update(number=1)
    await office.update(number=2)
    async with running(office.runner(by_mail(sink))):
        await sink.wait_for(2)
    assert {mail.message["References"] for mail in sink.mails} == {
        f"<{INCIDENT}.thread@acme.example>"
    }


async def test_the_link_in_the_mail_ends_just_that_subscription(office: Office, sink: Sink):
    one = await office.subscribed("ada@example.com")
    await office.opened()
    await office.update()
    async with running(office.runner(by_mail(sink))):
        [mail] = await sink.wait_for(1)
    link = mail.message["List-Unsubscribe"].strip("<>")
    assert link in mail.body()
    assert LINKS.unsubscribed_by(link.rpartition("/")[2]) == one.id


async def test_hostile_words_stay_words(office: Office, sink: Sink):
    hostile = "<script>alert(1)</script>\r\n.\r\nRCPT TO:<eve@example.com>\r\n" + "x" * 3000
    await office.subscribed("ada@example.com")
    await office.append(
        f"incident:{INCIDENT}",
        Opened("<b>Down</b>\r\nBcc: eve@example.com", START, Publication()),
        Published(),
    )
    await office.update(hostile)
    async with running(office.runner(by_mail(sink))):
        [mail] = await sink.wait_for(1)
    assert mail.message["Bcc"] is None
    assert "<script>" not in mail.body("html")
    assert "&lt;script&gt;" in mail.body("html")
    assert "RCPT TO:eve@example.com" in mail.body()
    assert "x" * 3000 in mail.body()


# What goes wrong ------------------------------------------------------------------------------


async def test_a_passing_refusal_is_tried_again_under_the_same_key(office: Office, sink: Sink):
    await office.subscribed("ada@example.com")
    await office.opened()
    await office.update()
    sink.lost_after = 1
    async with running(office.runner(by_mail(sink))) as runner:
        await until(lambda: outcome(office, "retried") == 1)
        await office.clock.advance(FIRST_RETRY)
        await until(lambda: outcome(office, "sent") == 1, runner)
    assert len(sink.mails) == 2
    assert len({mail.key for mail in sink.mails}) == 1


async def test_a_final_refusal_is_given_up_at_once_and_loudly(
    office: Office, sink: Sink, caplog: pytest.LogCaptureFixture
):
    await office.subscribed("ada@example.com")
    await office.subscribed("bob@example.com")
    await office.opened()
    await office.update()
    sink.refused["ada@example.com"] = "550 <ada@example.com> is unknown"
    async with running(office.runner(by_mail(sink))):
        await until(lambda: outcome(office, "given_up") == 1 and outcome(office, "sent") == 1)
    [record] = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert "550" in record.getMessage()
    assert "ada@" not in caplog.text
    assert await office.owed() == 0


async def test_it_gives_up_in_the_end(office: Office, sink: Sink):
    await office.subscribed("ada@example.com")
    await office.opened()
    await office.update()
    sink.refused["ada@example.com"] = "451 later"
    async with running(office.runner(by_mail(sink))) as runner:
        for attempt in range(1, FEWEST_ATTEMPTS):
            await until(lambda so_far=attempt: outcome(office, "retried") == so_far, runner)  # type: ignore[misc]
            await office.clock.advance(GIVE_UP_AFTER)
        await until(lambda: outcome(office, "given_up") == 1, runner)
    assert outcome(office, "retried") == FEWEST_ATTEMPTS - 1


class Forgetful:
    """An outbox in which nothing is settled: the process dies before it can."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self.reached = asyncio.Event()

    def __getattr__(self, name: str) -> object:
        return getattr(self._outbox, name)

    async def settle(self, *_: object, **__: object) -> None:
        self.reached.set()
        await asyncio.Event().wait()


async def test_after_a_crash_before_the_record_a_mail_comes_again_under_its_key(
    office: Office, sink: Sink
):
    await office.subscribed("ada@example.com")
    await office.opened()
    await office.update()
    forgetful = Forgetful(office.store.outbox)
    task = asyncio.create_task(office.runner(by_mail(sink), forgetful).run())
    await asyncio.wait_for(forgetful.reached.wait(), 10)
    task.cancel()
    await asyncio.wait([task])
    await office.clock.advance(LEASE)
    async with running(office.runner(by_mail(sink))):
        await until(lambda: outcome(office, "sent") == 1)
    assert len(sink.mails) == 2
    assert len({mail.key for mail in sink.mails}) == 1


async def test_an_orderly_stop_sends_what_is_under_way_and_gives_back_the_rest(
    office: Office, sink: Sink
):
    for number in range(30):
        await office.subscribed(f"s{number}@example.com")
    await office.opened()
    await office.update()
    sink.open.clear()
    runner = office.runner(by_mail(sink))
    task = asyncio.create_task(runner.run())
    await sink.wait_until_waiting(4)
    runner.stop()
    sink.open.set()
    await asyncio.wait_for(task, 10)
    first = len(sink.mails)
    assert 4 <= first < 30
    assert await office.owed() == 30 - first
    async with running(office.runner(by_mail(sink))):
        await sink.wait_for(30)
        await until(lambda: outcome(office, "sent") == 30)
    assert len({mail.recipient for mail in sink.mails}) == len(sink.mails) == 30


async def test_a_cancelled_runner_leaves_only_what_was_being_sent(office: Office, sink: Sink):
    for number in range(30):
        await office.subscribed(f"s{number}@example.com")
    await office.opened()
    await office.update()
    sink.open.clear()
    task = asyncio.create_task(office.runner(by_mail(sink)).run())
    await sink.wait_until_waiting(4)
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()
    sink.open.set()
    async with running(office.runner(by_mail(sink))):
        await until(lambda: outcome(office, "sent") == 30 - AT_ONCE)
    assert await office.owed() == AT_ONCE


async def test_a_channel_that_is_no_longer_configured_is_dropped(office: Office):
    await office.subscribed("ada@example.com")
    await office.opened()
    await office.update()
    async with running(office.runner({})):
        await until(lambda: outcome(office, "dropped") == 1)
    assert await office.owed() == 0


@dataclass
class Wall:
    """A sender that never answers, or fails as told."""

    error: Exception | None = None
    sent: list[Message] = field(default_factory=list)

    async def send(self, address: str, message: Message) -> None:
        self.sent.append(message)
        if self.error:
            raise self.error
        await asyncio.Event().wait()

    async def close(self) -> None: ...


def channel(name: str, *, idempotent: bool = True) -> Channel:
    return Channel(name, "", dict, lambda _: Wall(), idempotent=idempotent)


def routed(*channels: str) -> Policy:
    targets = tuple(Target(name, "ops@acme.example") for name in channels)
    return Policy(components=POLICY.components, routes=(Route("all", targets),))


async def test_one_channel_that_hangs_does_not_hold_up_another(office: Office, sink: Sink):
    office.policy = Policy(
        components=POLICY.components,
        routes=(
            Route("search", (Target("slow", "ops"),), components=frozenset({"search"})),
            Route(
                "rest", (Target("mail", "ops@acme.example"),), components=frozenset({"checkout"})
            ),
        ),
    )
    for number in range(3 * AHEAD):
        await office.append(
            f"incident:other{number}",
            Opened("Search is slow", START, Publication()),
            StatusChanged("search", ComponentStatus.DEGRADED, START),
            told=0,
        )
    slow = Wall()
    both = {"slow": (channel("slow"), slow), **by_mail(sink)}
    task = asyncio.create_task((runner := office.runner(both)).run())
    await until(lambda: len(slow.sent) == AT_ONCE)
    await office.opened()
    await until(lambda: outcome(office, "sent") == 1, runner)
    task.cancel()
    await asyncio.wait([task])
    assert [mail.recipient for mail in sink.mails] == ["ops@acme.example"]


@pytest.mark.parametrize(
    ("idempotent", "in_doubt", "then"),
    [(True, True, "retried"), (False, True, "given_up"), (False, False, "retried")],
)
async def test_in_doubt_a_channel_that_cannot_tell_repeats_apart_gives_up(
    office: Office, idempotent: bool, in_doubt: bool, then: str
):
    office.policy = routed("chat")
    await office.opened()
    wall = Wall(SendError("lost", in_doubt=in_doubt))
    async with running(office.runner({"chat": (channel("chat", idempotent=idempotent), wall)})):
        await until(lambda: outcome(office, then, "chat") == 1)


async def test_a_mistake_in_a_channel_is_logged_and_tried_again(
    office: Office, caplog: pytest.LogCaptureFixture
):
    office.policy = routed("chat")
    await office.opened()
    async with running(office.runner({"chat": (channel("chat"), Wall(KeyError("oops")))})):
        await until(lambda: outcome(office, "retried", "chat") == 1)
    assert "KeyError" in caplog.text


class Unreadable:
    """An outbox that chokes on the first so many events."""

    def __init__(self, outbox: Outbox, until: int) -> None:
        self._outbox = outbox
        self._until = until

    def __getattr__(self, name: str) -> object:
        return getattr(self._outbox, name)

    async def expand(self, position: int, *args: object, **more: object) -> None:
        if position <= self._until:
            raise KeyError(position)
        await self._outbox.expand(position, *args, **more)  # type: ignore[arg-type]


async def test_events_that_nobody_can_read_hold_up_no_others_and_are_logged_once(
    office: Office, sink: Sink, caplog: pytest.LogCaptureFixture
):
    strange = FAN_OUTS_AT_ONCE + 2
    for number in range(strange):
        await office.append(f"component:{number}", ComponentUnknown(START, "no result"), told=0)
    await office.subscribed("ada@example.com")
    await office.opened()
    await office.update()
    outbox = Unreadable(office.store.outbox, until=strange)
    async with running(office.runner(by_mail(sink), outbox)) as runner:  # type: ignore[arg-type]
        await until(lambda: outcome(office, "sent") == 1, runner)
    assert caplog.text.count("could not be expanded") == strange


async def test_what_is_owed_is_measured(office: Office, sink: Sink):
    await office.subscribed("ada@example.com")
    await office.opened()
    await office.update()
    sink.refused["ada@example.com"] = "451 later"
    async with running(office.runner(by_mail(sink))) as runner:
        await until(lambda: outcome(office, "retried") == 1)
        await office.clock.advance(timedelta(seconds=20))
        await until(
            lambda: office.meter.gauges.get("upfront_outbox_oldest_age_seconds") == 20.0, runner
        )
    assert office.meter.gauges["upfront_outbox_pending"] == 1.0


class Failing:
    """An outbox that fails where it is told to, as often as it is told to."""

    def __init__(self, outbox: Outbox, method: str, times: int = 2) -> None:
        self._outbox = outbox
        self._method = method
        self.times = times

    def __getattr__(self, name: str) -> object:
        if name != self._method or self.times <= 0:
            return getattr(self._outbox, name)
        self.times -= 1

        async def fail(*_: object, **__: object) -> None:
            raise StorageError("the disk is full")

        return fail


@pytest.mark.parametrize("method", ["fan_outs", "expand", "lease", "settle", "pending"])
async def test_storage_that_fails_for_a_while_loses_nothing(
    office: Office, sink: Sink, method: str, caplog: pytest.LogCaptureFixture
):
    await office.subscribed("ada@example.com")
    await office.opened()
    await office.update()
    failing = Failing(office.store.outbox, method)
    async with running(office.runner(by_mail(sink), failing)) as runner:  # type: ignore[arg-type]
        await until(lambda: "disk is full" in caplog.text, runner)
        async with asyncio.timeout(20):
            while not outcome(office, "sent"):
                await office.clock.advance(LEASE)  # what could not be settled comes again
                runner.wake()
                await asyncio.sleep(0.05)
    assert len({mail.key for mail in sink.mails}) == 1
    assert await office.owed() == 0
