"""Who is owed an event, as the outbox addresses them: subscribers, and the targets of routes."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import replace

from checks.model import owner_of
from incidents import routing
from incidents.events import Opened, SubscriptionRequested, UpdatePosted, subject_id
from incidents.ids import stable_id
from incidents.impact import incident_impact
from incidents.model import Impact, Subscriber
from incidents.notifications import Told
from incidents.policy import Policy, Route
from incidents.ports import Recipient
from incidents.routing import Audience

OPERATOR = "route:"
"""Begins the id of a recipient that a route names."""


def is_operator(recipient: Recipient) -> bool:
    """Whether a route names the recipient."""
    return recipient.id.startswith(OPERATOR)


def subscriber_as_recipient(subscriber: Subscriber) -> Recipient:
    """The subscriber as the outbox addresses them."""
    return Recipient(subscriber.id, subscriber.channel, subscriber.address, subscriber.language)


def asking(subscriber: Subscriber, asked: SubscriptionRequested) -> Recipient:
    """The subscriber who has just asked, in the language of that request."""
    return replace(subscriber_as_recipient(subscriber), language=asked.language)


def for_subscribers(told: Told) -> bool:
    """Whether customers hear of the event at all."""
    return routing.audience(told.event.event) is Audience.EVERYBODY


def wanted_by(subscriber: Subscriber, told: Told) -> bool:
    """Whether the subscriber asked for what the event is about."""
    if told.incident is None and told.maintenance is None:
        return False
    return routing.wants(subscriber, _concerned(told))


def operators(told: Told, policy: Policy) -> tuple[Recipient, ...]:
    """The targets of all routes that match, each once; they read English, as the log does."""
    if routing.audience(told.event.event) not in (Audience.OPERATORS, Audience.EVERYBODY):
        return ()
    if _goes_with_the_opening(told):
        return ()
    found: dict[str, Recipient] = {}
    for route in policy.routes:
        for target in route.to if _matches(route, told) else ():
            id = OPERATOR + stable_id(target.channel, target.address)
            found.setdefault(id, Recipient(id, target.channel, target.address))
    return tuple(found.values())


def _goes_with_the_opening(told: Told) -> bool:
    """Whether it is the update posted as the incident was opened, which that message has told."""
    opened, event = told.history[0], told.event
    return (
        isinstance(opened.event, Opened)
        and isinstance(event.event, UpdatePosted)
        and event.event.automatic
        and event.at == opened.at
    )


def _matches(route: Route, told: Told) -> bool:
    """Whether it goes over a route: by the worst impact of an incident, anything else by none."""
    impact = incident_impact(told.incident) if told.incident else Impact.NONE
    return routing.matches(route, impact, _concerned(told))


def _concerned(told: Told) -> Container[str]:
    """The components that an event is about: of an incident, of work, of a check, or itself one."""
    if told.incident is not None:
        return told.incident.timeline
    if told.maintenance is not None:
        return told.maintenance.components
    return (owner_of(subject_id(told.event.subject)),)
