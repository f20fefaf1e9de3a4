"""Events as programs are told them."""

from datetime import UTC, datetime, timedelta

from incidents.events import (
    ComponentUnknown,
    Opened,
    Published,
    Recorded,
    StatusChanged,
    UpdatePosted,
)
from incidents.ids import stable_id
from incidents.letterheads import Letterhead
from incidents.model import ComponentStatus, IncidentStatus, Shift
from incidents.notifications import Writer, told
from incidents.policy import Component, Policy, Publication
from incidents.subscriptions import Links

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
POLICY = Policy(components={"checkout": Component("checkout", "Checkout")})
MAJOR, WELL = ComponentStatus.MAJOR_OUTAGE, ComponentStatus.OPERATIONAL
POSTED = UpdatePosted(
    "u1", IncidentStatus.INVESTIGATING, "We are looking into it.",
    promised_at=NOW + timedelta(minutes=30), components={"checkout": Shift(WELL, MAJOR)},
)  # fmt: skip
STORY = (
    Opened("Checkout is down", NOW, Publication()),
    StatusChanged("checkout", MAJOR, NOW),
    Published(),
    POSTED,
)


def history(subject: str, *events) -> tuple[Recorded, ...]:
    return tuple(
        Recorded(number, subject, number, NOW, "machine", event)
        for number, event in enumerate(events, 1)
    )


def writer(**more) -> Writer:
    head = Letterhead("Acme", "https://status.acme.example", timezone="Europe/Berlin")
    return Writer(POLICY, head, Links([b"a key for this test"]), "en", **more)


def test_a_post_is_told_in_the_words_of_the_public_api():
    events = history("incident:k3v9", *STORY)
    content = writer().for_subscribers(told(events[-1], events))
    assert content is not None
    checkout = stable_id("component", "checkout")
    at = "2026-03-02T10:00:00.000+01:00"
    assert content.data == {
        "type": "incident.update_posted",
        "timestamp": "2026-03-02T09:00:00.000Z",
        "data": {
            "page": {
                "name": "Acme",
                "url": "https://status.acme.example",
                "time_zone": "Europe/Berlin",
            },
            "incident": {
                "id": "k3v9",
                "name": "Checkout is down",
                "status": "investigating",
                "impact": "critical",
                "shortlink": "https://status.acme.example/incidents/k3v9",
                "started_at": at,
                "created_at": at,
                "monitoring_at": None,
                "resolved_at": None,
            },
            "components": [{"id": checkout, "name": "Checkout", "status": "major_outage"}],
            "update": {
                "id": "u1",
                "status": "investigating",
                "body": "We are looking into it.",
                "incident_id": "k3v9",
                "created_at": at,
                "display_at": at,
                "affected_components": [
                    {
                        "code": checkout,
                        "name": "Checkout",
                        "old_status": "operational",
                        "new_status": "major_outage",
                    }
                ],
                "upfront": {
                    "automatic": False,
                    "next_update_by": "2026-03-02T10:30:00.000+01:00",
                },
            },
        },
    }


def test_operators_get_the_same_post_and_more_kinds_of_events():
    events = history("incident:k3v9", *STORY)
    team = writer()
    posted = team.for_operators(told(events[-1], events))
    for_readers = team.for_subscribers(told(events[-1], events))
    opened = team.for_operators(told(events[0], events))
    assert posted is not None
    assert for_readers is not None
    assert opened is not None
    assert posted.data == for_readers.data
    assert opened.data["type"] == "incident.opened"
    assert opened.data["data"]["subject"] == "incident:k3v9"
    assert opened.data["data"]["summary"] == "Opened: Checkout is down"


def test_what_is_not_of_an_incident_has_a_type_too():
    events = history("component:checkout", ComponentUnknown(NOW, "no results"))
    content = writer().for_operators(told(events[0], events))
    assert content is not None
    assert content.data["type"] == "component.unknown"
    assert content.data["data"]["subject"] == "component:checkout"
    assert "incident" not in content.data["data"]


def test_components_go_by_the_ids_that_the_api_gives_them():
    events = history("incident:k3v9", *STORY)
    named = writer(public_id=lambda component: f"id-of-{component}")
    content = named.for_subscribers(told(events[-1], events))
    assert content is not None
    assert content.data["data"]["components"][0]["id"] == "id-of-checkout"


def test_unknown_is_beside_the_vocabulary():
    unknown = StatusChanged("checkout", ComponentStatus.UNKNOWN, NOW)
    events = history("incident:k3v9", *STORY[:3], unknown, POSTED)
    content = writer().for_subscribers(told(events[-1], events))
    assert content is not None
    [component] = content.data["data"]["components"]
    assert component["status"] == "operational"
    assert component["upfront"] == {"status": "unknown"}
