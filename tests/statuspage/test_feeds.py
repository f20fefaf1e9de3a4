"""RSS, Atom and JSON Feed: an entry for every update, bytes that change only with the content."""

import json
from dataclasses import replace
from datetime import timedelta

import feedparser
import pytest
from lxml import etree

from incidents.model import IncidentStatus
from statuspage.api import feeds
from tests.statuspage import examples, works
from tests.statuspage.scenes import COMPONENTS, DEGRADED, MAJOR, PAGE, Scene

ATOM = {"a": "http://www.w3.org/2005/Atom"}
WHOLE = ["/feed.atom", "/feed.rss", "/feed.json"]
OF_COMPONENT = [f"/components/{{id}}{path}" for path in WHOLE]
ROUTES = {route.path: route for route in feeds.ROUTES}


def made(path, renderer, snapshot, **parameters):
    return ROUTES[path].render(renderer, snapshot, **parameters)


def atom(renderer, snapshot):
    return etree.fromstring(made("/feed.atom", renderer, snapshot).body)


def rss(renderer, snapshot):
    return etree.fromstring(made("/feed.rss", renderer, snapshot).body)


def read(path, renderer, snapshot, **parameters):
    """What a feed reader makes of it."""
    found = feedparser.parse(made(path, renderer, snapshot, **parameters).body)
    assert not found.bozo
    return found


def items(renderer, snapshot, path="/feed.json", **parameters):
    return json.loads(made(path, renderer, snapshot, **parameters).body)["items"]


def told(path, renderer, snapshot, **parameters):
    """Identifier and title of each entry, whichever the format."""
    if path.endswith("json"):
        found = items(renderer, snapshot, path, **parameters)
        return [(item["id"], item["title"]) for item in found]
    found = read(path, renderer, snapshot, **parameters).entries
    return [(entry.id, entry.title) for entry in found]


def test_every_update_is_an_entry_newest_first(renderer):
    snapshot, _ = examples.long_incident()
    titles = atom(renderer, snapshot).xpath("//a:entry/a:title/text()", namespaces=ATOM)
    assert titles[:5] == [
        "Payments is down – Resolved",
        "Payments is down – Watching",
        "Payments is down – Cause found",
        "Payments is down – Cause found",
        "Payments is down – Investigating",
    ]
    assert rss(renderer, snapshot).xpath("//item/title/text()") == titles


def test_an_entry_keeps_the_title_of_its_time(renderer):
    scene = Scene()
    id = scene.open("Search is down", scene.ago(hours=1), {"search": MAJOR}, "First words.")
    found = scene.board.incidents[id]
    scene.board.incidents[id] = replace(found, title="Search was down")
    titles = atom(renderer, scene.snapshot()).xpath("//a:entry/a:title/text()", namespaces=ATOM)
    assert titles == ["Search is down – Investigating"]


def test_atom_has_what_the_format_asks_for(renderer):
    snapshot, id = examples.long_incident()
    feed = atom(renderer, snapshot)
    assert feed.xpath("a:link[@rel='self']/@href", namespaces=ATOM) == [
        "https://status.acme.example/feed.atom"
    ]
    for holder in (feed, *feed.xpath("a:entry", namespaces=ATOM)):
        for name in ("id", "title", "updated"):
            assert len(holder.xpath(f"a:{name}", namespaces=ATOM)) == 1
    assert feed.xpath("a:author/a:name", namespaces=ATOM)
    link = feed.xpath("a:entry[1]/a:link/@href", namespaces=ATOM)[0]
    assert link.startswith(f"https://status.acme.example/incidents/{id}#update-")
    terms = feed.xpath("a:entry[1]/a:category/@term", namespaces=ATOM)
    assert terms == ["Payments", "Checkout", "Invoices"]


def test_rss_leads_to_the_page_and_not_to_itself(renderer):
    channel = rss(renderer, examples.all_good()).find("channel")
    assert channel.findtext("link") == "https://status.acme.example/"
    assert channel.find("item/guid").get("isPermaLink") == "false"


def test_an_entry_has_the_same_id_in_both_formats_and_after_an_edit(renderer):
    scene = Scene()
    id = scene.open("Down", scene.ago(hours=1), {"search": MAJOR}, "First words.")
    update = scene.board.incidents[id].updates[0].id
    before = atom(renderer, scene.snapshot())
    scene.edit(id, update, scene.ago(minutes=5), "Better words.")
    after = atom(renderer, scene.snapshot())
    ids = [found.xpath("//a:entry/a:id/text()", namespaces=ATOM) for found in (before, after)]
    assert ids[0] == ids[1] == rss(renderer, scene.snapshot()).xpath("//guid/text()")
    assert "Better words." in after.xpath("string(//a:entry/a:content)", namespaces=ATOM)
    updated = after.xpath("string(//a:entry/a:updated)", namespaces=ATOM)
    assert updated == "2026-11-21T13:09:31+00:00"


@pytest.mark.parametrize("path", ["/feed.atom", "/feed.rss"])
def test_a_reader_finds_title_link_words_and_time(renderer, path):
    snapshot, id = examples.long_incident()
    found = read(path, renderer, snapshot)
    assert found.feed.title == "Acme status"
    newest = found.entries[0]
    assert newest.title == "Payments is down – Resolved"
    assert newest.link.startswith(f"https://status.acme.example/incidents/{id}#update-")
    assert "a second provider stands by" in newest.content[0].value
    assert newest.published_parsed[:5] == (2026, 11, 21, 9, 36)


def test_a_json_feed_has_what_its_format_asks_for(renderer):
    snapshot, _ = examples.long_incident()
    found = json.loads(made("/feed.json", renderer, snapshot).body)
    assert found["version"] == "https://jsonfeed.org/version/1.1"
    assert found["title"] == "Acme status"
    assert found["feed_url"] == "https://status.acme.example/feed.json"
    assert found["home_page_url"] == "https://status.acme.example/"
    assert found["language"] == "en"
    assert found["items"][0]["tags"] == ["Payments", "Checkout", "Invoices"]
    for item in found["items"]:
        assert {"id", "url", "title", "content_html", "date_published"} <= item.keys()


@pytest.mark.parametrize("path", OF_COMPONENT)
def test_a_component_has_a_feed_of_what_touched_it(renderer, path):
    snapshot = examples.major_outage()
    assert (
        b"Invoices \xe2\x80\x93 Acme status" in made(path, renderer, snapshot, id="invoices").body
    )
    titles = [title for _, title in told(path, renderer, snapshot, id="invoices")]
    assert titles == [
        "Payments is down – Cause found",
        "Payments is down – Investigating",
        "Invoices is down – Resolved",
        "Invoices is down – Investigating",
    ]


def test_a_component_feed_leads_to_the_component_and_to_itself(renderer):
    snapshot = examples.all_good()
    body = made("/components/{id}/feed.atom", renderer, snapshot, id="search").body
    links = etree.fromstring(body).xpath("a:link/@href", namespaces=ATOM)
    assert links == [
        "https://status.acme.example/components/search/feed.atom",
        "https://status.acme.example/components/search",
    ]


def test_an_update_has_the_same_id_in_every_feed_and_format(renderer):
    snapshot = examples.major_outage()
    whole = told("/feed.atom", renderer, snapshot)
    for path in WHOLE:
        assert told(path, renderer, snapshot) == whole
    for path in OF_COMPONENT:
        assert set(told(path, renderer, snapshot, id="payments")) < set(whole)
    assert len({id for id, _ in whole}) == len(whole)


def test_the_same_updates_are_the_same_entries_in_german(renderer, german):
    snapshot = examples.major_outage()
    english = told("/feed.atom", renderer, snapshot)
    assert [id for id, _ in told("/feed.atom", german, snapshot)] == [id for id, _ in english]
    found = atom(german, snapshot)
    assert found.get("{http://www.w3.org/XML/1998/namespace}lang") == "de"
    assert found.findtext("a:title", namespaces=ATOM) == "Status von Acme"
    assert found.xpath("string(a:link[@rel='self']/@href)", namespaces=ATOM) == (
        "https://status.acme.example/de/feed.atom"
    )
    assert rss(german, snapshot).findtext("channel/language") == "de"


@pytest.mark.parametrize("path", WHOLE)
def test_maintenance_is_told_from_its_announcement_to_its_end(renderer, path):
    scene = Scene()
    done = works.announce(scene, "New disks", scene.ago(days=9), ["search"])
    works.begin(scene, done)
    works.complete(scene, done)
    off = works.announce(scene, "New office", scene.ago(days=-2), ["phone"])
    works.cancel(scene, off)
    assert [title for _, title in told(path, renderer, scene.snapshot())] == [
        "New office – Cancelled",
        "New office – Planned",
        "New disks – Over",
        "New disks – Going on",
        "New disks – Planned",
    ]


def test_an_entry_on_maintenance_leads_to_it_and_names_its_components(renderer):
    scene = Scene()
    id = works.announce(scene, "New disks", scene.ago(days=-1), ["search", "mail"])
    (item,) = items(renderer, scene.snapshot())
    assert item["url"].startswith(f"https://status.acme.example/maintenance/{id}#update-")
    assert item["tags"] == ["Search", "Mail delivery"]
    assert "Pages may load slowly." in item["content_html"]
    (of_mail,) = items(renderer, scene.snapshot(), "/components/{id}/feed.json", id="mail")
    assert of_mail == item
    assert not items(renderer, scene.snapshot(), "/components/{id}/feed.json", id="phone")


@pytest.mark.parametrize("path", OF_COMPONENT)
def test_there_is_no_feed_of_what_is_not_there(renderer, path):
    assert made(path, renderer, examples.all_good(), id="nothing") is None


@pytest.mark.parametrize("path", WHOLE)
def test_time_alone_changes_no_byte(renderer, path):
    snapshot = examples.major_outage()
    later = replace(snapshot, at=snapshot.at + timedelta(days=3))
    assert made(path, renderer, snapshot).body == made(path, renderer, later).body


@pytest.mark.parametrize("path", WHOLE)
def test_a_page_without_incidents_has_a_valid_empty_feed(renderer, path):
    assert told(path, renderer, examples.no_components()) == []
    assert told(path, renderer, Scene().snapshot()) == []


HOSTILE = "A\x00B\x1b<b>&]]>\u202e\ufffe\x85\n \x0c"


@pytest.mark.parametrize("path", [*WHOLE, *OF_COMPONENT])
def test_hostile_titles_and_texts_do_not_break_a_feed(renderer, path):
    named = replace(COMPONENTS[0], name=f"{HOSTILE}<i>")
    scene = Scene(components=(named,), page=replace(PAGE, name=HOSTILE))
    scene.open(
        HOSTILE, scene.ago(minutes=5), {named.id: MAJOR}, f"\x07<script>alert(1)</script>{HOSTILE}"
    )
    parameters = {"id": named.id} if "{id}" in path else {}
    body = made(path, renderer, scene.snapshot(), **parameters).body
    text = body.decode("utf-8")
    assert not any(bad in text for bad in ("\x00", "\x1b", "\x07", "\x0c", "\u202e", "\ufffe"))
    if path.endswith("json"):
        (item,) = items(renderer, scene.snapshot(), path, **parameters)
        assert item["title"] == "AB<b>&]]> – Investigating"
        assert "<script>" not in item["content_html"]
        return
    found = etree.fromstring(body)
    assert any("AB<b>&]]>" in piece for piece in found.itertext())
    assert not any("<script>" in piece for piece in found.itertext())


@pytest.mark.parametrize("path", WHOLE)
def test_what_is_not_public_is_in_no_feed(renderer, path):
    scene = Scene()
    scene.open("Secret", scene.ago(minutes=5), {"search": MAJOR}, "secret words", public=False)
    assert b"ecret" not in made(path, renderer, scene.snapshot()).body


def test_a_feed_is_bounded_to_the_newest(renderer):
    scene = Scene()
    for number in range(80):
        scene.past(f"Slow {number}", 1 + number, 3, {"search": DEGRADED})
    snapshot = scene.snapshot()
    titles = [entry.title for entry in read("/feed.atom", renderer, snapshot).entries]
    assert len(titles) == 50
    assert titles[0] == "Slow 0 – Resolved"
    assert titles[-1] == "Slow 24 – Investigating"


def test_an_old_incident_that_is_written_about_again_comes_first(renderer):
    scene = Scene()
    id = scene.past("Long ago", 80, 3, {"search": MAJOR})
    for number in range(60):
        scene.past(f"Slow {number}", 1 + number, 3, {"search": DEGRADED})
    scene.post(id, scene.ago(minutes=1), IncidentStatus.POSTMORTEM, "What we learned.")
    entries = read("/feed.atom", renderer, scene.snapshot()).entries
    assert entries[0].title == "Long ago – Review"
    assert len([entry for entry in entries if entry.title.startswith("Long ago")]) == 1


async def test_a_feed_is_sent_once_and_then_only_when_it_changed(open_site):
    site = await open_site(examples.one_slow())
    known = {}
    for path in [*WHOLE, *(path.format(id="checkout") for path in OF_COMPONENT)]:
        first = await site.client.get(path)
        assert first.status == 200
        assert first.headers["Access-Control-Allow-Origin"] == "*"
        known[path] = {"If-None-Match": first.headers["ETag"]}
        assert (await site.client.get(path, headers=known[path])).status == 304
    site.live.now = examples.major_outage()
    await site.publisher.publish()
    for path, tag in known.items():
        assert (await site.client.get(path, headers=tag)).status == 200


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("/feed.atom", "application/atom+xml; charset=utf-8"),
        ("/feed.rss", "application/rss+xml; charset=utf-8"),
        ("/feed.json", "application/feed+json; charset=utf-8"),
    ],
)
async def test_a_reader_learns_the_format_and_pages_name_all_of_them(open_site, path, media_type):
    site = await open_site(examples.all_good())
    answer = await site.client.get(path)
    assert answer.headers["Content-Type"] == media_type
    plain = media_type.partition(";")[0]
    home = await (await site.client.get("/")).text()
    assert f'<link rel="alternate" type="{plain}" href="{path}" title="Acme status">' in home
