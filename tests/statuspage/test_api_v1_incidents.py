"""Our own API for reading: incidents and maintenances, listed and one by one."""

from dataclasses import replace
from datetime import UTC, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.payloads import component_id
from statuspage.views.api_v1_incidents import IncidentQuery, IncidentTeller
from statuspage.views.api_v1_paging import cursor, page, place_of
from tests.statuspage import examples, works
from tests.statuspage.scenes import DEGRADED, MAJOR, Scene

# Incidents ------------------------------------------------------------------------------------


async def test_an_incident_is_told_with_its_updates_newest_first(ask):
    snapshot, id = examples.long_incident()
    told = await ask(snapshot, f"/api/v1/incidents/{id}")
    assert (told["status"], told["open"], told["impact"]) == ("resolved", False, "critical")
    assert told["started_at"] == "2026-11-21T08:14:31Z"
    assert [update["status"] for update in told["updates"]] == [
        "resolved", "monitoring", "identified", "identified", "investigating",
    ]  # fmt: skip
    edited, automatic = told["updates"][3], told["updates"][2]
    assert edited["edited_at"] == "2026-11-21T08:26:31Z"
    assert automatic["automatic"] is True
    assert told["updates"][-1]["changes"][0] == {
        "component": {"id": "payments", "name": "Payments"},
        "before": "operational",
        "after": "major_outage",
    }
    assert told["components"][0] == {
        "id": "payments", "name": "Payments", "status": "operational", "worst": "major_outage",
    }  # fmt: skip


async def test_what_is_not_public_is_not_there(ask):
    scene = Scene()
    hidden = scene.open("Secret", scene.ago(minutes=3), {"search": MAJOR}, "", public=False)
    snapshot = scene.snapshot()
    await ask(snapshot, f"/api/v1/incidents/{hidden}", 404)
    assert (await ask(snapshot, "/api/v1/incidents"))["incidents"] == []


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("", ["Down", "Slow 0", "Slow 1", "Slow 2"]),
        ("?component=api", ["Slow 1"]),
        ("?status=investigating&status=identified", ["Down"]),
        ("?status=resolved&component=search", ["Slow 0", "Slow 2"]),
        (f"?component={component_id('api')}", ["Slow 1"]),
        ("?component=nothing", []),
    ],
)
async def test_incidents_are_filtered(ask, query, titles):
    scene = Scene()
    for number, name in enumerate(["search", "api", "search"]):
        scene.past(f"Slow {number}", 1 + number, 3, {name: DEGRADED})
    scene.open("Down", scene.ago(minutes=9), {"signin": MAJOR}, "We know.")
    told = await ask(scene.snapshot(), f"/api/v1/incidents{query}")
    assert [found["title"] for found in told["incidents"]] == titles
    assert told["next"] is None


async def test_pages_follow_one_another_though_something_new_comes(open_site):
    scene = Scene()
    for number in range(7):
        scene.past(f"Slow {number}", 1 + number, 3, {"search": DEGRADED})
    site = await open_site(scene.snapshot())
    first = await (await site.client.get("/api/v1/incidents?limit=3")).json()
    scene.open("Down", scene.ago(minutes=9), {"search": MAJOR}, "We know.")
    site.live.now = scene.snapshot()
    await site.publisher.publish()
    path = f"/api/v1/incidents?limit=3&cursor={first['next']}"
    second = await (await site.client.get(path)).json()
    assert [found["title"] for found in second["incidents"]] == ["Slow 3", "Slow 4", "Slow 5"]


@pytest.mark.parametrize("query", ["cursor=abc", "cursor=%00", "limit=0", "limit=101", "limit=x"])
async def test_a_cursor_or_limit_that_is_none_is_refused(ask, query):
    told = await ask(examples.all_good(), f"/api/v1/incidents?{query}", 400)
    assert told["parameter"] == query.partition("=")[0]


@given(st.sets(st.tuples(st.datetimes(timezones=st.just(UTC)), st.text())), st.integers(1, 5))
def test_all_rows_come_once_whatever_the_limit(rows, limit):
    newest_first = sorted(rows, reverse=True)
    found, after = [], None
    while True:
        some, following = page(newest_first, lambda row: row, after, limit)
        found += some
        if following is None:
            break
        after = place_of(following)
    assert found == newest_first


@given(st.datetimes(timezones=st.just(UTC)), st.text())
def test_a_cursor_is_read_back(at, id):
    assert place_of(cursor((at, id))) == (at, id)


def test_ten_thousand_incidents_are_told_a_page_at_a_time(renderer):
    scene = Scene()
    one = scene.board.incidents[scene.past("Slow", 1, 3, {"search": DEGRADED})]
    for number in range(10_000):
        id, onset_at = f"{number:012}", one.onset_at - timedelta(minutes=number)
        scene.board.incidents[id] = replace(one, id=id, onset_at=onset_at)
    snapshot = scene.snapshot(spans=())
    teller = IncidentTeller(snapshot, renderer.words, renderer.address)
    told = teller.listed(IncidentQuery(limit=100))
    after = teller.listed(IncidentQuery(limit=100, cursor=told.next))
    assert len({found.id for found in (*told.incidents, *after.incidents)}) == 200


# Maintenances ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("", ["later", "next", "cancelled", "active", "done"]),
        ("?status=scheduled&status=in_progress", ["later", "next", "active"]),
        ("?status=cancelled", ["cancelled"]),
        ("?component=signin", ["later", "next"]),
        ("?limit=1", ["later"]),
    ],
)
async def test_maintenances_are_listed_and_filtered(ask, query, words):
    scene = Scene()
    ids = works.four_works(scene)
    told = await ask(works.snapshot(scene), f"/api/v1/maintenances{query}")
    assert [work["id"] for work in told["maintenances"]] == [ids[word] for word in words]
    assert (told["next"] is not None) == (query == "?limit=1")


async def test_a_maintenance_is_told_with_its_updates(ask):
    scene = Scene()
    ids = works.four_works(scene)
    told = await ask(works.snapshot(scene), f"/api/v1/maintenances/{ids['done']}")
    assert (told["status"], told["completed_at"]) == ("completed", "2026-11-12T15:14:31Z")
    assert [update["status"] for update in told["updates"]] == [
        "completed", "in_progress", "scheduled",
    ]  # fmt: skip
    assert told["components"] == [{"id": "search", "name": "Search"}]


async def test_a_maintenance_that_is_not_there_is_a_problem(ask):
    await ask(examples.all_good(), "/api/v1/maintenances/nothing", 404)
