"""Our own API for reading: how things stand, and what holds for all of it."""

from dataclasses import replace

import msgspec
import pytest

from statuspage.api import v1_components, v1_incidents, v1_maintenances, v1_status
from statuspage.site import Access
from statuspage.views.api_v1_status import Status
from tests.statuspage import examples, works
from tests.statuspage.scenes import DEGRADED, MAJOR, PAGE, Scene

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
    page = replace(PAGE, access=Access(token="open sesame"))
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
