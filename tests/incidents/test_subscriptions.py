"""What requests, confirmations and ends of subscriptions lead to, and what links are good for."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from incidents.events import (
    Event,
    Recorded,
    SubscriptionConfirmed,
    SubscriptionEnded,
    SubscriptionRequested,
)
from incidents.model import Subscriber, SubscriberState
from incidents.subscriptions import (
    CONFIRM_WITHIN,
    CONFIRMED_AGAIN_AFTER,
    MOST_A_DAY,
    SAME_AGAIN_AFTER,
    Links,
    Wanted,
    confirm,
    confirmable,
    end,
    request,
)
from tests.clock import START

WANTED = Wanted("mail", "ada@example.com", ("checkout",), "de")
ASKED = SubscriptionRequested(("checkout",), "de")
PENDING = Subscriber("s1", "mail", "ada@example.com", START)
CONFIRMED = replace(PENDING, state=SubscriberState.CONFIRMED, confirmed_position=7)
ENDED = replace(PENDING, state=SubscriberState.ENDED)
SECOND = timedelta(seconds=1)


def history(*events: tuple[Event, datetime] | Event) -> tuple[Recorded, ...]:
    dated = [item if isinstance(item, tuple) else (item, START) for item in events]
    return tuple(
        Recorded(100 + index, "subscriber:s1", index + 1, at, "subscriber", event)
        for index, (event, at) in enumerate(dated)
    )


def test_a_first_request_makes_a_pending_record_and_owes_a_mail():
    made = request(WANTED, None, (), "s1", START)
    assert made is not None
    assert (made.subject, made.expected, made.events) == ("subscriber:s1", 0, (ASKED,))
    assert made.told == {0}
    assert made.subscriber == replace(PENDING, components=("checkout",), language="de")


@pytest.mark.parametrize(
    ("known", "pause"),
    [
        (PENDING, SAME_AGAIN_AFTER),
        (ENDED, SAME_AGAIN_AFTER),
        (CONFIRMED, CONFIRMED_AGAIN_AFTER),
    ],
)
def test_the_same_again_is_mailed_only_after_a_pause(known: Subscriber, pause: timedelta):
    asked = history(ASKED)
    assert request(WANTED, known, asked, "new", START + pause - SECOND) is None
    again = request(WANTED, known, asked, "new", START + pause)
    assert again is not None
    assert (again.subject, again.expected, again.told) == ("subscriber:s1", 1, {0})


def test_something_else_is_mailed_at_once():
    assert request(replace(WANTED, components=()), PENDING, history(ASKED), "new", START)


def test_nobody_is_mailed_more_often_than_a_few_times_a_day():
    asked = history(*(SubscriptionRequested((str(number),)) for number in range(MOST_A_DAY)))
    assert request(WANTED, PENDING, asked, "new", START + timedelta(hours=23)) is None
    assert request(WANTED, PENDING, asked, "new", START + timedelta(days=1)) is not None


def test_a_confirmed_subscription_stays_as_it_is_until_the_new_request_is_confirmed():
    made = request(WANTED, CONFIRMED, (), "new", START)
    assert made is not None
    assert made.subscriber == CONFIRMED


def test_an_ended_subscription_becomes_pending_and_its_retention_starts_anew():
    later = START + timedelta(days=6)
    made = request(WANTED, ENDED, (), "new", later)
    assert made is not None
    assert made.subscriber == replace(PENDING, created_at=later)


def test_confirming_takes_over_what_was_asked_for():
    made = confirm(PENDING, ASKED, history(ASKED), START)
    assert made is not None
    assert made.events == (SubscriptionConfirmed(),)
    assert made.subscriber is not None
    assert made.subscriber.state is SubscriberState.CONFIRMED
    assert (made.subscriber.components, made.subscriber.language) == (("checkout",), "de")
    assert made.subscriber.confirmed_position is None, "storage sets it to the event's own"


def test_confirming_twice_changes_nothing():
    once = replace(CONFIRMED, components=("checkout",), language="de")
    assert confirm(once, ASKED, history(ASKED, SubscriptionConfirmed()), START) is None


def test_a_confirmed_change_keeps_what_was_owed_before():
    made = confirm(CONFIRMED, ASKED, history(ASKED), START)
    assert made is not None
    assert made.subscriber is not None
    assert made.subscriber.confirmed_position == 7


def test_a_link_from_before_the_end_revives_nothing():
    asked = history(ASKED, SubscriptionEnded(), ASKED)
    assert confirmable(ENDED, asked, 1) is None
    assert confirmable(ENDED, asked, 3) == ASKED


@pytest.mark.parametrize("sequence", [-1, 0, 2, 3])
def test_only_a_request_can_be_confirmed(sequence: int):
    assert confirmable(PENDING, history(ASKED, SubscriptionConfirmed()), sequence) is None


def test_nothing_is_confirmed_for_who_was_erased():
    assert confirmable(None, history(ASKED), 1) is None


def test_ending_twice_changes_nothing():
    made = end(CONFIRMED, history(ASKED), START)
    assert made is not None
    assert made.events == (SubscriptionEnded(),)
    assert made.subscriber is not None
    assert made.subscriber.state is SubscriberState.ENDED
    assert end(made.subscriber, history(ASKED, SubscriptionEnded()), START) is None


# Links ----------------------------------------------------------------------------------------

URL = "https://status.acme.example/"
LINKS = Links([b"the first key of all"])


def token_of(url: str) -> str:
    return url.rpartition("/")[2]


def test_a_confirm_link_names_the_request_and_expires():
    token = token_of(LINKS.confirm_url(URL, "s1", 3, START))
    assert LINKS.confirmed_by(token, START + CONFIRM_WITHIN) == ("s1", 3)
    assert LINKS.confirmed_by(token, START + CONFIRM_WITHIN + SECOND) is None


def test_a_link_is_the_same_each_time_it_is_made():
    assert LINKS.confirm_url(URL, "s1", 3, START) == LINKS.confirm_url(URL, "s1", 3, START)


def test_links_lead_to_the_page_that_they_are_for():
    assert LINKS.confirm_url(URL, "s1", 3, START).startswith(f"{URL}subscribe/")
    under = "https://acme.example/shop"
    assert LINKS.unsubscribe_url(under, "s1").startswith(f"{under}/unsubscribe/")


def test_an_unsubscribe_link_names_the_subscriber():
    assert LINKS.unsubscribed_by(token_of(LINKS.unsubscribe_url(URL, "s1"))) == "s1"


def test_a_link_is_good_for_its_purpose_only():
    assert LINKS.unsubscribed_by(token_of(LINKS.confirm_url(URL, "s1", 3, START))) is None
    assert LINKS.confirmed_by(token_of(LINKS.unsubscribe_url(URL, "s1")), START) is None


@pytest.mark.parametrize("token", ["", ".", "WyJzMSJd", "WyJzMSJd.x", "\x00", "ä" * 9, "a" * 9999])
def test_what_we_did_not_sign_is_no_link(token: str):
    assert LINKS.unsubscribed_by(token) is None
    assert LINKS.confirmed_by(token, START) is None


def test_a_token_that_was_changed_is_no_link():
    token = token_of(LINKS.unsubscribe_url(URL, "s1"))
    other = token_of(LINKS.unsubscribe_url(URL, "s2"))
    assert LINKS.unsubscribed_by(f"{other.partition('.')[0]}.{token.partition('.')[2]}") is None


def test_links_signed_with_a_key_that_was_replaced_still_work():
    rotated = Links([b"the first key of all", b"the second key of all"])
    assert rotated.unsubscribed_by(token_of(LINKS.unsubscribe_url(URL, "s1"))) == "s1"
    assert LINKS.unsubscribed_by(token_of(rotated.unsubscribe_url(URL, "s1"))) is None
