"""Our own API for reading."""

from dataclasses import replace
from datetime import UTC, timedelta

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from incidents.payloads import component_id
from incidents.policy import LatencyGoal, Objective
from statuspage.api import v1_components, v1_incidents, v1_maintenances, v1_status
from statuspage.site import Access
from statuspage.views.api_v1_components import Component
from statuspage.views.api_v1_incidents import IncidentQuery, IncidentTeller
from statuspage.views.api_v1_paging import cursor, page, place_of
from statuspage.views.api_v1_status import Status
from tests.statuspage import boards, examples, works
from tests.statuspage.examples import DEGRADED, MAJOR, NOW, Scene

PROBLEM = "application/problem+json"


@pytest.fixture
async def ask(open_site):
    """Asks a site on a snapshot; answers with the status and what was said."""

    async def get(snapshot, path, status=200):
        site = await open_site(snapshot)
        answer = await site.client.get(path)
        assert answer.status == status
        told = await answer.json(content_type=None)
        if status != 200:
            assert answer.headers["Content-Type"] == PROBLEM
            assert told["status"] == status
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        return told

    return get


# Status ---------------------------------------------------------------------------------------


async def test_the_status_says_in_one_answer_what_is_broken(ask):
    told = await ask(examples.major_outage(), "/api/v1/status")
    assert (told["status"], told["fresh"]) == ("major_outage", True)
    assert told["headline"] == ("Payments is down since 14:02; Checkout and Invoices are affected.")
    assert told["page"]["url"] == "https://status.acme.example"
    assert [found["title"] for found in told["incidents"]] == ["Payments is down"]
    assert {found["id"]: found["status"] for found in told["components"]}["payments"] == (
        "major_outage"
    )


@pytest.mark.parametrize("snapshot", [examples.stale, examples.no_results])
async def test_without_fresh_results_the_status_is_unknown(ask, snapshot):
    told = await ask(snapshot(), "/api/v1/status")
    assert (told["status"], told["fresh"]) == ("unknown", False)


def test_texts_are_in_the_language_of_the_page(german):
    told = msgspec.json.decode(v1_status.render(german, examples.all_good()).body, type=Status)
    assert told.page.language == "de"
    assert told.headline == german.words("headline.operational")
    assert told.page.url == "https://status.acme.example"


async def test_coming_maintenance_stands_beside_it_the_next_one_first(ask):
    scene = Scene()
    ids = works.four_works(scene)
    told = await ask(works.snapshot(scene), "/api/v1/status")
    assert [work["id"] for work in told["maintenances"]] == [
        ids["active"],
        ids["next"],
        ids["later"],
    ]


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
    scene = Scene(components=[replace(examples.COMPONENTS[2], objective=held)])
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
    assert [found["id"] for found in listed["components"]] == [
        found.id for found in examples.COMPONENTS
    ]
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


# All of it ------------------------------------------------------------------------------------


async def test_an_answer_is_not_sent_twice_to_who_has_it(open_site):
    site = await open_site(examples.all_good())
    for path in ("/api/v1/status", "/api/v1/incidents?limit=2", "/api/v1/openapi.json"):
        first = await site.client.get(path)
        tags = f'"other", W/{first.headers["ETag"]}'
        again = await site.client.get(path, headers={"If-None-Match": tags})
        assert (again.status, await again.read()) == (304, b"")
        head = await site.client.head(path)
        assert (head.status, await head.read()) == (200, b"")
        assert head.headers["ETag"] == first.headers["ETag"]


async def test_a_page_tells_nothing_of_components_elsewhere(ask):
    scene = Scene()
    scene.past("Slow", 1, 3, {"search": DEGRADED, "mail": DEGRADED})
    scene.past("Down", 2, 3, {"mail": MAJOR})
    snapshot = scene.snapshot()
    page = replace(snapshot.page, components=("search",))
    snapshot = replace(snapshot, page=page, pages=(page, replace(page, id="other")))
    told = await ask(snapshot, "/api/v1/incidents")
    assert [[one["id"] for one in found["components"]] for found in told["incidents"]] == [
        ["search"]
    ]
    for what in ("", "/uptime", "/latency"):
        await ask(snapshot, f"/api/v1/components/mail{what}", 404)
    assert (await ask(snapshot, "/api/v1/incidents?component=mail"))["incidents"] == []


async def test_the_token_of_a_private_page_is_no_parameter(ask):
    page = replace(examples.PAGE, access=Access(token="open sesame"))
    path = "/api/v1/incidents?limit=1&token=open%20sesame"
    assert await ask(replace(examples.all_good(), page=page, pages=(page,)), path)


async def test_alike_questions_share_an_answer_until_something_changes(open_site):
    site = await open_site(examples.all_good())
    path = "/api/v1/components/search/latency"
    first = await (await site.client.get(path)).read()
    site.live.broken = True
    assert await (await site.client.get(f"{path}?step=15m")).read() == first
    await site.publisher.publish()
    assert (await site.client.get(path)).status == 503


@pytest.mark.parametrize(
    "made", [v1_status, v1_components, v1_incidents, v1_maintenances], ids=lambda one: one.__name__
)
def test_a_copy_of_the_site_knows_what_there_is(renderer, made):
    scene = Scene()
    works.four_works(scene)
    scene.past("Slow", 1, 3, {"search": DEGRADED})
    snapshot = works.snapshot(scene)
    for operation in made.OPERATIONS:
        if operation.query is None:
            found = [dict(one) for one in operation.every(snapshot)]
            assert found
            for parameters in found:
                assert operation.render(renderer, snapshot, **parameters).status == 200
