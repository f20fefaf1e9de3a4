"""Atlassian Statuspage's API, field by field as CONTRACTS has it."""

import json
import re
from dataclasses import replace
from datetime import datetime

import pytest

from statuspage.api.statuspage_v2 import ENDPOINTS, ROUTES
from tests.statuspage import examples
from tests.statuspage.examples import DEGRADED, MAJOR, PARTIAL, Scene

TS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}(Z|[+-]\d\d:\d\d)")
ID = re.compile(r"[a-z0-9]{12}")
CSTAT = {
    "operational",
    "degraded_performance",
    "partial_outage",
    "major_outage",
    "under_maintenance",
}
PAGE = {"id", "name", "url", "time_zone", "updated_at"}
COMPONENT = {
    "id", "name", "status", "created_at", "updated_at", "position", "description", "showcase",
    "start_date", "group_id", "page_id", "group", "only_show_if_degraded",
}  # fmt: skip
UPDATE = {
    "id", "status", "body", "incident_id", "created_at", "updated_at", "display_at",
    "affected_components", "deliver_notifications", "custom_tweet", "tweet_id",
}  # fmt: skip
INCIDENT = {
    "id", "name", "status", "created_at", "updated_at", "monitoring_at", "resolved_at", "impact",
    "shortlink", "started_at", "page_id", "incident_updates", "components",
}  # fmt: skip
TOP_LINES = {
    ("none", "All Systems Operational"),
    ("minor", "Partially Degraded Service"),
    ("minor", "Degraded System Service"),
    ("minor", "Minor Service Outage"),
    ("major", "Partial System Outage"),
    ("critical", "Major System Outage"),
    ("maintenance", "Service Under Maintenance"),
}
RENDER = {route.path.removeprefix("/api/v2/").removesuffix(".json"): route for route in ROUTES}


@pytest.fixture
def ask(renderer):
    def get(snapshot, name):
        return json.loads(RENDER[name].render(renderer, snapshot).body)

    return get


def check_component(found):
    extra = {"components"} if found["group"] else set()
    assert set(found) - {"upfront"} == COMPONENT | extra
    assert ID.fullmatch(found["id"])
    assert found["status"] in CSTAT
    assert TS.fullmatch(found["created_at"])
    assert TS.fullmatch(found["updated_at"])
    assert isinstance(found["position"], int)
    assert found["showcase"] is False


def check_incident(found):
    assert set(found) == INCIDENT
    assert ID.fullmatch(found["id"])
    assert found["status"] in {
        "investigating", "identified", "monitoring", "resolved", "postmortem",
    }  # fmt: skip
    assert found["impact"] in {"none", "minor", "major", "critical"}
    assert found["incident_updates"]
    for name in ("created_at", "updated_at", "started_at"):
        assert TS.fullmatch(found[name])
    for name in ("monitoring_at", "resolved_at"):
        assert found[name] is None or TS.fullmatch(found[name])
    for update in found["incident_updates"]:
        assert set(update) == UPDATE
        for affected in update["affected_components"] or ():
            assert set(affected) == {"code", "name", "old_status", "new_status"}
            assert {affected["old_status"], affected["new_status"]} <= CSTAT
    for component in found["components"]:
        check_component(component)


@pytest.mark.parametrize(
    "situation", ["all-good", "one-slow", "major-outage", "recovering", "many"]
)
@pytest.mark.parametrize("name", sorted(ENDPOINTS))
def test_every_answer_has_exactly_the_fields_of_the_format(ask, situation, name):
    told = ask(examples.SITUATIONS[situation](), name)
    assert set(told["page"]) == PAGE
    assert TS.fullmatch(told["page"]["updated_at"])
    for component in told.get("components", ()):
        check_component(component)
    for found in told.get("incidents", ()):
        check_incident(found)
    if "status" in told:
        assert (told["status"]["indicator"], told["status"]["description"]) in TOP_LINES
    assert told.get("scheduled_maintenances", []) == []


@pytest.mark.parametrize(
    ("name", "members"),
    [
        ("summary", {"page", "components", "incidents", "scheduled_maintenances", "status"}),
        ("status", {"page", "status"}),
        ("components", {"page", "components"}),
        ("incidents", {"page", "incidents"}),
        ("incidents/unresolved", {"page", "incidents"}),
        ("scheduled-maintenances", {"page", "scheduled_maintenances"}),
        ("scheduled-maintenances/upcoming", {"page", "scheduled_maintenances"}),
        ("scheduled-maintenances/active", {"page", "scheduled_maintenances"}),
    ],
)
def test_an_endpoint_has_its_members(ask, name, members):
    assert set(ask(examples.all_good(), name)) == members


def test_groups_are_rows_among_their_children(ask):
    rows = ask(examples.all_good(), "components")["components"]
    groups = [row for row in rows if row["group"]]
    assert [row["name"] for row in groups] == ["Shop", "Platform"]
    assert [row["position"] for row in rows] == list(range(1, len(rows) + 1))
    for group in groups:
        children = [row["id"] for row in rows if row["group_id"] == group["id"]]
        assert group["components"] == children
        assert group["group_id"] is None


def test_unresolved_holds_what_goes_on_and_incidents_the_fifty_newest(ask):
    scene = Scene()
    for number in range(60):
        scene.past(f"Slow {number}", 1 + number, 3, {"search": DEGRADED})
    scene.open("Down", scene.ago(minutes=9), {"search": MAJOR}, "We know.")
    snapshot = scene.snapshot()
    found = ask(snapshot, "incidents")["incidents"]
    assert len(found) == 50
    assert [row["name"] for row in found[:2]] == ["Down", "Slow 0"]
    assert [row["name"] for row in ask(snapshot, "incidents/unresolved")["incidents"]] == ["Down"]


def test_updates_are_newest_first_and_name_group_and_component(ask):
    snapshot, id = examples.long_incident()
    found = next(row for row in ask(snapshot, "incidents")["incidents"] if row["id"] == id)
    assert found["incident_updates"][0]["status"] == "resolved"
    assert found["impact"] == "critical"
    assert found["shortlink"] == f"https://status.acme.example/incidents/{id}"
    first = found["incident_updates"][-1]["affected_components"]
    assert [row["name"] for row in first] == [
        "Platform - Payments",
        "Shop - Checkout",
        "Shop - Invoices",
    ]
    assert first[0]["old_status"] == "operational"
    assert first[0]["new_status"] == "major_outage"


@pytest.mark.parametrize(
    ("affected", "top"),
    [
        ({}, ("none", "All Systems Operational")),
        ({"search": DEGRADED}, ("minor", "Partially Degraded Service")),
        ({"search": PARTIAL}, ("minor", "Minor Service Outage")),
        ({"search": MAJOR}, ("major", "Partial System Outage")),
        (
            {found.id: MAJOR for found in examples.COMPONENTS},
            ("critical", "Major System Outage"),
        ),
    ],
)
def test_components_make_the_top_line(ask, affected, top):
    scene = Scene()
    if affected:
        scene.open("Trouble", scene.ago(minutes=9), affected, "We know.")
    status = ask(scene.snapshot(), "status")["status"]
    assert (status["indicator"], status["description"]) == top


def test_a_page_without_components_is_told_by_its_incidents(ask):
    scene = Scene(components=())
    assert ask(scene.snapshot(), "status")["status"]["indicator"] == "none"
    scene.open("Down", scene.ago(minutes=9), {"gone": MAJOR}, "We know.")
    assert ask(scene.snapshot(), "status")["status"]["indicator"] == "critical"


def test_an_unknown_component_keeps_its_last_status_and_says_so_beside_it(ask):
    rows = ask(examples.one_unknown(), "components")["components"]
    found = {row["name"]: row for row in rows}
    assert found["Payments"]["status"] == "operational"
    assert found["Payments"]["upfront"] == {
        "status": "unknown",
        "since": "2026-11-21T14:02:31.000+01:00",
    }
    assert "upfront" not in found["Search"]


@pytest.mark.parametrize("snapshot", [examples.stale, examples.no_results])
@pytest.mark.parametrize("name", sorted(ENDPOINTS))
def test_without_fresh_results_nothing_is_claimed(renderer, snapshot, name):
    document = RENDER[name].render(renderer, snapshot())
    assert document.status == 503
    assert set(json.loads(document.body)) == {"page", "error"}


@pytest.mark.parametrize(("zone", "ending"), [("Etc/UTC", "Z"), ("America/Los_Angeles", "-08:00")])
def test_instants_are_in_the_zone_of_the_page_with_three_decimals(ask, zone, ending):
    snapshot = replace(examples.all_good(), page=replace(examples.PAGE, timezone=zone))
    found = ask(snapshot, "incidents")["incidents"][0]["started_at"]
    assert found.endswith(ending)
    assert datetime.fromisoformat(found).utcoffset() is not None


def test_time_alone_changes_no_byte(renderer):
    snapshot = examples.major_outage()
    later = replace(snapshot, at=snapshot.at + (snapshot.fresh_until - snapshot.at) / 2)
    for route in ROUTES:
        assert route.render(renderer, snapshot).body == route.render(renderer, later).body
