"""Atlassian Statuspage's API, field by field as CONTRACTS has it."""

import json
from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import HealthCheck, given, settings

from incidents.board import Board
from statuspage.api.statuspage_v2 import OPERATIONS
from tests.statuspage import boards, examples, statuspage_reader, works
from tests.statuspage.scenes import COMPONENTS, DEGRADED, MAJOR, PAGE, PARTIAL, Scene

RENDER = {
    found.path.removeprefix("/api/v2/").removesuffix(".json"): found.render for found in OPERATIONS
}
NAMES = sorted(statuspage_reader.ANSWERS)


@pytest.fixture
def ask(renderer):
    def get(snapshot, name):
        return json.loads(RENDER[name](renderer, snapshot).body)

    return get


@pytest.fixture
def read(renderer):
    def get(snapshot, name):
        return statuspage_reader.read(name, RENDER[name](renderer, snapshot).body)

    return get


def test_all_eight_endpoints_are_there():
    assert sorted(RENDER) == NAMES


@pytest.mark.parametrize(
    "situation", ["all-good", "one-slow", "major-outage", "recovering", "no-components", "many"]
)
@pytest.mark.parametrize("name", NAMES)
def test_every_answer_has_exactly_the_fields_of_the_format(read, situation, name):
    told = read(examples.SITUATIONS[situation](), name)
    assert told.page.id == read(examples.all_good(), "status").page.id


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(snapshot=boards.snapshots())
def test_whatever_stands_on_the_board_a_strict_reader_can_read(read, snapshot):
    summary = read(snapshot, "summary")
    ids = {row.id for row in summary.components}
    for row in summary.components:
        assert row.group == (row.components is not statuspage_reader.UNSET)
        assert row.group_id is None or row.group_id in ids
    for name in NAMES:
        assert read(snapshot, name).page == summary.page
    told = read(snapshot, "incidents").incidents
    assert {row.id for row in summary.incidents} == {
        row.id for row in told if row.status in ("investigating", "identified", "monitoring")
    }


def test_a_component_that_the_log_does_not_know_yet_has_an_id_as_well(read):
    snapshot = replace(examples.all_good(), board=Board(), spans=())
    rows = read(snapshot, "components").components
    assert [row.name for row in rows if not row.group] == [one.name for one in COMPONENTS]


def test_groups_are_rows_among_their_children(ask):
    rows = ask(examples.all_good(), "components")["components"]
    groups = [row for row in rows if row["group"]]
    assert [row["name"] for row in groups] == ["Shop", "Platform"]
    top = [row["position"] for row in rows if row["group_id"] is None]
    assert top == list(range(1, len(top) + 1))
    for group in groups:
        children = [row for row in rows if row["group_id"] == group["id"]]
        assert group["components"] == [row["id"] for row in children]
        assert [row["position"] for row in children] == list(range(1, len(children) + 1))
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
            {found.id: MAJOR for found in COMPONENTS},
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
@pytest.mark.parametrize("name", NAMES)
def test_without_fresh_results_nothing_is_claimed(renderer, snapshot, name):
    document = RENDER[name](renderer, snapshot())
    assert document.status == 503
    assert set(json.loads(document.body)) == {"page", "error"}


@pytest.mark.parametrize(("zone", "ending"), [("Etc/UTC", "Z"), ("America/Los_Angeles", "-08:00")])
def test_instants_are_in_the_zone_of_the_page_with_three_decimals(ask, zone, ending):
    snapshot = replace(examples.all_good(), page=replace(PAGE, timezone=zone))
    found = ask(snapshot, "incidents")["incidents"][0]["started_at"]
    assert found.endswith(ending)
    assert datetime.fromisoformat(found).utcoffset() is not None


def test_time_alone_changes_no_byte(renderer):
    snapshot = examples.major_outage()
    later = replace(snapshot, at=snapshot.at + (snapshot.fresh_until - snapshot.at) / 2)
    for render in RENDER.values():
        assert render(renderer, snapshot).body == render(renderer, later).body


@pytest.fixture
def worked():
    """A page with one maintenance of each sort, and their ids."""
    scene = Scene()
    ids = works.four_works(scene)
    return works.snapshot(scene), ids


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("scheduled-maintenances", ["later", "next", "cancelled", "active", "done"]),
        ("scheduled-maintenances/upcoming", ["next", "later"]),
        ("scheduled-maintenances/active", ["active"]),
        ("summary", ["active", "next", "later"]),
    ],
)
def test_maintenances_stand_where_they_belong(read, worked, name, words):
    snapshot, ids = worked
    told = read(snapshot, name).scheduled_maintenances
    assert [row.id for row in told] == [ids[word] for word in words]


def test_maintenances_are_not_among_the_incidents(read, worked):
    snapshot, _ = worked
    assert read(snapshot, "incidents").incidents == []


def test_a_maintenance_tells_when_it_is_and_what_it_is_of(read, worked):
    snapshot, ids = worked
    found = read(snapshot, "scheduled-maintenances/active").scheduled_maintenances[0]
    assert (found.name, found.status) == ("New database", "in_progress")
    assert found.scheduled_for == "2026-11-21T13:14:31.000+01:00"
    assert found.scheduled_until == "2026-11-21T15:14:31.000+01:00"
    assert found.shortlink == f"https://status.acme.example/maintenance/{ids['active']}"
    assert [row.name for row in found.components] == ["Payments", "Checkout"]
    assert {row.status for row in found.components} == {"under_maintenance"}
    newest = found.incident_updates[0]
    assert (newest.status, newest.body) == ("in_progress", "The work has begun.")
    assert [row.name for row in newest.affected_components] == [
        "Platform - Payments",
        "Shop - Checkout",
    ]
    assert read(snapshot, "status").status.description == "Service Under Maintenance"


def test_a_cancelled_maintenance_is_told_as_completed_and_says_so(read, worked):
    snapshot, ids = worked
    told = read(snapshot, "scheduled-maintenances").scheduled_maintenances
    found = next(row for row in told if row.id == ids["cancelled"])
    newest = found.incident_updates[0]
    assert (found.status, newest.status) == ("completed", "completed")
    assert newest.body == "The work will not take place."
    assert found.resolved_at is not None


async def test_the_endpoints_are_served_to_scripts_of_all_sites(open_site):
    site = await open_site(examples.major_outage())
    for name in NAMES:
        answer = await site.client.get(f"/api/v2/{name}.json")
        statuspage_reader.read(name, await answer.read())
        assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.headers["Cache-Control"] == "public, max-age=10"
        again = await site.client.get(
            f"/api/v2/{name}.json", headers={"If-None-Match": f'"x", {answer.headers["ETag"]}'}
        )
        assert again.status == 304
