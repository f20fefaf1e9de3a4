"""What events are told as: to customers, to operators, in which words."""

from dataclasses import replace
from datetime import timedelta

import pytest

from incidents.events import (
    CheckForgotten,
    CheckJudged,
    ChecksRecovered,
    ComponentKnown,
    ComponentUnknown,
    Discarded,
    Event,
    Opened,
    Published,
    Recorded,
    Retitled,
    StatusChanged,
    SubscriptionRequested,
    UpdatePosted,
    WarningCleared,
    WarningRaised,
)
from incidents.letterheads import Letterhead
from incidents.letters import TONES, Fact, Letter, as_html, as_text
from incidents.model import (
    ComponentStatus,
    IncidentStatus,
    Judgement,
    Phrase,
    Subscriber,
    Verdict,
)
from incidents.notifications import Content, Writer, told
from incidents.policy import Component, Policy, Publication, PublicationMode, Route, Target
from incidents.recipients import asking, operators
from incidents.subscriptions import Links
from incidents.words import load, written
from tests.clock import START

POLICY = Policy(components={"checkout": Component("checkout", "Checkout")})
LINKS = Links([b"a key for tests, long enough"])
LETTERHEAD = Letterhead("Acme", "https://status.acme.example", timezone="Europe/Berlin")
MINUTE = timedelta(minutes=1)
DOWN = StatusChanged("checkout", ComponentStatus.MAJOR_OUTAGE, START)
WELL = StatusChanged("checkout", ComponentStatus.OPERATIONAL, START + 20 * MINUTE)
VERDICT = Verdict("checkout/api", Judgement.FAILING, START, START, "connection refused, 3 of 3")
OPENED = Opened("Checkout is down", START, Publication())


def incident(*events: Event) -> tuple[Recorded, ...]:
    """The events of an incident: the first ones at once, each later update a minute on."""
    at, recorded = START, []
    for sequence, event in enumerate(events, 1):
        at += MINUTE if isinstance(event, UpdatePosted) else timedelta(0)
        recorded.append(Recorded(sequence, "incident:k3v9", sequence, at, "machine", event))
    return tuple(recorded)


def subject(name: str, event: Event) -> tuple[Recorded, ...]:
    return (Recorded(1, name, 1, START, "machine", event),)


def to_subscribers(history: tuple[Recorded, ...], language: str = "en") -> Content | None:
    return Writer(POLICY, LETTERHEAD, LINKS, language).for_subscribers(told(history[-1], history))


def to_operators(history: tuple[Recorded, ...], which: int = -1) -> Content | None:
    return Writer(POLICY, LETTERHEAD, LINKS, "en").for_operators(told(history[which], history))


def test_customers_read_what_since_when_and_when_they_hear_more():
    content = to_subscribers(
        incident(
            OPENED,
            DOWN,
            Published(),
            UpdatePosted(
                "u1", IncidentStatus.IDENTIFIED, "A full disk.", promised_at=START + 30 * MINUTE
            ),
        )
    )
    assert content is not None
    assert content.subject == "Cause found: Checkout is down"
    for line in (
        "A full disk.",
        "Affected: Checkout (down)",
        "Since: Mon 2 Mar, 10:00 CET",
        "Next update by: Mon 2 Mar, 10:30 CET",
        "https://status.acme.example/incidents/k3v9",
    ):
        assert line in content.text
    assert TONES[ComponentStatus.MAJOR_OUTAGE].tint in content.html


def test_the_end_is_green_and_says_until_when():
    resolved = UpdatePosted("u1", IncidentStatus.RESOLVED, "All is well.")
    content = to_subscribers(incident(OPENED, DOWN, Published(), WELL, resolved))
    assert content is not None
    assert "Resolved: Checkout is down" in content.text
    assert "Until: Mon 2 Mar" in content.text
    assert "Next update" not in content.text
    assert TONES[ComponentStatus.OPERATIONAL].tint in content.html


def test_the_machines_words_are_said_in_the_readers_language():
    phrase = Phrase("opened", {"major_outage": "Checkout"})
    posted = UpdatePosted("u1", IncidentStatus.INVESTIGATING, "Checkout is down.", phrase)
    content = to_subscribers(incident(OPENED, DOWN, Published(), posted), "de")
    assert content is not None
    assert "Checkout ist ausgefallen" in content.text
    assert "Betroffen: Checkout (ausgefallen)" in content.text


def test_a_language_that_we_do_not_write_is_answered_in_english():
    content = to_subscribers(subject("subscriber:s1", SubscriptionRequested()), "fr")
    assert content is not None
    assert "Confirm your subscription" in content.subject


def test_a_text_without_facts_has_no_gap_where_they_would_stand():
    content = to_subscribers(subject("subscriber:s1", SubscriptionRequested()))
    assert content is not None
    assert "Affected" not in content.text
    assert "\n\n\n" not in content.text


def test_customers_read_nothing_that_is_for_operators():
    assert to_subscribers(incident(OPENED)) is None
    assert to_subscribers(subject("check:checkout/api", WarningRaised("left 9 days"))) is None


def test_operators_read_the_evidence_with_the_opening():
    content = to_operators(incident(OPENED, CheckJudged(VERDICT, 1), DOWN), which=0)
    assert content is not None
    assert content.subject == "[Acme] Opened: Checkout is down"
    assert "checkout/api: connection refused, 3 of 3" in content.text
    assert "It is not public." in content.text


def test_operators_read_until_when_they_can_discard_what_is_held():
    held = Opened("Checkout is down", START, Publication(PublicationMode.HOLD, 3 * MINUTE))
    content = to_operators(incident(held, DOWN), which=0)
    assert content is not None
    assert "It becomes public at Mon 2 Mar, 10:03 CET." in content.text


@pytest.mark.parametrize(
    ("history", "words"),
    [
        (incident(OPENED, DOWN, Discarded("a false alarm")), "A false alarm."),
        (incident(OPENED, DOWN, CheckForgotten("checkout/api")), "no longer monitored"),
        (incident(OPENED, DOWN, ChecksRecovered()), "yours to resolve"),
        (subject("component:checkout", ComponentUnknown(START, "No result.")), "No result."),
        (subject("component:checkout", ComponentKnown(START)), "tell again how Checkout is"),
        (subject("check:checkout/api", WarningRaised("9 days left")), "9 days left"),
        (
            incident(OPENED, DOWN, UpdatePosted("u1", IncidentStatus.RESOLVED, "Over.")),
            "Over.",
        ),
    ],
)
def test_operators_read_what_happened(history: tuple[Recorded, ...], words: str):
    content = to_operators(history)
    assert content is not None
    assert words in content.text
    assert words in content.html


MARKED = "Please *pay later*, or [ask us](https://help.acme.example/pay).\n\n- cards\n- <b>"


def test_an_operators_markdown_is_rendered_and_plain_in_the_text():
    posted = UpdatePosted("u1", IncidentStatus.IDENTIFIED, MARKED)
    for write in (to_subscribers, to_operators):
        content = write(incident(OPENED, DOWN, Published(), posted))
        assert content is not None
        assert "<em>pay later</em>" in content.html
        assert 'href="https://help.acme.example/pay"' in content.html
        assert "<b>" not in content.html
        assert (
            "Please pay later, or ask us (https://help.acme.example/pay).\n\n- cards\n- <b>\n\n"
            in content.text
        )


def test_what_is_no_ones_markdown_stays_as_it_is():
    verdict = replace(VERDICT, evidence="body has no *ok*")
    content = to_operators(incident(OPENED, CheckJudged(verdict, 1), DOWN), which=0)
    assert content is not None
    assert "body has no *ok*" in content.html


def test_recovery_is_told_in_words_that_fit_it():
    was = Retitled("Checkout was down")
    posted = UpdatePosted("u1", IncidentStatus.MONITORING, "Well.", Phrase("recovered", {}))
    content = to_subscribers(incident(OPENED, DOWN, Published(), WELL, was, posted))
    assert content is not None
    assert content.subject == "Checkout is working again; we keep watching"
    assert to_operators(incident(OPENED, DOWN, Published(), WELL, was, posted)).subject == (
        "[Acme] Checkout is working again; we keep watching"
    )
    german = to_subscribers(incident(OPENED, DOWN, Published(), WELL, was, posted), "de")
    assert german is not None
    assert german.subject.startswith("Checkout ist wieder in Ordnung")
    own = Retitled("Cards refused", automatic=False)
    content = to_subscribers(incident(OPENED, DOWN, Published(), WELL, own, posted))
    assert content is not None
    assert content.subject == "Watching: Cards refused"


def test_operators_hear_of_an_opening_once():
    first = UpdatePosted("u1", IncidentStatus.INVESTIGATING, "Down.", automatic=True)
    events = (OPENED, CheckJudged(VERDICT, 1), DOWN, Published(), first)
    together = tuple(
        Recorded(sequence, "incident:k3v9", sequence, START, "machine", event)
        for sequence, event in enumerate(events, 1)
    )
    target = Target("mail", "oncall@acme.example")
    policy = replace(POLICY, routes=(Route("oncall", (target,)),))
    assert operators(told(together[0], together), policy)
    assert not operators(told(together[-1], together), policy)
    assert "Customers read: Down." in to_operators(together, which=0).text
    later = incident(*events)
    assert operators(told(later[-1], later), policy)


def test_operators_read_nothing_of_what_is_no_news():
    assert to_operators(subject("check:checkout/api", WarningCleared("9 days left"))) is None


@pytest.mark.parametrize("language", written())
def test_every_status_and_stage_has_its_words(language: str):
    words = load(language)
    for status in ComponentStatus:
        assert f"status.{status}" in words
        assert f"status_within.{status}" in words
    assert all(f"incident_status.{status}" in words for status in IncidentStatus)


def test_a_title_of_the_machine_is_said_in_the_readers_language_and_a_persons_as_written():
    title = Phrase("title", {"major_outage": "Checkout"})
    opened = replace(OPENED, phrase=title)
    posted = UpdatePosted("u1", IncidentStatus.IDENTIFIED, "A full disk.")
    german = to_subscribers(incident(opened, DOWN, Published(), posted), "de")
    assert german is not None
    assert german.subject == "Ursache gefunden: Checkout ist ausgefallen"
    assert german.data["data"]["incident"]["name"] == "Checkout ist ausgefallen"
    assert 'lang="de" dir="ltr"' in german.html
    own = Retitled("Cards refused", automatic=False)
    german = to_subscribers(incident(opened, DOWN, Published(), own, posted), "de")
    assert german is not None
    assert german.subject == "Ursache gefunden: Cards refused"


def test_words_of_a_later_version_do_not_hold_a_message_back():
    phrase = Phrase("moved_to_the_moon", {"major_outage": "Checkout"})
    posted = UpdatePosted("u1", IncidentStatus.MONITORING, "It is on the moon.", phrase)
    content = to_subscribers(incident(OPENED, DOWN, Published(), posted), "de")
    assert content is not None
    assert "It is on the moon." in content.text


def test_of_many_components_a_message_names_some_and_counts_the_rest():
    down = (replace(DOWN, component=f"shop{number}") for number in range(30))
    posted = UpdatePosted("u1", IncidentStatus.IDENTIFIED, "A full disk.")
    content = to_subscribers(incident(OPENED, *down, Published(), posted))
    assert content is not None
    assert "shop10 (down) and 19 more\n" in content.text


def test_a_letter_runs_the_way_its_language_does():
    facts = (Fact("Seit", "14:02"),)
    letter = Letter("s", "h", "b", None, "Acme", "r", facts=facts, language="de")
    assert "text-align: left" in as_html(letter)
    turned = as_html(replace(letter, language="ar", direction="rtl"))
    assert 'lang="ar" dir="rtl"' in turned
    assert "text-align: right" in turned
    assert "text-align: left" not in turned


def test_a_request_is_answered_in_its_own_language():
    known = Subscriber("s1", "mail", "ann@example.com", START, language="en")
    assert asking(known, SubscriptionRequested(language="de")).language == "de"


@pytest.mark.parametrize("tone", [*ComponentStatus, None])
def test_a_letter_escapes_what_it_is_given(tone: ComponentStatus | None):
    hostile = '"><script>alert(1)</script>'
    letter = Letter(
        subject=hostile, headline=hostile, body=f"{hostile}\r\n\r\nand more", tone=tone,
        page_name=hostile, reason=hostile, word=hostile,
    )  # fmt: skip
    assert "<script" not in as_html(letter)
    assert hostile in as_text(letter)
    assert letter.paragraphs == [hostile, "and more"]
