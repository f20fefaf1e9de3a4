"""Badges: one fact each, as a picture and as shields' JSON, and never green for the unknown."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from lxml import etree

from incidents.letters import TONES
from statuspage.api import badges
from statuspage.views.lettering import shortened, width
from statuspage.views.shares import WINDOWS
from tests.statuspage import examples
from tests.statuspage.scenes import COMPONENTS, MAJOR, NOW, OPERATIONAL, PAGE, PARTIAL, Scene

ROUTES = {route.path: route for route in badges.ROUTES}
SVG = {"s": "http://www.w3.org/2000/svg"}
GREEN = TONES[OPERATIONAL].light
NEUTRAL = "#1f2328"


def said(path, renderer, snapshot, **parameters):
    """Label, message and colour, the same in both forms."""
    numbers = json.loads(ROUTES[f"{path}.json"].render(renderer, snapshot, **parameters).body)
    drawing = drawn(path, renderer, snapshot, **parameters)
    assert drawing.xpath("s:g/s:text/text()", namespaces=SVG) == [
        numbers["label"],
        numbers["message"],
    ]
    assert numbers["color"] in drawing.xpath("s:path/@fill", namespaces=SVG)
    assert numbers["schemaVersion"] == 1
    return numbers["label"], numbers["message"].replace("\u00a0", " "), numbers["color"]


def drawn(path, renderer, snapshot, **parameters):
    return etree.fromstring(ROUTES[f"{path}.svg"].render(renderer, snapshot, **parameters).body)


@pytest.mark.parametrize(
    ("situation", "message", "state"),
    [
        ("all-good", "Everything works", "operational"),
        ("one-slow", "Partly slow", "degraded_performance"),
        ("major-outage", "Outage", "major_outage"),
        ("one-unknown", "Unknown", "unknown"),
        ("stale", "Unknown", "unknown"),
        ("no-results", "Unknown", "unknown"),
        ("no-components", "Unknown", "unknown"),
    ],
)
def test_the_badge_of_a_page_tells_the_worst(renderer, situation, message, state):
    found = said("/badge", renderer, examples.SITUATIONS[situation]())
    assert found == ("Acme", message, TONES[state].light)


@pytest.mark.parametrize(
    ("id", "message", "state"),
    [
        ("payments", "Down", "major_outage"),
        ("invoices", "Partly down", "partial_outage"),
        ("search", "Working", "operational"),
    ],
)
def test_the_badge_of_a_component_tells_its_own_state(renderer, id, message, state):
    label, *found = said("/components/{id}/badge", renderer, examples.major_outage(), id=id)
    assert label == id.title()
    assert found == [message, TONES[state].light]


@pytest.mark.parametrize("situation", ["stale", "no-results"])
@pytest.mark.parametrize("path", ["/badge", "/badge/latency"])
def test_what_nobody_can_tell_is_never_green(renderer, situation, path):
    snapshot = examples.SITUATIONS[situation]()
    for prefix, parameters in (("", {}), ("/components/{id}", {"id": "search"})):
        *_, colour = said(prefix + path, renderer, snapshot, **parameters)
        assert colour == TONES["unknown"].light
        body = ROUTES[f"{prefix}{path}.json"].render(renderer, snapshot, **parameters).body
        assert json.loads(body)["isError"] is True
        assert (
            GREEN.encode()
            not in ROUTES[f"{prefix}{path}.svg"].render(renderer, snapshot, **parameters).body
        )


def test_uptime_is_the_share_of_good_time_in_the_period(renderer):
    scene = Scene()
    scene.past("Down", 3, 144, {"search": MAJOR})
    snapshot = scene.snapshot()
    path = "/components/{id}/badge/uptime"
    found = [said(f"{path}/{name}", renderer, snapshot, id="search") for name in WINDOWS]
    assert found == [
        ("Search available, 24 hours", "100 %", NEUTRAL),
        ("Search available, 7 days", "98.57 %", NEUTRAL),
        ("Search available, 30 days", "99.66 %", NEUTRAL),
        ("Search available, 90 days", "99.88 %", NEUTRAL),
    ]


def test_the_uptime_of_a_page_is_over_all_its_components(renderer):
    scene = Scene(components=COMPONENTS[:2])
    scene.past("Down", 3, 144, {"checkout": MAJOR})
    found = said("/badge/uptime/7d", renderer, scene.snapshot())
    assert found == ("Acme available, 7 days", "99.28 %", NEUTRAL)


def test_nothing_lost_is_100_and_little_lost_is_not(renderer):
    scene = Scene()
    scene.past("Blip", 30, 0.2, {"search": PARTIAL})
    snapshot = scene.snapshot()
    assert said("/badge/uptime/90d", renderer, snapshot)[1] == "99.99 %"
    assert said("/badge/uptime/7d", renderer, snapshot)[1] == "100 %"


def test_missing_data_is_said_beside_the_share(renderer):
    scene = Scene()
    scene.lose("search", scene.ago(hours=12), scene.ago(hours=8))
    path = "/components/{id}/badge/uptime/24h"
    assert said(path, renderer, scene.snapshot(), id="search")[1] == "100 %, no data for 4 hours"


def test_a_period_without_any_data_has_no_share(renderer):
    scene = Scene()
    scene.lose("search", scene.ago(days=2))
    path = "/components/{id}/badge/uptime/24h"
    *_, message, colour = said(path, renderer, scene.snapshot(), id="search")
    assert (message, colour) == ("no data", TONES["unknown"].light)


def test_the_moment_before_the_first_result_is_not_told_as_missing(renderer):
    scene = Scene(began=NOW - timedelta(seconds=2))
    scene.lose("search", scene.began, scene.began + timedelta(seconds=0.9))
    path = "/components/{id}/badge/uptime/24h"
    assert said(path, renderer, scene.snapshot(), id="search")[1] == "100 %"


def test_latency_is_the_newest_and_no_older_than_an_hour(renderer):
    snapshot = examples.all_good()
    path = "/components/{id}/badge/latency"
    label, message, colour = said(path, renderer, snapshot, id="checkout")
    assert (label, colour) == ("Checkout response", NEUTRAL)
    assert message.endswith(" ms")
    later = replace(snapshot, at=snapshot.at + timedelta(hours=2))
    later = replace(later, last_result_at=later.at, fresh_until=later.at + timedelta(minutes=1))
    assert said(path, renderer, later, id="checkout")[1] == "no data"


def test_a_component_that_nobody_can_tell_of_has_no_latency(renderer):
    path = "/components/{id}/badge/latency"
    assert said(path, renderer, examples.one_unknown(), id="payments")[1] == "no data"


@pytest.mark.parametrize("path", sorted(ROUTES))
def test_there_is_no_badge_of_what_is_not_there(renderer, path):
    parameters = {"id": "nothing"} if "{id}" in path else {}
    found = ROUTES[path].render(renderer, examples.all_good(), **parameters)
    assert (found is None) is ("{id}" in path)


def test_a_badge_says_in_words_what_it_shows(renderer):
    badge = drawn("/badge", renderer, examples.major_outage())
    assert badge.get("role") == "img"
    assert badge.get("aria-label") == "Acme: Outage"
    assert badge.findtext("s:title", namespaces=SVG) == "Acme: Outage"


def test_the_texts_of_a_badge_fit_beside_each_other(renderer):
    badge = drawn("/badge/uptime/30d", renderer, examples.all_good())
    whole = int(badge.get("width"))
    places = [
        (int(text.get("x")), int(text.get("textLength")))
        for text in badge.findall("s:g/s:text", namespaces=SVG)
    ]
    (label_x, label_width), (message_x, message_width) = places
    assert 0 < label_x < label_x + label_width < message_x
    assert message_x + message_width < whole


HOSTILE = "</text><script>alert(1)</script>\x00\x1b\u202e" + "x" * 500


def test_a_hostile_name_is_only_text_and_cut(renderer):
    named = replace(COMPONENTS[2], name=HOSTILE)
    scene = Scene(components=(named,), page=replace(PAGE, name=HOSTILE))
    for path, parameters in (("/badge", {}), ("/components/{id}/badge", {"id": named.id})):
        label, message, _ = said(path, renderer, scene.snapshot(), **parameters)
        assert label.startswith("</text><script>alert(1)</script>x")
        assert label.endswith("…")
        badge = drawn(path, renderer, scene.snapshot(), **parameters)
        assert not badge.xpath("//*[local-name()='script']")
        assert int(badge.get("width")) < 600
        assert message in ("Everything works", "Working")


def test_a_badge_speaks_the_language_of_the_page(german):
    snapshot = examples.one_slow()
    assert said("/badge", german, snapshot)[:2] == ("Acme", "Teilweise langsam")
    assert said("/badge/uptime/30d", german, snapshot)[:2] == (
        "Acme verfügbar, 30 Tage",
        "99,95 %",
    )


@pytest.mark.parametrize(
    ("text", "pixels"),
    [
        ("", 0),
        ("i", 3),
        ("W", 11),
        ("Working", 44),
        ("Müller", 33),
        ("状態", 24),
        ("99.95\u00a0%", 44),
    ],
)
def test_text_is_as_wide_as_in_helvetica(text, pixels):
    assert width(text, 12) == pixels


@pytest.mark.parametrize(("text", "short"), [("abc", "abc"), ("abcd", "ab…"), ("a bcd", "a…")])
def test_long_names_end_in_an_ellipsis(text, short):
    assert shortened(text, 3) == short


@pytest.mark.parametrize("path", ["/badge.svg", "/components/payments/badge/uptime/30d.json"])
async def test_a_badge_may_be_shown_anywhere_for_a_moment(open_site, path):
    site = await open_site(examples.major_outage())
    answer = await site.client.get(path)
    assert answer.status == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cache-Control"] == "public, max-age=10"
    again = await site.client.get(path, headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status == 304


@pytest.mark.parametrize("path", ["/badge/uptime/5y.svg", "/components/nope/badge.svg"])
async def test_a_badge_that_does_not_exist_is_not_found(open_site, path):
    site = await open_site(examples.major_outage())
    assert (await site.client.get(path)).status == 404
