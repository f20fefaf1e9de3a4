"""What other sites show of a page: banner, frame and previews, and that the manual is right."""

import json
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from lxml import html

from docs import cards
from incidents.model import ComponentStatus
from statuspage.api import badges, embed, feeds
from tests.statuspage import examples, works
from tests.statuspage.scenes import DEGRADED, IDENTIFIED, MAJOR, PAGE, Scene

DOCUMENT = (Path(__file__).parents[2] / "docs" / "embedding.md").read_text()
ADDRESS = "https://status.acme.example"
BILINGUAL = replace(PAGE, languages=("en", "de"))


def banner(renderer, snapshot):
    return json.loads(embed.banner(renderer, snapshot).body)


@pytest.mark.parametrize(
    ("situation", "shown"),
    [
        ("all-good", False),
        ("one-slow", True),
        ("major-outage", True),
        ("recovering", False),
        ("one-unknown", False),
        ("stale", False),
        ("no-results", False),
        ("no-components", False),
    ],
)
def test_the_banner_is_for_trouble_and_silent_otherwise(renderer, situation, shown):
    assert banner(renderer, examples.SITUATIONS[situation]())["shown"] is shown


def test_the_banner_tells_of_maintenance_while_it_runs(renderer):
    scene = Scene()
    works.announce(scene, "New disks", scene.ago(days=-1), ["search"])
    assert not banner(renderer, scene.snapshot())["shown"]
    works.begin(scene, works.announce(scene, "New network", scene.ago(hours=1), ["mail"]))
    told = banner(renderer, works.snapshot(scene))
    assert (told["shown"], told["state"]) == (True, "under_maintenance")


def test_the_banner_says_what_the_page_says(renderer):
    told = banner(renderer, examples.major_outage())
    assert told["sentence"] == "Payments is down since 14:02; Checkout and Invoices are affected."
    assert told["state"] == "major_outage"
    assert told["url"] == "https://status.acme.example/"
    assert (told["more"], told["dismiss"]) == ("Details", "Dismiss")


def test_the_banner_speaks_german_and_leads_to_the_german_page(german):
    told = banner(german, examples.one_slow())
    assert told["language"] == "de"
    assert told["url"] == "https://status.acme.example/de/"
    assert told["dismiss"] == "Ausblenden"


def test_a_banner_that_was_put_away_stays_away_until_something_else_happens(renderer):
    scene = Scene()
    id = scene.open("Slow", scene.ago(minutes=9), {"search": DEGRADED}, "We look.")
    first = banner(renderer, scene.snapshot())["key"]
    scene.post(id, scene.ago(minutes=5), IDENTIFIED, "We know why.")
    later = replace(scene.snapshot(), at=scene.now + timedelta(seconds=50))
    assert banner(renderer, later)["key"] == first
    scene.open("Down", scene.ago(minutes=2), {"mail": MAJOR}, "We look.")
    assert banner(renderer, scene.snapshot())["key"] != first


@pytest.mark.parametrize("state", list(ComponentStatus))
def test_a_shape_reaches_scripts_as_elements(renderer, state):
    parts = embed._elements(renderer.shapes[state])
    assert parts
    assert {name for name, _ in parts} <= {"path", "circle"}
    assert all(attributes for _, attributes in parts)


async def test_only_the_frame_may_be_framed(open_site):
    site = await open_site(examples.major_outage())
    framed = await site.client.get("/embed")
    assert "frame-ancestors *" in framed.headers["Content-Security-Policy"]
    for path in ("/", "/history", "/embed.json", "/embed.js"):
        policy = (await site.client.get(path)).headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in policy


async def test_links_leave_the_frame(open_site):
    site = await open_site(examples.major_outage())
    page = html.fromstring(await (await site.client.get("/embed")).text())
    links = page.findall(".//a")
    assert links
    for link in links:
        assert (link.get("target"), link.get("rel")) == ("_blank", "noopener")
        assert link.get("href").startswith(ADDRESS)


async def test_the_banner_follows_the_path_or_else_the_reader(open_site):
    site = await open_site(replace(examples.one_slow(), page=BILINGUAL))
    german = {"Accept-Language": "de-AT,de;q=0.9"}
    asked = {"/embed.json": {}, "/de/embed.json": {}, "/en/embed.json": german}
    told = {
        path: await (await site.client.get(path, headers=headers)).json()
        for path, headers in asked.items()
    }
    assert [answer["language"] for answer in told.values()] == ["en", "de", "en"]
    answer = await site.client.get("/embed.json", headers=german)
    assert (await answer.json())["language"] == "de"
    assert "Accept-Language" in answer.headers["Vary"]
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    script = await site.client.get("/de/embed.js")
    assert script.headers["Content-Type"].startswith("text/javascript")


async def test_a_feed_does_not_change_its_language_with_the_reader(open_site):
    site = await open_site(replace(examples.one_slow(), page=BILINGUAL))
    plain = await site.client.get("/feed.atom", headers={"Accept-Language": "de"})
    assert "Acme status" in await plain.text()
    assert "Accept-Language" not in plain.headers["Vary"]
    assert "Status von Acme" in await (await site.client.get("/de/feed.atom")).text()


def meta(page):
    return {
        found.get("property") or found.get("name"): found.get("content")
        for found in page.findall(".//meta")
    }


async def test_a_link_to_the_page_is_previewed_with_its_sentence_and_state(open_site):
    site = await open_site(examples.major_outage())
    found = meta(html.fromstring(await (await site.client.get("/")).text()))
    assert found["og:title"] == "Acme status"
    assert found["og:description"] == (
        "Payments is down since 14:02; Checkout and Invoices are affected."
    )
    assert found["og:url"] == f"{ADDRESS}/"
    assert found["og:image"] == f"{ADDRESS}/card/major_outage.png"
    assert found["twitter:card"] == "summary_large_image"
    picture = await site.client.get(found["og:image"].removeprefix(ADDRESS))
    assert picture.status == 200
    assert picture.headers["Content-Type"] == "image/png"


async def test_a_link_to_an_incident_is_previewed_with_its_newest_words(open_site):
    snapshot, id = examples.long_incident()
    site = await open_site(snapshot)
    found = meta(html.fromstring(await (await site.client.get(f"/incidents/{id}")).text()))
    assert found["og:title"] == "Resolved: Payments is down"
    assert found["og:description"].startswith("All kept orders are charged.")
    assert found["og:url"] == f"{ADDRESS}/incidents/{id}"
    assert found["og:image"].endswith("/card/operational.png")


async def test_hostile_words_stay_words_in_a_preview(open_site):
    scene = Scene()
    id = scene.open(
        '"><script>alert(1)</script>',
        scene.ago(minutes=5),
        {"search": MAJOR},
        '"><img src=x onerror=alert(1)> **bold** ' + "word " * 200,
    )
    site = await open_site(scene.snapshot())
    page = html.fromstring(await (await site.client.get(f"/incidents/{id}")).text())
    assert page.xpath("//img | //script[not(@src) and contains(., 'alert')]") == []
    found = meta(page)
    assert found["og:title"] == '"><script>alert(1)</script>'
    assert "bold word" in found["og:description"]
    assert len(found["og:description"]) <= 200


@pytest.mark.parametrize("state", list(ComponentStatus))
def test_the_pictures_are_drawn_from_the_tokens_as_they_are(state):
    picture = (cards.CARDS / f"{state}.png").read_bytes()
    assert picture.startswith(cards.SIGNATURE)
    assert cards.mark(state) in picture, "python -m docs.cards"
    assert len(picture) < 20_000


@pytest.mark.parametrize("path", ["/card/nothing.png", "/card/..%2fcards%2funknown.png"])
async def test_there_is_no_other_picture(open_site, path):
    site = await open_site(examples.all_good())
    assert (await site.client.get(path)).status == 404


PROMISED = sorted(set(re.findall(r"https://status\.acme\.example(/[\w./-]*)", DOCUMENT)))


@pytest.mark.parametrize("path", PROMISED)
async def test_every_address_in_the_document_is_served(open_site, path):
    site = await open_site(replace(examples.all_good(), page=BILINGUAL))
    assert (await site.client.get(path)).status == 200


def test_the_document_names_every_badge_feed_and_embed():
    paths = {route.path for module in (badges, feeds, embed) for route in module.ROUTES}
    pictured = {path.replace("badge.json", "badge.svg") for path in paths if "{id}" not in path}
    pictured = {re.sub(r"(badge/.*)\.json$", r"\1.svg", path) for path in pictured}
    assert [path for path in sorted(pictured) if path not in DOCUMENT] == []
