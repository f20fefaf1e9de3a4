"""What each page's readers are told of one event, and that each text is written once."""

from dataclasses import replace
from datetime import timedelta

import pytest

from incidents import maintenance_words, messages, roll
from incidents.events import (
    MaintenanceScheduled,
    Opened,
    Published,
    Recorded,
    StatusChanged,
    SubscriptionRequested,
    UpdatePosted,
)
from incidents.letterheads import Letterhead, chosen, first_of
from incidents.maintenance import Work
from incidents.mistakes import Mistake
from incidents.model import ComponentStatus, IncidentStatus, Shift, Subscriber, SubscriberState
from incidents.notifications import Told, told
from incidents.policy import Component, Policy, Publication, Route, Target
from incidents.ports import Delivery, Recipient
from incidents.press import KEPT, Press, told_on
from incidents.recipients import operators, wanted_by
from incidents.sending import Message
from incidents.subscriptions import Links
from tests.clock import START

POLICY = Policy(
    components={
        "shop": Component("shop", "Shop", aliases=("store",)),
        "blog": Component("blog", "Blog"),
        "vault": Component("vault", "Vault"),
    },
    routes=(Route("all", (Target("mail", "ops@acme.example"),)),),
)
WELL, DOWN = ComponentStatus.OPERATIONAL, ComponentStatus.MAJOR_OUTAGE
HEADS = {
    "main": Letterhead(
        "Acme", "https://status.acme.example", "Europe/Berlin", frozenset({"shop", "store", "blog"})
    ),
    "inside": Letterhead("Acme inside", "https://acme.example/inside", shown=None),
    "vaults": Letterhead("Vaults", "https://vaults.example", shown=frozenset({"vault"})),
    "empty": Letterhead("Nothing", "https://nothing.example", shown=frozenset()),
}
LINKS = Links([b"a key for tests, long enough"])
INCIDENT = "incident:k3v9abcdefgh"


def log(*events, subject: str = INCIDENT) -> tuple[Recorded, ...]:
    return tuple(
        Recorded(number, subject, number, START, "machine", event)
        for number, event in enumerate(events, 1)
    )


def incident(*names: str) -> Told:
    """An incident over these components, in the machine's words, as its first post left it."""
    down = roll.of(dict.fromkeys(names, DOWN))
    title, body = messages.title(down, POLICY), messages.opened(down, POLICY)
    posted = UpdatePosted(
        "u1", IncidentStatus.INVESTIGATING, messages.written(body), body, automatic=True,
        components={name: Shift(WELL, DOWN) for name in names},
    )  # fmt: skip
    opened = Opened(messages.written(title), START, Publication(), title)
    changes = [StatusChanged(name, DOWN, START) for name in names]
    history = log(opened, *changes, Published(), posted)
    return told(history[-1], history)


def work(*names: str) -> Told:
    announced = Work("New disks", START, START + timedelta(hours=1), names, names)
    called = [messages.component_name(name, POLICY) for name in names]
    phrase = maintenance_words.announced(announced, "Etc/UTC", called)
    scheduled = MaintenanceScheduled(
        plan="disks", work=announced, phrase=phrase, body=messages.written(phrase)
    )
    history = log(scheduled, subject="maintenance:m3v9abcdefgh")
    return told(history[-1], history)


def asked() -> Told:
    history = log(SubscriptionRequested(page="main"), subject="subscriber:s1")
    return told(history[-1], history)


def press(heads=HEADS) -> Press:
    return Press(POLICY, heads, LINKS)


def to(recipient: str = "s1", language: str = "en") -> Delivery:
    one = Recipient(recipient, "mail", f"{recipient}@customer.example", language)
    return Delivery(1, 4, one, f"key-{recipient}", 0, START)


def read(page: str, found: Told, language: str = "en") -> Message:
    message = press().for_subscriber(to(language=language), found, page, leave=True)
    assert message is not None
    return message


def subscriber(page: str, *components: str) -> Subscriber:
    return Subscriber(
        "s1", "mail", "a@b.example", START, SubscriberState.CONFIRMED, components, page=page
    )


def is_told(one: Subscriber, found: Told) -> bool:
    narrowed = press().on_page(found, one.page)
    return narrowed is not None and wanted_by(one, narrowed)


# Who is told ----------------------------------------------------------------------------------


@pytest.mark.parametrize("about", [incident, work])
@pytest.mark.parametrize(
    ("page", "components", "affected", "expected"),
    [
        ("main", (), ("shop",), True),
        ("main", (), ("vault",), False),
        ("main", (), ("shop", "vault"), True),
        ("main", (), ("store",), True),
        ("main", ("shop",), ("shop", "vault"), True),
        ("main", ("blog",), ("shop", "vault"), False),
        ("main", ("vault",), ("shop", "vault"), False),
        ("main", (), ("removed",), False),
        ("main", (), (), True),
        ("inside", (), ("shop",), True),
        ("inside", (), ("vault",), True),
        ("inside", (), ("removed",), True),
        ("inside", ("vault",), ("shop", "vault"), True),
        ("vaults", (), ("shop",), False),
        ("vaults", (), ("shop", "vault"), True),
        ("empty", (), ("shop", "vault"), False),
        ("gone", (), ("shop", "vault"), False),
        ("", (), ("shop",), False),
    ],
)
def test_a_subscriber_is_told_what_they_chose_of_what_their_page_shows(
    about, page, components, affected, expected
):
    assert is_told(subscriber(page, *components), about(*affected)) is expected


def test_what_a_page_shows_is_looked_up_when_it_is_told():
    found, running = incident("vault"), press()
    assert running.on_page(found, "main") is None
    widened = replace(HEADS["main"], shown=frozenset({"shop", "vault"}))
    running.adopt(POLICY, {**HEADS, "main": widened})
    assert running.on_page(found, "main") is not None
    running.adopt(POLICY, {"inside": HEADS["inside"]})
    assert running.on_page(found, "main") is None
    assert running.for_subscriber(to(), found, "main", leave=True) is None


def test_a_post_about_what_is_elsewhere_is_not_told_though_the_incident_is_shown():
    first = incident("shop", "vault")
    body = messages.worsened({"vault": Shift(WELL, DOWN)}, POLICY)
    then = UpdatePosted(
        "u2", IncidentStatus.INVESTIGATING, messages.written(body), body,
        components={"vault": Shift(WELL, DOWN)},
    )  # fmt: skip
    history = log(*(one.event for one in first.history), then)
    second = told(history[-1], history)
    assert told_on(first, HEADS["main"], POLICY) is not None
    assert told_on(second, HEADS["main"], POLICY) is None
    assert told_on(second, HEADS["vaults"], POLICY) is not None


@pytest.mark.parametrize(
    ("page", "components", "expected"),
    [
        ("main", (), ()),
        ("main", ("blog", "shop", "blog"), ("blog", "shop")),
        ("inside", ("vault",), ("vault",)),
        ("main", ("vault",), None),
        ("main", ("shop", "vault"), None),
        ("main", ("store",), None),
        ("inside", ("unheard",), None),
        ("gone", (), None),
    ],
)
def test_only_what_is_on_a_page_can_be_chosen_there(page, components, expected):
    if expected is None:
        with pytest.raises(Mistake):
            chosen(components, page, HEADS, POLICY)
    else:
        assert chosen(components, page, HEADS, POLICY) == expected


# What they read -------------------------------------------------------------------------------


@pytest.mark.parametrize("about", [incident, work])
@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize(
    ("page", "named", "elsewhere"),
    [
        ("main", {"Shop"}, {"Vault", "vaults.example", "inside"}),
        ("vaults", {"Vault"}, {"Shop", "Acme", "acme.example"}),
        ("inside", {"Shop", "Vault"}, {"status.acme.example", "vaults.example"}),
    ],
)
def test_nothing_but_what_the_page_shows_is_in_mail_and_webhook(
    about, language, page, named, elsewhere
):
    message = read(page, about("shop", "vault"), language)
    for said in (message.text, message.html, repr(message.data)):
        assert {name for name in named if name not in said} == set()
    for said in (message.subject, message.text, message.html, message.url, repr(message.data)):
        assert {name for name in elsewhere if name in said} == set()


@pytest.mark.parametrize("page", ["main", "inside", "vaults"])
def test_letterhead_and_links_are_the_pages_own(page):
    head, message = HEADS[page], read(page, incident("shop", "vault"))
    assert message.url == f"{head.url}/incidents/k3v9abcdefgh"
    assert str(message.unsubscribe_url).startswith(f"{head.url}/unsubscribe/")
    assert f"-- \n{head.name}, {head.url}\n" in message.text
    assert f"Since: Mon 2 Mar, {'10:00 CET' if page == 'main' else '09:00 UTC'}" in message.text
    assert message.data["data"]["page"] == {
        "name": head.name, "url": head.url, "time_zone": head.timezone,
    }  # fmt: skip
    assert message.data["data"]["incident"]["shortlink"] == message.url
    assert read(page, work("shop", "vault")).url == f"{head.url}/maintenance/m3v9abcdefgh"


def test_the_machines_title_is_said_anew_of_what_is_left():
    found = incident("shop", "vault")
    assert read("main", found).subject == "Investigating: Shop is down"
    assert read("vaults", found).subject == "Investigating: Vault is down"
    assert "Shop" in read("inside", found).subject
    assert "Vault" in read("inside", found).subject


def test_the_link_that_confirms_leads_to_the_page_that_was_asked():
    message = press().for_subscriber(to(), asked(), "vaults", leave=False)
    assert message is not None
    assert message.url.startswith("https://vaults.example/subscribe/")
    assert message.subject == "Confirm your subscription: Vaults"
    assert message.unsubscribe_url is None


def test_operators_are_told_all_of_it_under_the_first_pages_letterhead():
    history = incident("shop", "vault").history
    opened = told(history[0], history)
    assert [one.address for one in operators(opened, POLICY)] == ["ops@acme.example"]
    message = press().for_operator(to("route:x"), opened)
    assert message is not None
    assert "Vault" in message.text
    assert "Shop" in message.text
    assert message.subject.startswith("[Acme] ")
    assert message.url.startswith(first_of(HEADS).url)
    assert message.unsubscribe_url is None


# Once for all ---------------------------------------------------------------------------------


def test_a_text_is_written_once_for_each_page_and_language():
    running, found = press(), incident("shop", "vault")

    def written(recipient: str, page: str, language: str) -> Message:
        message = running.for_subscriber(to(recipient, language), found, page, leave=True)
        assert message is not None
        return message

    ways = [(page, language) for page in ("main", "inside", "vaults") for language in ("en", "de")]
    first = {way: written("s1", *way) for way in ways}
    again = {way: written("s2", *way) for way in ways}
    assert all(first[way].html is again[way].html for way in ways)
    assert all(first[way].data is again[way].data for way in ways)
    assert all(first[way].unsubscribe_url != again[way].unsubscribe_url for way in ways)
    assert len({one.html for one in first.values()}) == len(ways)


def test_only_so_many_events_are_kept():
    running, found = press(), incident("shop")
    before = running.for_subscriber(to(), found, "main", leave=True)
    for number in range(KEPT):
        later = replace(found, event=replace(found.event, position=100 + number))
        running.for_subscriber(to(), later, "main", leave=True)
    after = running.for_subscriber(to(), found, "main", leave=True)
    assert before is not None
    assert after is not None
    assert after.html == before.html
    assert after.html is not before.html
