"""Announced work on its pages, on home, and in the headline."""

from dataclasses import replace

import pytest
from lxml import html

from incidents import words
from incidents.events import MaintenanceChanged
from statuspage.pages import home, maintenance
from statuspage.views.maintenance import coming
from statuspage.views.times import times_of
from tests.statuspage import works
from tests.statuspage.scenes import MAJOR, NOW, Scene

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>\x00\x1b\u202e"


def tree(document):
    return html.document_fromstring(document.body.decode())


def text(found):
    return " ".join(found.text_content().split())


def four():
    scene = Scene()
    ids = works.four_works(scene)
    return works.snapshot(scene), ids


def page(renderer, snapshot, id):
    return tree(maintenance.render(renderer, snapshot, id=id))


def facts(found):
    rows = found.xpath("//dl[@class='facts']/div")
    return {text(row.find("dt")): text(row.find("dd")) for row in rows}


def concerned(found):
    return found.xpath("//ul[@class='affected']//*[@class='name']")


def test_a_planned_one_says_when_it_is_and_how_far_off(renderer):
    snapshot, ids = four()
    found = page(renderer, snapshot, ids["next"])
    assert text(found.find(".//h1")) == "New certificates"
    assert facts(found) == {"When": "Tue 24 Nov, 14:14 – 16:14 CET", "Planned": "in 3 days"}
    assert [text(one) for one in concerned(found)] == ["Sign-in"]


def test_one_that_goes_on_says_until_when(renderer):
    snapshot, ids = four()
    found = page(renderer, snapshot, ids["active"])
    assert facts(found)["Going on"] == "until 15:14"
    assert "under_maintenance" in found.find(".//header").get("class")
    posts = [text(one.find(".//h3")) for one in found.find_class("post")]
    assert posts == ["Going on", "Planned"]


@pytest.mark.parametrize(
    ("word", "heading"), [("done", "Over: New disks"), ("cancelled", "Cancelled: New office")]
)
def test_what_is_over_says_so_and_offers_no_calendar(renderer, word, heading):
    snapshot, ids = four()
    found = page(renderer, snapshot, ids[word])
    assert text(found.find(".//h1")) == heading
    assert not found.find_class("acts")


def test_there_is_no_page_of_what_is_not_there(renderer):
    snapshot, _ = four()
    assert maintenance.render(renderer, snapshot, id="nothing") is None


def test_all_of_it_stands_on_one_page(renderer):
    snapshot, _ = four()
    found = tree(maintenance.render_all(renderer, snapshot))
    told = {
        text(section.find("h2")): [text(one) for one in section.iter("h3")]
        for section in found.iter("section")
    }
    assert told == {
        "Maintenance going on": ["New database"],
        "Coming maintenance": ["New certificates", "New network"],
        "Past maintenance": ["New office", "New disks"],
    }


def test_a_page_without_any_says_so(renderer):
    found = tree(maintenance.render_all(renderer, Scene().snapshot()))
    assert "No maintenance is planned." in text(found)


def test_it_is_told_in_german(german):
    snapshot, ids = four()
    found = page(german, snapshot, ids["next"])
    assert facts(found) == {"Wann": "Di., 24. Nov., 14:14 – 16:14 MEZ", "Geplant": "in 3 Tagen"}


def test_hostile_words_stay_words(renderer):
    scene = Scene()
    id = works.announce(scene, HOSTILE, scene.ago(days=-1), ["search"], body=HOSTILE)
    snapshot = scene.snapshot()
    for found in (page(renderer, snapshot, id), tree(maintenance.render_all(renderer, snapshot))):
        assert not found.xpath("//img")
        assert not found.xpath("//script[not(@src)][contains(., 'alert')]")
        assert "\u202e" not in found.text_content()


def test_a_component_that_is_no_more_is_named_without_a_link(renderer):
    scene = Scene()
    id = works.announce(scene, "Farewell", scene.ago(days=-1), ["search", "gone"])
    found = concerned(page(renderer, scene.snapshot(), id))
    assert [(text(one), bool(one.findall("a"))) for one in found] == [
        ("Search", True),
        ("gone", False),
    ]


# Elsewhere ------------------------------------------------------------------------------------


def upcoming(snapshot, **more):
    found = coming(snapshot, times_of(snapshot, words.load("en")), **more)
    return [one.title for one in found.running], [one.title for one in found.upcoming]


def test_what_goes_on_and_what_comes_is_for_the_start_page():
    snapshot, _ = four()
    assert upcoming(snapshot) == (["New database"], ["New certificates", "New network"])


def test_a_component_has_its_own():
    snapshot, _ = four()
    assert upcoming(snapshot, component="api") == ([], ["New network"])


def test_of_a_plan_that_repeats_only_the_next_date_is_coming():
    scene = Scene()
    for days in (7, 14, 21):
        id = works.announce(scene, "Every week", scene.ago(days=-days), ["search"])
    snapshot = scene.snapshot()
    assert upcoming(snapshot) == ([], ["Every week"])
    found = coming(snapshot, times_of(snapshot, words.load("en")))
    assert found.upcoming[0].soon == "in 7 days"
    assert id != found.upcoming[0].id


def test_further_dates_of_a_plan_are_named(renderer):
    scene = Scene()
    ids = [works.announce(scene, "Weekly", scene.ago(days=-7 * n), ["search"]) for n in (1, 2)]
    found = page(renderer, scene.snapshot(), ids[0])
    assert found.xpath("//section[@aria-labelledby='dates']//a/@href") == [f"/maintenance/{ids[1]}"]


def test_the_headline_says_that_work_goes_on_and_until_when(renderer):
    scene = Scene()
    works.begin(scene, works.announce(scene, "New disks", scene.ago(hours=1), ["search"]))
    found = tree(home.render(renderer, works.snapshot(scene)))
    assert text(found.find(".//h1")) == "Search is under maintenance since 13:14."
    assert text(found.find_class("beside")[0]) == "It is planned until 15:14."


def test_work_beside_an_outage_is_not_said_to_be_affected_by_it(renderer):
    scene = Scene()
    works.begin(scene, works.announce(scene, "New disks", scene.ago(hours=1), ["search"]))
    scene.open("Mail is down", scene.ago(minutes=10), {"mail": MAJOR}, "We look.")
    found = tree(home.render(renderer, works.snapshot(scene)))
    assert text(found.find(".//h1")) == "Mail delivery is down since 14:04."
    assert text(found.find_class("beside")[0]) == "Search is under maintenance since 13:14."


def test_a_description_that_came_later_is_shown(renderer):
    scene = Scene()
    id = works.announce(scene, "New disks", scene.ago(days=-1), ["search"], body="Soon.")
    work = scene.board.maintenances[id].work
    changed = MaintenanceChanged(work=replace(work, description="They are **larger**."))
    scene.add(f"maintenance:{id}", NOW, changed)
    assert text(page(renderer, scene.snapshot(), id).find(".//main//strong")) == "larger"
