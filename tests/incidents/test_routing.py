"""Who is told of what."""

import pytest

from incidents import events
from incidents.detect import WAITING
from incidents.evolution import evolve
from incidents.model import (
    ComponentStatus,
    Impact,
    Incident,
    IncidentStatus,
    StatusChange,
    Subscriber,
    SubscriberState,
)
from incidents.notifications import Told
from incidents.policy import Policy, Publication, Route, Target
from incidents.recipients import operators
from incidents.routing import Audience, audience, told, wants
from tests.incidents.world import at, verdict

INCIDENT = Incident(
    "one",
    "",
    IncidentStatus.INVESTIGATING,
    at(0),
    at(0),
    timeline={"checkout": (StatusChange(at(0), ComponentStatus.PARTIAL_OUTAGE),)},
    standing={ComponentStatus.PARTIAL_OUTAGE: 1},
    suffered={ComponentStatus.PARTIAL_OUTAGE: 1},
)
POSTED = events.UpdatePosted("u", IncidentStatus.INVESTIGATING, "Checkout is down.")


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (POSTED, Audience.EVERYBODY),
        (events.Opened("", at(0), Publication()), Audience.OPERATORS),
        (events.Discarded(""), Audience.OPERATORS),
        (events.CheckForgotten("a/b"), Audience.OPERATORS),
        (events.ChecksRecovered(), Audience.OPERATORS),
        (events.ComponentUnknown(at(0), "no result"), Audience.OPERATORS),
        (events.ComponentKnown(at(0)), Audience.OPERATORS),
        (events.WarningRaised("disk"), Audience.OPERATORS),
        (events.ComponentUnknown(at(0), WAITING), Audience.NOBODY),
        (events.ComponentKnown(at(0), first=True), Audience.NOBODY),
        (events.Published(), Audience.NOBODY),
        (events.CheckJudged(verdict(), 1), Audience.NOBODY),
        (events.UpdateEdited("u", "?"), Audience.NOBODY),
        (events.SubscriptionConfirmed(), Audience.NOBODY),
        (events.SubscriptionRequested(), Audience.ONE),
        (events.Unknown("later", 9, b"{}"), Audience.NOBODY),
    ],
)
def test_each_event_has_its_audience(event, expected):
    assert audience(event) is expected


def test_what_somebody_is_told_of_is_named_by_its_place():
    assert told((events.Published(), POSTED, events.Relapsed(), events.Discarded(""))) == {1, 3}


@pytest.mark.parametrize(
    ("state", "components", "wanted"),
    [
        (SubscriberState.CONFIRMED, (), True),
        (SubscriberState.CONFIRMED, ("checkout", "mail"), True),
        (SubscriberState.CONFIRMED, ("mail",), False),
        (SubscriberState.PENDING, (), False),
        (SubscriberState.ENDED, (), False),
    ],
)
def test_subscribers_get_what_they_confirmed(state, components, wanted):
    one = Subscriber("s", "mail", "a@example.com", at(0), state, components)
    assert wants(one, INCIDENT.timeline) is wanted


def goes_over(event, subject, incident=None, **route):
    policy = Policy(routes=(Route("oncall", (Target("mail", "a@example.com"),), **route),))
    recorded = events.Recorded(1, subject, 1, at(0), events.MACHINE, event)
    return bool(operators(Told(recorded, (recorded,), incident), policy))


@pytest.mark.parametrize(
    ("impact", "components", "expected"),
    [
        (frozenset(Impact), frozenset(), True),
        ({Impact.MAJOR}, frozenset(), True),
        ({Impact.CRITICAL}, frozenset(), False),
        (frozenset(Impact), {"checkout"}, True),
        (frozenset(Impact), {"mail"}, False),
    ],
)
def test_a_route_takes_what_it_is_for(impact, components, expected):
    route = {"impact": frozenset(impact), "components": frozenset(components)}
    assert goes_over(POSTED, "incident:one", INCIDENT, **route) is expected


def test_a_route_goes_by_the_worst_there_was():
    well = events.StatusChanged("checkout", ComponentStatus.OPERATIONAL, at(9))
    over = evolve(INCIDENT, events.Recorded(1, "incident:one", 1, at(9), events.MACHINE, well))
    assert over.recovered_at == at(9)
    assert goes_over(POSTED, "incident:one", over, impact=frozenset({Impact.MAJOR}))


def test_what_has_no_impact_goes_over_routes_that_ask_for_it():
    full = events.WarningRaised("disk is full")
    assert goes_over(full, "check:checkout/api")
    assert goes_over(full, "check:checkout/api", components=frozenset({"checkout"}))
    assert not goes_over(full, "check:checkout/api", impact=frozenset({Impact.CRITICAL}))
    assert not goes_over(full, "check:checkout/api", components=frozenset({"mail"}))
