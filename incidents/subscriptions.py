"""Subscriptions: what is decided on a request, a confirmation and an end, and their links."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from incidents.events import (
    Event,
    Recorded,
    SubscriptionConfirmed,
    SubscriptionEnded,
    SubscriptionRequested,
)
from incidents.model import Subscriber, SubscriberState
from incidents.ports import Append
from incidents.signing import Signer

CONFIRM_WITHIN = timedelta(days=3)
FORGOTTEN_AFTER = timedelta(days=7)
"""Records that are not confirmed are deleted this long after the last request."""

SAME_AGAIN_AFTER = timedelta(minutes=5)
CONFIRMED_AGAIN_AFTER = timedelta(days=1)
MOST_A_DAY = 6
"""Requests for one address that lead to a mail, so that nobody's mailbox can be filled."""

ACTOR = "subscriber"


def subject_of(subscriber: str) -> str:
    """The event log's subject for a subscriber."""
    return f"subscriber:{subscriber}"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What someone asks for on a page; no components means all that it shows."""

    channel: str
    address: str
    components: tuple[str, ...] = ()
    language: str = "en"
    page: str = ""

    @property
    def asked(self) -> SubscriptionRequested:
        """That it was asked for, as the log has it."""
        return SubscriptionRequested(self.components, self.language, self.page)


def request(
    wanted: Wanted,
    known: Subscriber | None,
    history: Sequence[Recorded],
    new_id: str,
    at: datetime,
    elsewhere: Sequence[Recorded] = (),
) -> Append | None:
    """What a request leads to; None when a mail about it went out a moment ago.

    A confirmed subscription stays as it is until the new request is confirmed. `elsewhere` is
    what happened to the address's subscriptions of other pages.
    """
    if _too_many((*history, *elsewhere), at) or (known and _too_soon(wanted, known, history, at)):
        return None
    if known is None:
        known = Subscriber(
            id=new_id,
            channel=wanted.channel,
            address=wanted.address,
            created_at=at,
            components=wanted.components,
            language=wanted.language,
            page=wanted.page,
        )
    elif known.state is not SubscriberState.CONFIRMED:
        known = replace(known, state=SubscriberState.PENDING, created_at=at)
    return replace(_append(known, wanted.asked, history, at), told=frozenset({0}))


def _append(after: Subscriber, event: Event, history: Sequence[Recorded], at: datetime) -> Append:
    """The event, and the subscriber as it leaves them."""
    return Append(subject_of(after.id), len(history), at, ACTOR, (event,), subscriber=after)


def _too_many(history: Sequence[Recorded], at: datetime) -> bool:
    asked = sum(
        isinstance(recorded.event, SubscriptionRequested) and at - recorded.at < timedelta(days=1)
        for recorded in history
    )
    return asked >= MOST_A_DAY


def _too_soon(wanted: Wanted, known: Subscriber, history: Sequence[Recorded], at: datetime) -> bool:
    confirmed = known.state is SubscriberState.CONFIRMED
    pause = CONFIRMED_AGAIN_AFTER if confirmed else SAME_AGAIN_AFTER
    return any(recorded.event == wanted.asked and at - recorded.at < pause for recorded in history)


def confirmable(
    known: Subscriber | None, history: Sequence[Recorded], sequence: int
) -> SubscriptionRequested | None:
    """The request that a link confirms, unless the subscription has been ended since."""
    if known is None or not 0 < sequence <= len(history):
        return None
    if any(isinstance(later.event, SubscriptionEnded) for later in history[sequence:]):
        return None
    asked = history[sequence - 1].event
    return asked if isinstance(asked, SubscriptionRequested) else None


def confirm(
    known: Subscriber, asked: SubscriptionRequested, history: Sequence[Recorded], at: datetime
) -> Append | None:
    """What confirming a request leads to; None when all of it holds already."""
    confirmed = known.state is SubscriberState.CONFIRMED
    then = replace(
        known,
        state=SubscriberState.CONFIRMED,
        components=asked.components,
        language=asked.language,
        confirmed_position=known.confirmed_position if confirmed else None,
    )
    return None if then == known else _append(then, SubscriptionConfirmed(), history, at)


def end(
    known: Subscriber, history: Sequence[Recorded], at: datetime, reason: str = "unsubscribed"
) -> Append | None:
    """What ending a subscription leads to; None when it has ended."""
    if known.state is SubscriberState.ENDED:
        return None
    ended = replace(known, state=SubscriberState.ENDED)
    return _append(ended, SubscriptionEnded(reason), history, at)


class Links:
    """Makes and reads the signed tokens in links; each is good for one purpose only.

    `page_url` is the public address of the page that a subscription belongs to.
    """

    def __init__(self, keys: Sequence[bytes]) -> None:
        """Sign with the last key and accept all of them."""
        self._confirm = Signer(keys, "subscription.confirm")
        self._unsubscribe = Signer(keys, "subscription.unsubscribe")
        self._manage = Signer(keys, "subscription.manage")

    def confirm_url(self, page_url: str, subscriber: str, sequence: int, asked_at: datetime) -> str:
        """The link that confirms the request which is the subscriber's event of that sequence."""
        until = int((asked_at + CONFIRM_WITHIN).timestamp())
        token = self._confirm.sign([subscriber, sequence, until])
        return f"{page_url.rstrip('/')}/subscribe/{token}"

    def unsubscribe_url(self, page_url: str, subscriber: str) -> str:
        """The link that ends a subscription; it never expires."""
        return f"{page_url.rstrip('/')}/unsubscribe/{self._unsubscribe.sign([subscriber])}"

    def manage_token(self, subscriber: str) -> str:
        """The token of the link that manages a webhook; it never expires."""
        return self._manage.sign([subscriber])

    def confirmed_by(self, token: str, at: datetime) -> tuple[str, int] | None:
        """Subscriber and sequence of a confirm link's token, None if it is not valid (any more)."""
        match self._confirm.read(token):
            case [str(subscriber), int(sequence), int(until)]:
                valid = at <= datetime.fromtimestamp(until, UTC)
                return (subscriber, sequence) if valid else None
        return None

    def unsubscribed_by(self, token: str) -> str | None:
        """The subscriber of an unsubscribe link's token, None if it is not valid."""
        return _subscriber(self._unsubscribe.read(token))

    def managed_by(self, token: str) -> str | None:
        """The subscriber of a managing link's token, None if it is not valid."""
        return _subscriber(self._manage.read(token))


def _subscriber(value: Any) -> str | None:
    match value:
        case [str(subscriber)]:
            return subscriber
    return None
