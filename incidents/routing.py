"""Who is told of what: pure answers about events, subscribers and routes."""

from __future__ import annotations

from collections.abc import Sequence
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
from incidents.impact import incident_impact
from incidents.maintenance import Maintenance
from incidents.model import Impact, Incident, Subscriber, SubscriberState
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


def wants(subscriber: Subscriber, incident: Incident) -> bool:
    """Whether a confirmed subscriber asked for any component of the incident, or for all."""
    return subscriber.state is SubscriberState.CONFIRMED and (
        not subscriber.components or not incident.timeline.keys().isdisjoint(subscriber.components)
    )


def wants_work(subscriber: Subscriber, maintenance: Maintenance) -> bool:
    """Whether a confirmed subscriber asked for any component of the maintenance, or for all."""
    return subscriber.state is SubscriberState.CONFIRMED and (
        not subscriber.components
        or not set(subscriber.components).isdisjoint(maintenance.components)
    )


def matches(route: Route, incident: Incident) -> bool:
    """Whether an incident's events go over a route: by its worst impact, and its components."""
    return incident_impact(incident) in route.impact and (
        not route.components or not route.components.isdisjoint(incident.timeline)
    )


def matches_component(route: Route, component: str) -> bool:
    """Whether events of a component or its checks, which have no impact, go over a route."""
    return Impact.NONE in route.impact and (not route.components or component in route.components)


def matches_work(route: Route, maintenance: Maintenance) -> bool:
    """Whether a maintenance's events, which have no impact, go over a route."""
    return Impact.NONE in route.impact and (
        not route.components or not route.components.isdisjoint(maintenance.components)
    )
