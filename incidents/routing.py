"""Who is told of what: pure answers about events, subscribers and routes."""

from __future__ import annotations

from collections.abc import Collection, Container, Sequence
from enum import Enum

from incidents.detect import WAITS
from incidents.events import (
    CheckForgotten,
    ChecksRecovered,
    ComponentKnown,
    ComponentUnknown,
    Discarded,
    Event,
    MaintenanceEvent,
    Opened,
    SubscriptionRequested,
    UpdatePosted,
    WarningRaised,
)
from incidents.model import Impact, Subscriber, SubscriberState
from incidents.policy import Route


class Audience(Enum):
    """Those who are told of an event."""

    NOBODY = "nobody"
    OPERATORS = "operators"
    EVERYBODY = "operators and subscribers"
    ONE = "the one subscriber that it is about"


_FOR_OPERATORS = (
    Opened,
    Discarded,
    CheckForgotten,
    ChecksRecovered,
    ComponentUnknown,
    ComponentKnown,
    WarningRaised,
)


def audience(event: Event) -> Audience:
    """Who is told of an event. That a new check waits for its first result is no news."""
    if isinstance(event, UpdatePosted):
        return Audience.EVERYBODY
    if isinstance(event, MaintenanceEvent):
        return Audience.NOBODY if event.quiet else Audience.EVERYBODY
    if isinstance(event, SubscriptionRequested):
        return Audience.ONE
    if isinstance(event, ComponentUnknown) and event.reason in WAITS:
        return Audience.NOBODY
    if isinstance(event, ComponentKnown) and event.first:
        return Audience.NOBODY
    return Audience.OPERATORS if isinstance(event, _FOR_OPERATORS) else Audience.NOBODY


def told(events: Sequence[Event]) -> frozenset[int]:
    """Which of these events somebody is to be told of, by index."""
    return frozenset(
        index for index, event in enumerate(events) if audience(event) is not Audience.NOBODY
    )


def wants(subscriber: Subscriber, concerned: Container[str]) -> bool:
    """Whether a confirmed subscriber asked for any component that is concerned, or for all."""
    return subscriber.state is SubscriberState.CONFIRMED and _any(subscriber.components, concerned)


def matches(route: Route, impact: Impact, concerned: Container[str]) -> bool:
    """Whether what has this impact on the components that are concerned goes over a route."""
    return impact in route.impact and _any(route.components, concerned)


def _any(named: Collection[str], concerned: Container[str]) -> bool:
    """Whether any of the named is concerned; where none is named, all are meant."""
    return not named or any(name in concerned for name in named)
