"""Our own API for reading: components, their days and their response times."""

from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings

from incidents.policy import LatencyGoal, Objective
from statuspage.api import v1_components, v1_status
from statuspage.views.api_v1_components import Component
from statuspage.views.api_v1_status import Status
from tests.statuspage import boards, examples
from tests.statuspage.conftest import PROBLEM
from tests.statuspage.scenes import COMPONENTS, MAJOR, NOW, Scene

# Components -----------------------------------------------------------------------------------


async def test_a_component_tells_how_it_is_and_was(ask):
    told = await ask(examples.major_outage(), "/api/v1/components/payments")
    assert told["status"] == "major_outage"
    assert told["since_at"] == "2026-11-21T13:02:31Z"
    assert told["group"] == {"id": "platform", "name": "Platform"}
    assert told["url"] == "https://status.acme.example/components/payments"
    day, quarter = told["uptime"]["24h"], told["uptime"]["90d"]
    assert day["lost_seconds"] == 12 * 60
    assert day["share"] == 0.991666  # rounded down
    assert quarter["lost_seconds"] == (12 + 71) * 60
    assert (quarter["coverage"], quarter["unknown_seconds"]) == (1.0, 0.0)


async def test_missing_data_is_said_beside_the_number(ask):
    told = await ask(examples.all_good(), "/api/v1/components/mail")
    quarter = told["uptime"]["90d"]
    assert quarter["share"] == 1.0
    assert quarter["unknown_seconds"] == 2 * 86_400
    assert quarter["coverage"] == pytest.approx(88 / 90, abs=1e-6)


async def test_an_unknown_component_tells_what_was_last_known(ask):
    told = await ask(examples.one_unknown(), "/api/v1/components/payments")
    assert (told["status"], told["last_known_status"]) == ("unknown", "operational")


async def test_a_component_of_an_hour_is_told_from_its_beginning(ask):
    scene = Scene(began=NOW - timedelta(hours=1))
    told = await ask(scene.snapshot(), "/api/v1/components/search")
    assert told["uptime"]["90d"]["from_at"] == "2026-11-21T12:14:31Z"
    assert told["uptime"]["90d"]["counted_seconds"] == 3600


async def test_the_objective_comes_with_what_is_left_of_it(ask):
    held = Objective(0.999, (LatencyGoal(0.95, timedelta(milliseconds=300)),))
    scene = Scene(components=[replace(COMPONENTS[2], objective=held)])
    scene.past("Down", 3, 10, {"search": MAJOR})
    told = await ask(scene.snapshot(), "/api/v1/components/search")
    assert told["objective"] == {
        "window_days": 30,
        "availability": 0.999,
        "kept": True,
        "budget": {
            "allowed_seconds": 2592,
            "lost_seconds": 600,
            "left_seconds": 1992,
            "left_share": pytest.approx(1992 / 2592, abs=1e-6),
        },
        "latency": [{"share": 0.95, "below_seconds": 0.3}],
    }


async def test_a_component_is_found_by_its_public_id_as_well(ask):
    listed = await ask(examples.all_good(), "/api/v1/components")
    assert [found["id"] for found in listed["components"]] == [found.id for found in COMPONENTS]
    first = listed["components"][0]
    told = await ask(examples.all_good(), f"/api/v1/components/{first['public_id']}")
    assert told == first


async def test_a_component_that_is_not_there_is_a_problem(ask):
    told = await ask(examples.all_good(), "/api/v1/components/nothing", 404)
    assert told["title"] == "Not Found"
    assert "/api/v1/components" in told["detail"]


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(snapshot=boards.snapshots())
def test_whatever_stands_on_the_board_answers_have_their_types(renderer, snapshot):
    told = v1_status.render(renderer, snapshot).body
    msgspec.json.decode(told, type=Status)
    for id in snapshot.policy.components:
        body = v1_components.render_one(renderer, snapshot, id=id).body
        found = msgspec.json.decode(body, type=Component)
        assert 0 <= found.uptime.quarter.lost_seconds <= found.uptime.quarter.counted_seconds + 1


# Days -----------------------------------------------------------------------------------------


async def test_the_days_of_a_component_name_what_happened_on_them(ask):
    told = await ask(examples.major_outage(), "/api/v1/components/payments/uptime")
    assert len(told["days"]) == 90
    assert told["timezone"] == "Europe/Berlin"
    today = told["days"][-1]
    assert (today["date"], today["status"]) == ("2026-11-21", "major_outage")
    assert today["seconds"]["major_outage"] == 12 * 60
    assert len(today["incidents"]) == 1
    assert sum(len(day["incidents"]) for day in told["days"]) == 2
    assert told["uptime"]["lost_seconds"] == (12 + 71) * 60


async def test_a_day_with_a_clock_change_has_its_own_length(ask):
    path = "/api/v1/components/search/uptime?from=2026-10-25&to=2026-10-25"
    told = await ask(examples.all_good(), path)
    assert [day["seconds"] for day in told["days"]] == [{"operational": 25 * 3600.0}]


async def test_days_before_a_component_existed_have_no_status(ask):
    scene = Scene(began=NOW - timedelta(days=2))
    told = await ask(scene.snapshot(), "/api/v1/components/search/uptime")
    assert (told["days"][0]["status"], told["days"][0]["uptime"]) == (None, None)
    assert told["days"][-1]["status"] == "operational"


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("from=2027-01-01", "from"),
        ("from=2026-02-02&to=2026-01-01", "from"),
        ("from=2020-01-01", "from"),
        ("to=0001-01-01", "to"),
        ("from=yesterday", "from"),
        ("form=2026-01-01", "form"),
    ],
)
async def test_days_that_cannot_be_told_are_refused(ask, query, parameter):
    path = f"/api/v1/components/search/uptime?{query}"
    assert (await ask(examples.all_good(), path, 400))["parameter"] == parameter


# Latency --------------------------------------------------------------------------------------


async def test_response_times_come_one_point_a_step(ask):
    told = await ask(examples.all_good(), "/api/v1/components/search/latency?step=1h")
    assert told["step_seconds"] == 3600
    assert told["from_at"] == "2026-11-20T13:00:00Z"
    assert set(told["points"][0]) == {"at", "p50_seconds", "p95_seconds", "count", "failed"}
    assert told["points"][0]["p50_seconds"] > 0


async def test_what_is_not_timed_has_no_points(ask):
    told = await ask(examples.all_good(), "/api/v1/components/phone/latency")
    assert told["points"] == []


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("step=2m", "step"),
        ("from=2026-10-01T00:00:00Z&step=1m", "step"),
        ("from=2026-11-21T13:14:32Z", "from"),
        ("from=0001-01-01T00:00:00Z", "from"),
        ("from=2026-11-21", "from"),
    ],
)
async def test_response_times_that_cannot_be_told_are_refused(ask, query, parameter):
    path = f"/api/v1/components/search/latency?{query}"
    assert (await ask(examples.all_good(), path, 400))["parameter"] == parameter


async def test_a_store_that_does_not_answer_is_unavailable(open_site):
    site = await open_site(examples.all_good())
    site.live.broken = True
    answer = await site.client.get("/api/v1/components/search/latency")
    assert (answer.status, answer.headers["Content-Type"]) == (503, PROBLEM)


@pytest.mark.parametrize("what", ["uptime", "latency"])
async def test_days_and_response_times_of_nothing_are_a_problem(ask, what):
    await ask(examples.all_good(), f"/api/v1/components/nothing/{what}", 404)
