"""A webhook from the form to the last event: real store, real outbox, real connections."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from standardwebhooks import WebhookVerificationError
from structlog.testing import capture_logs

from checks.clock import SystemClock
from incidents.channels.webhook import CHANNEL, WebhookSettings
from incidents.endpoints import DISABLED_AFTER, FEWEST_FAILURES, ROTATION, EndpointState
from incidents.events import Opened, Published, StatusChanged, UpdatePosted
from incidents.ids import stable_id
from incidents.journal import Journal
from incidents.letterheads import Letterhead
from incidents.model import ComponentStatus, IncidentStatus
from incidents.outbox import OutboxRunner
from incidents.policy import Component, Policy, Publication, Route, Target
from incidents.ports import Append
from incidents.sending import Message, SendError
from incidents.subscriptions import Links
from incidents.words import load
from monitor.endpoints import EndpointSender, Signer
from monitor.notices import Notices
from monitor.storage.sqlite import SqliteStore
from monitor.vault import Vault
from monitor.webhooks import KNOWN_ALREADY, NOT_ECHOED, WebhookDesk, echo_in
from statuspage.ports import Webhook, WebhookAction
from tests import hooks
from tests.hooks import Sink, hook_sink

KEYS = [b"a key for tests, long enough"]
URL = "https://status.acme.example"
PAGE = "main"
INSIDE = "inside"
HEADS = {
    PAGE: Letterhead("Acme", URL, shown=frozenset({"checkout", "search"})),
    INSIDE: Letterhead("Inside", f"{URL}/inside"),
}
CONTACT = "ada@example.com"
ENGLISH = load("en")
POLICY = Policy(
    components={one: Component(one, one.title()) for one in ("checkout", "search", "vault")}
)
VERIFY, PAUSE, ROTATE, REMOVE = WebhookAction


class MovedClock(SystemClock):
    """The real clock, moved on by a test: receivers compare our timestamps with their own."""

    def __init__(self) -> None:
        super().__init__()
        self.ahead = timedelta(0)

    def now(self):
        return super().now() + self.ahead


def random(count: int) -> bytes:
    random.count += 1
    return random.count.to_bytes(count, "big")


random.count = 0


@dataclass
class Desk:
    """The desk and all that stands behind it."""

    desk: WebhookDesk
    store: SqliteStore
    sink: Sink
    clock: MovedClock
    make_runner: Callable[[], OutboxRunner]
    mails: list[tuple[str, Message]]
    posted: int = 0

    def start(self) -> None:
        self.runner = self.make_runner()
        self.running = asyncio.create_task(self.runner.run())

    async def crash(self) -> None:
        """What was being sent is not settled; another process takes over."""
        self.running.cancel()
        await asyncio.wait({self.running})
        await self.store.outbox.resume()
        self.start()

    async def added(self, *components: str, path: str = "") -> Webhook:
        return await self.desk.add(PAGE, self.sink.url + path, components, CONTACT)

    async def active(self, *components: str, path: str = "") -> Webhook:
        """One that has answered its challenge; the secret is the one first shown."""
        self.sink.behaves = hooks.echoes
        made = await self.added(*components, path=path)
        found = await self.desk.act(made.token, VERIFY)
        assert found is not None
        assert found.state is EndpointState.ACTIVE
        self.sink.received.clear()
        return made

    async def state(self, webhook: Webhook) -> EndpointState | None:
        found = await self.desk.webhook(webhook.token)
        return found and found.state

    async def post(self, component: str = "checkout") -> None:
        """An incident opens and is told."""
        self.posted += 1
        now, id = self.clock.now(), stable_id("test", str(self.posted))
        events = (
            Opened("It is down", now, Publication()),
            StatusChanged(component, ComponentStatus.MAJOR_OUTAGE, now),
            Published(),
            UpdatePosted(f"u{self.posted}", IncidentStatus.INVESTIGATING, "We are looking."),
        )
        append = Append(f"incident:{id}", 0, now, "machine", events, told=frozenset({3}))
        await self.store.events.append([append])
        self.runner.wake()

    async def settled(self) -> None:
        """Wait until nothing is owed any more."""
        async with asyncio.timeout(10):
            while await self.store.outbox.pending() != (0, None):  # noqa: ASYNC110
                await asyncio.sleep(0.01)


class Mailer:
    """Takes mails, and keeps them."""

    def __init__(self) -> None:
        self.mails: list[tuple[str, Message]] = []

    async def send(self, address: str, message: Message) -> None:
        self.mails.append((address, message))
        if len(self.mails) > 1:
            raise SendError("the server is away")

    async def close(self) -> None:
        """Hold nothing."""


def settings(*ports: int) -> WebhookSettings:
    return WebhookSettings(
        ports=ports, allow_http=True, allow_private=("127.0.0.0/8",), timeout=timedelta(seconds=5)
    )


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    clock = MovedClock()
    store = SqliteStore(tmp_path / "upfront.db")
    await store.start()
    journal = Journal(store.events, POLICY, clock)
    await journal.start()
    async with hook_sink() as sink:
        vault, links = Vault(KEYS, random), Links(KEYS)
        signer = Signer(vault, clock)
        made = WebhookDesk(
            endpoints=store.endpoints, events=store.events, append=journal.append, vault=vault,
            signer=signer, links=links, policy=POLICY, letterheads=HEADS, clock=clock,
        )  # fmt: skip

        mailer = Mailer()
        notices = Notices(mailer, lambda: HEADS, clock)

        def runner() -> OutboxRunner:
            # Where it may send to is tried elsewhere: here the sinks' ports are not known yet.
            anywhere = range(1_024, 65_536)
            channel = CHANNEL.open(settings(*anywhere))
            sender = EndpointSender(channel, store.endpoints, signer, clock, notices.disabled)
            return OutboxRunner(
                events=store.events, outbox=store.outbox, policy=POLICY, links=links, clock=clock,
                channels={"webhook": (CHANNEL, sender)},
                letterheads=HEADS, chance=lambda: 0.0,
            )  # fmt: skip

        await made.adopt(settings(sink.port))
        opened = Desk(made, store, sink, clock, runner, mailer.mails)
        opened.start()
        yield opened
        opened.runner.stop()
        await asyncio.wait_for(opened.running, 10)
        await made.close()
    await store.close()


async def test_nothing_is_sent_before_the_challenge_is_asked_for(desk: Desk):
    made = await desk.added()
    await desk.post()
    await desk.settled()
    assert made.state is EndpointState.UNVERIFIED
    assert made.secret.startswith("whsec_")
    assert desk.sink.received == []


async def test_the_challenge_is_signed_with_the_secret_that_was_shown(desk: Desk):
    desk.sink.behaves = hooks.echoes
    made = await desk.added()
    found = await desk.desk.act(made.token, VERIFY)
    assert found is not None
    assert (found.state, found.secret, found.mistake) == (EndpointState.ACTIVE, "", "")
    [challenge] = desk.sink.received
    assert challenge.verified(made.secret)["type"] == "subscription.challenge"


async def test_after_the_challenge_each_update_is_posted_and_verifies(desk: Desk):
    made = await desk.active()
    await desk.post()
    [received] = await desk.sink.wait_for(1)
    event = received.verified(made.secret)
    assert event["type"] == "incident.update_posted"
    assert event["data"]["update"]["body"] == "We are looking."


async def test_only_what_was_asked_for_is_posted(desk: Desk):
    await desk.active("search")
    await desk.post("checkout")
    await desk.settled()
    await desk.post("search")
    [received] = await desk.sink.wait_for(1)
    assert received.event["data"]["components"][0]["name"] == "Search"


@pytest.mark.parametrize(
    ("behaves", "mistake"),
    [
        (hooks.takes, ENGLISH(NOT_ECHOED)),
        (hooks.mirrors, ENGLISH(NOT_ECHOED)),
        (hooks.errs, "answered 500"),
        (hooks.redirects, "redirects are not followed"),
        (hooks.drops, "connection closed"),
        (hooks.floods, ENGLISH(NOT_ECHOED)),
    ],
)
async def test_who_does_not_answer_the_challenge_gets_nothing(desk: Desk, behaves, mistake: str):
    desk.sink.behaves = behaves
    made = await desk.added()
    found = await desk.desk.act(made.token, VERIFY)
    assert found is not None
    assert found.state is EndpointState.UNVERIFIED
    assert mistake.lower() in found.mistake.lower()
    await desk.post()
    await desk.settled()
    assert len(desk.sink.received) == 1


async def test_an_owner_is_answered_in_the_language_of_the_form(desk: Desk):
    desk.sink.behaves = hooks.takes
    made = await desk.desk.add(PAGE, desk.sink.url, (), language="de")
    found = await desk.desk.act(made.token, VERIFY)
    assert found is not None
    assert found.mistake == load("de")(NOT_ECHOED)


async def test_a_strangers_request_for_the_same_address_changes_nothing(desk: Desk):
    owners = await desk.active()
    strangers = await desk.added()
    found = await desk.desk.act(strangers.token, VERIFY)
    assert found is not None
    assert found.mistake == ENGLISH(KNOWN_ALREADY)
    desk.sink.received.clear()
    await desk.post()
    await desk.settled()
    [received] = desk.sink.received
    received.verified(owners.secret)
    with pytest.raises(WebhookVerificationError):
        received.verified(strangers.secret)


async def test_what_fails_is_posted_again_under_the_same_id(desk: Desk):
    made = await desk.active()
    desk.sink.behaves = hooks.errs
    await desk.post()
    await desk.sink.wait_for(3)
    desk.sink.behaves = hooks.takes
    await desk.settled()
    assert len({received.id for received in desk.sink.received}) == 1
    assert "." not in desk.sink.received[0].id
    for received in desk.sink.received:
        received.verified(made.secret)
    found = await desk.desk.webhook(made.token)
    assert found is not None
    assert found.failures == ()


async def test_what_a_crash_interrupts_is_posted_again_under_the_same_id(desk: Desk):
    made = await desk.active()
    desk.sink.behaves = hooks.hangs
    await desk.post()
    await desk.sink.wait_for(1)
    await desk.crash()
    desk.sink.behaves = hooks.takes
    first, again = await desk.sink.wait_for(2)
    assert first.id == again.id
    assert first.body == again.body
    again.verified(made.secret)


async def test_receivers_that_hang_do_not_hold_up_the_others(desk: Desk):
    await desk.active()
    async with hook_sink(hooks.echoes) as hanging:
        await desk.desk.adopt(settings(hanging.port))
        for number in range(40):
            made = await desk.desk.add(PAGE, f"{hanging.url}&number={number}", ())
            await desk.desk.act(made.token, VERIFY)
        hanging.behaves = hooks.hangs
        await desk.post()
        async with asyncio.timeout(2):
            await desk.sink.wait_for(1)
            await hanging.wait_for(2 * 40)


async def test_one_that_answers_410_is_disabled_and_its_page_says_why(desk: Desk):
    made = await desk.active()
    desk.sink.behaves = hooks.is_gone
    await desk.post()
    await desk.settled()
    found = await desk.desk.webhook(made.token)
    assert found is not None
    assert found.state is EndpointState.DISABLED
    assert "410" in found.failures[0].reason
    await desk.post()
    await desk.settled()
    assert len(desk.sink.received) == 1


@pytest.fixture
def logged():
    """The lines that are logged meanwhile."""
    with capture_logs() as lines:
        yield lines


async def test_the_owner_of_one_that_is_turned_off_gets_one_mail_in_a_day(desk: Desk, logged):
    first, _ = await desk.active(), await desk.active(path="?2")
    assert not desk.mails
    desk.sink.behaves = hooks.is_gone
    await desk.post()
    await desk.settled()
    [(address, mail)] = desk.mails
    assert address == CONTACT
    assert mail.subject == "Your webhook is off: 127.0.0.1"
    assert "Acme posts no more to your webhook" in mail.text
    assert first.token not in mail.text + mail.html
    assert [line["event"] for line in logged] == ["a webhook is off"] * 2

    desk.clock.ahead = timedelta(days=1, minutes=1)
    desk.sink.behaves = hooks.echoes
    await desk.desk.act(first.token, VERIFY)
    desk.sink.behaves = hooks.is_gone
    await desk.post()
    await desk.settled()
    assert len(desk.mails) == 2
    assert logged[-1]["event"] == "the owner of a webhook was not told"
    assert logged[-1]["error"] == "the server is away"


async def test_one_that_fails_for_days_is_disabled_until_it_answers_again(desk: Desk):
    made = await desk.active()
    desk.sink.behaves = hooks.errs
    await desk.post()
    await desk.sink.wait_for(FEWEST_FAILURES)
    desk.clock.ahead = DISABLED_AFTER + timedelta(hours=1)
    await desk.settled()
    assert await desk.state(made) is EndpointState.DISABLED
    desk.clock.ahead = timedelta(0)
    desk.sink.behaves = hooks.echoes
    await desk.desk.act(made.token, VERIFY)
    count = len(desk.sink.received)
    await desk.post()
    received = await desk.sink.wait_for(count + 1)
    assert received[-1].event["type"] == "incident.update_posted"


async def test_a_rotated_secret_signs_beside_the_one_before_for_a_day(desk: Desk):
    made = await desk.active()
    rotated = await desk.desk.act(made.token, ROTATE)
    assert rotated is not None
    assert rotated.secret != made.secret
    await desk.post()
    [received] = await desk.sink.wait_for(1)
    received.verified(made.secret)
    received.verified(rotated.secret)
    desk.clock.ahead = ROTATION
    await desk.post()
    _, later = await desk.sink.wait_for(2)
    assert len(later.headers["webhook-signature"].split()) == 1


async def test_while_paused_nothing_is_posted_nor_made_up_for(desk: Desk):
    made = await desk.active()
    await desk.desk.act(made.token, PAUSE)
    await desk.post()
    await desk.settled()
    await desk.desk.act(made.token, VERIFY)
    await desk.post()
    await desk.settled()
    types = [received.event["type"] for received in desk.sink.received]
    assert types == ["subscription.challenge", "incident.update_posted"]


async def test_a_removed_one_is_forgotten_with_its_address(desk: Desk):
    made = await desk.active()
    assert await desk.desk.act(made.token, REMOVE) is None
    assert await desk.desk.webhook(made.token) is None
    assert await desk.store.events.subscribers_at("webhook", desk.sink.url) == {}
    await desk.post()
    await desk.settled()
    assert desk.sink.received == []
    again = await desk.active()
    assert await desk.state(again) is EndpointState.ACTIVE


async def test_no_secret_is_stored_in_the_clear(desk: Desk, tmp_path: Path):
    made = await desk.active()
    written = b"".join(file.read_bytes() for file in tmp_path.glob("upfront.db*"))  # noqa: ASYNC240
    assert made.address.encode() in written
    assert made.secret.removeprefix("whsec_").encode() not in written


async def test_the_page_of_a_webhook_shows_no_key_in_its_address(desk: Desk):
    made = await desk.added()
    assert made.address == f"http://127.0.0.1:{desk.sink.port}/hook"


@pytest.mark.parametrize("token", ["", "x", "a.b", "ä", "\x00"])
async def test_a_link_that_we_did_not_make_is_worth_nothing(desk: Desk, token: str):
    assert await desk.desk.webhook(token) is None
    assert await desk.desk.act(token, REMOVE) is None


@pytest.mark.parametrize(
    ("address", "components"),
    [
        ("nonsense", ()),
        ("https://127.0.0.1:22/", ()),
        ("http://10.0.0.1:{port}/", ()),
        ("http://169.254.169.254:{port}/latest/meta-data", ()),
        ("http://127.0.0.1:{port}/", ("unknown",)),
    ],
)
async def test_what_cannot_be_is_refused_with_words_for_the_form(
    desk: Desk, address: str, components: tuple[str, ...]
):
    with pytest.raises(ValueError, match=r"\.$"):
        await desk.desk.add(PAGE, address.format(port=desk.sink.port), components)


async def test_what_is_no_mail_address_is_no_contact(desk: Desk):
    with pytest.raises(ValueError, match="Enter a mail address"):
        await desk.desk.add(PAGE, desk.sink.url, (), "ada")


async def test_where_the_file_sets_none_up_none_can_be_added(desk: Desk):
    made = await desk.added()
    await desk.desk.adopt(None)
    with pytest.raises(ValueError, match="does not post"):
        await desk.added()
    found = await desk.desk.act(made.token, VERIFY)
    assert found is not None
    assert "does not post" in found.mistake


@pytest.mark.parametrize("components", [("vault",), ("checkout", "vault")])
async def test_what_is_not_on_the_page_cannot_be_chosen_there(desk: Desk, components):
    with pytest.raises(ValueError, match="on this page"):
        await desk.added(*components)


async def test_an_address_has_a_webhook_on_each_page_and_each_is_told_its_part(desk: Desk):
    main = await desk.active()
    inside = await desk.desk.add(INSIDE, desk.sink.url, ())
    await desk.desk.act(inside.token, VERIFY)
    desk.sink.received.clear()
    await desk.post("vault")
    [only] = await desk.sink.wait_for(1)
    event = only.verified(inside.secret)
    assert event["data"]["page"]["url"] == f"{URL}/inside"
    assert event["data"]["incident"]["shortlink"].startswith(f"{URL}/inside/incidents/")
    await desk.settled()
    await desk.post("checkout")
    await desk.sink.wait_for(3)
    await desk.settled()
    urls = {
        one.event["data"]["page"]["url"]: one.event["data"]["components"][0]["name"]
        for one in desk.sink.received[1:]
    }
    assert urls == {URL: "Checkout", f"{URL}/inside": "Checkout"}
    assert await desk.state(main) is EndpointState.ACTIVE


async def test_a_route_is_told_over_a_webhook(desk: Desk):
    target = Target("webhook", desk.sink.url)
    policy = Policy(components=POLICY.components, routes=(Route("team", (target,)),))
    desk.runner.adopt(policy, HEADS)
    await desk.post()
    [received] = await desk.sink.wait_for(1)
    assert received.event["data"]["incident"]["name"] == "It is down"
    assert "webhook-signature" not in received.headers


@pytest.mark.parametrize(
    ("answer", "echo"),
    [
        (b"abc", "abc"),
        (b" abc\n", "abc"),
        (b'"abc"', "abc"),
        (b'{"challenge": "abc"}', "abc"),
        (b'{"data": {"challenge": "abc"}}', '{"data": {"challenge": "abc"}}'),
        (b"\xff", "\ufffd"),
        (b"", ""),
    ],
)
def test_a_challenge_is_found_in_an_answer(answer: bytes, echo: str):
    assert echo_in(answer) == echo
