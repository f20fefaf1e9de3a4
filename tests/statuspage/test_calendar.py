"""The calendar, as a calendar program reads it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from icalendar import Calendar

from incidents import words
from incidents.events import MaintenanceChanged
from statuspage import assets
from statuspage.api import calendar
from statuspage.render import Renderer
from tests.statuspage import works
from tests.statuspage.boards import scenes
from tests.statuspage.scenes import NOW, Scene

HOSTILE = "a;b,c\\n\r\nBEGIN:VEVENT\x00\u202e" + "ü" * 200


def read(document):
    assert document.content_type == "text/calendar; charset=utf-8"
    assert all(len(line) <= 75 for line in document.body.split(b"\r\n"))
    return Calendar.from_ical(document.body)


def events(renderer, snapshot):
    found = read(calendar.render(renderer, snapshot))
    assert not found.errors
    return {str(one["UID"]).partition("@")[0]: one for one in found.walk("VEVENT")}


def four():
    scene = Scene()
    return scene, works.four_works(scene)


def test_each_work_is_an_entry_the_cancelled_ones_included(renderer):
    scene, ids = four()
    found = events(renderer, works.snapshot(scene))
    statuses = {word: str(found[id]["STATUS"]) for word, id in ids.items()}
    assert statuses == {**dict.fromkeys(ids, "CONFIRMED"), "cancelled": "CANCELLED"}
    one = found[ids["next"]]
    assert (one.start, one.end) == (scene.ago(days=-3), scene.ago(days=-3, hours=-2))
    assert one["DTSTART"].to_ical() == b"20261124T131431Z"
    assert str(one["URL"]) == f"https://status.acme.example/maintenance/{ids['next']}"
    assert str(one["SUMMARY"]) == "New certificates"
    assert str(one["DESCRIPTION"]) == "What it concerns: Sign-in"


def test_what_changed_counts_on_under_the_same_id(renderer):
    scene, ids = four()
    before = events(renderer, scene.snapshot())[ids["next"]]
    work = scene.board.maintenances[ids["next"]].work
    moved = replace(work, starts_at=NOW + timedelta(days=4), ends_at=NOW + timedelta(days=5))
    scene.add(f"maintenance:{ids['next']}", NOW, MaintenanceChanged(work=moved))
    after = events(renderer, scene.snapshot())[ids["next"]]
    assert (before["SEQUENCE"], after["SEQUENCE"]) == (0, 1)
    assert before["DTSTAMP"].dt < after["DTSTAMP"].dt == NOW
    works.cancel(scene, ids["next"])
    assert events(renderer, scene.snapshot())[ids["next"]]["SEQUENCE"] == 2


def test_bytes_stay_while_nothing_of_it_changes(renderer):
    scene, ids = four()
    before = calendar.render(renderer, scene.snapshot()).body
    scene.now += timedelta(days=30)
    works.begin(scene, ids["next"])
    assert calendar.render(renderer, scene.snapshot()).body == before


def test_a_component_has_its_own(renderer):
    scene, ids = four()
    document = calendar.render_component(renderer, scene.snapshot(), id="payments")
    (one,) = read(document).walk("VEVENT")
    assert str(one["UID"]).startswith(ids["active"])
    assert calendar.render_component(renderer, scene.snapshot(), id="nothing") is None


def test_hostile_words_stay_within_their_line(renderer):
    scene = Scene()
    id = works.announce(scene, HOSTILE, scene.ago(days=-1), ["search"])
    (one,) = events(renderer, scene.snapshot()).values()
    assert str(one["UID"]).startswith(id)
    assert str(one["SUMMARY"]) == "a;b,c\\n BEGIN:VEVENT" + "ü" * 200


def test_it_is_told_in_german(german):
    scene, ids = four()
    one = events(german, scene.snapshot())[ids["next"]]
    assert str(one["DESCRIPTION"]) == "Was betroffen ist: Sign-in"
    assert str(one["URL"]).startswith("https://status.acme.example/de/maintenance/")


@given(scenes())
def test_whatever_there_is_can_be_read(scene):
    renderer = Renderer(words.load("en"), assets.load(), "https://status.acme.example")
    assert len(events(renderer, scene.snapshot())) == len(scene.board.maintenances)


@pytest.mark.parametrize("path", ["/maintenance.ics", "/components/search/maintenance.ics"])
async def test_it_is_served(open_site, path):
    site = await open_site(Scene().snapshot())
    answer = await site.client.get(path)
    assert (answer.status, answer.content_type) == (200, "text/calendar")
    again = await site.client.get(path, headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status == 304
