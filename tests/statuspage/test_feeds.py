"""RSS and Atom: an entry for every update, and bytes that change only with the content."""

from dataclasses import replace
from datetime import timedelta

import pytest
from lxml import etree

from statuspage.api import feeds
from tests.statuspage import examples
from tests.statuspage.examples import MAJOR, Scene

ATOM = {"a": "http://www.w3.org/2005/Atom"}


def atom(renderer, snapshot):
    return etree.fromstring(feeds.atom(renderer, snapshot).body)


def rss(renderer, snapshot):
    return etree.fromstring(feeds.rss(renderer, snapshot).body)


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


@pytest.mark.parametrize("make", [feeds.atom, feeds.rss])
def test_time_alone_changes_no_byte(renderer, make):
    snapshot = examples.major_outage()
    later = replace(snapshot, at=snapshot.at + timedelta(days=3))
    assert make(renderer, snapshot).body == make(renderer, later).body


@pytest.mark.parametrize("make", [feeds.atom, feeds.rss])
def test_a_page_without_incidents_has_a_valid_empty_feed(renderer, make):
    assert etree.fromstring(make(renderer, examples.no_components()).body) is not None
    body = make(renderer, Scene().snapshot()).body
    assert b"<entry" not in body
    assert b"<item" not in body


@pytest.mark.parametrize("make", [feeds.atom, feeds.rss])
def test_control_characters_and_markup_do_not_break_the_feed(renderer, make):
    scene = Scene()
    scene.open("A\x00B\x1b<b>&]]>", scene.ago(minutes=5), {"search": MAJOR}, "\x07<script>\x0b")
    found = etree.fromstring(make(renderer, scene.snapshot()).body)
    assert any("AB<b>&]]>" in text for text in found.itertext())
    assert not any("<script>" in text for text in found.itertext())


def test_what_is_not_public_is_in_no_feed(renderer):
    scene = Scene()
    scene.open("Secret", scene.ago(minutes=5), {"search": MAJOR}, "secret words", public=False)
    assert b"ecret" not in feeds.atom(renderer, scene.snapshot()).body


def test_a_feed_is_bounded(renderer):
    scene = Scene()
    for number in range(80):
        scene.past(f"Slow {number}", 1 + number, 3, {"search": examples.DEGRADED})
    entries = atom(renderer, scene.snapshot()).xpath("a:entry", namespaces=ATOM)
    assert len(entries) == 50
