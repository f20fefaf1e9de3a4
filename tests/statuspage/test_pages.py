"""Home, incident and history, as their views and as HTML."""

import itertools
import re
import time
from dataclasses import replace
from datetime import timedelta

import pytest
from lxml import html

from incidents import words
from incidents.markup import excerpt, markdown
from incidents.model import IncidentStatus
from statuspage import assets
from statuspage.pages import component as component_page
from statuspage.pages import history as history_page
from statuspage.pages import home as home_page
from statuspage.pages import incident as incident_page
from statuspage.views.home import home
from statuspage.views.incident import incident
from statuspage.views.latency import Longer
from tests.statuspage import examples, scenes
from tests.statuspage.scenes import COMPONENTS, DEGRADED, MAJOR, NOW, PAGE, Scene

WORDS = words.load("en")
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>\x00\x1b\u202e"
EARLY = assets.load().early


def assert_only_our_script(page):
    """The one line that stands in the page is named in its policy; all else is a file."""
    assert [found.text for found in page.xpath("//script[not(@src)]")] == [EARLY]


def tree(document):
    return html.document_fromstring(document.body.decode())


@pytest.mark.parametrize("name", sorted(examples.SITUATIONS))
def test_every_situation_renders_to_a_page_with_headings_in_order(renderer, name):
    page = tree(home_page.render(renderer, examples.SITUATIONS[name]()))
    levels = [int(found.tag[1]) for found in page.iter("h1", "h2", "h3", "h4")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    assert page.get("lang") == "en"
    ids = [found.get("id") for found in page.xpath("//*[@id]")]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("name", sorted(examples.SITUATIONS))
def test_no_page_has_inline_script_or_style_attributes(renderer, name):
    page = tree(home_page.render(renderer, examples.SITUATIONS[name]()))
    assert_only_our_script(page)
    assert not page.xpath("//@style")
    assert not page.xpath("//@*[starts-with(name(), 'on')]")


def test_the_newest_update_stands_in_full_with_its_promise(renderer):
    text = tree(home_page.render(renderer, examples.major_outage())).text_content()
    assert "Orders are kept and charged once" in text
    assert "Next update by 14:30" in text
    assert "Tell me when it’s fixed" in text


def test_a_promise_that_has_passed_is_not_told_as_one_to_come():
    scene = Scene()
    scene.open("Down", scene.ago(hours=2), {"search": MAJOR}, "We know.", scene.ago(hours=1))
    assert home(scene.snapshot(), WORDS).stories[0].promise.passed


def test_where_no_mail_can_be_sent_nothing_offers_it(renderer):
    snapshot = replace(examples.major_outage(), subscribe_by=())
    page = tree(home_page.render(renderer, snapshot))
    assert not page.xpath("//a[@href='/subscribe']")
    assert "Tell me" not in page.text_content()


def test_the_age_of_the_newest_measurement_is_on_the_page(renderer):
    text = tree(home_page.render(renderer, examples.all_good())).text_content()
    assert "as of 14:14:31" in text
    assert "newest measurement 14:14:29" in text


def test_recent_days_are_fourteen_and_a_quiet_one_says_so():
    recent = home(examples.all_good(), WORDS).recent
    assert len(recent) == 14
    assert recent[0].date == "Sat 21 Nov"
    assert [day.date for day in recent if day.stories] == ["Thu 19 Nov", "Thu 12 Nov"]


def test_days_before_we_watched_are_not_told_as_quiet():
    recent = home(Scene(began=NOW - timedelta(days=2)).snapshot(), WORDS).recent
    assert [day.date for day in recent] == ["Sat 21 Nov", "Fri 20 Nov", "Thu 19 Nov"]


def test_an_incident_tells_its_life_newest_first():
    snapshot, id = examples.long_incident()
    story = incident(snapshot, id, WORDS).story
    assert [post.status for post in story.posts] == [
        IncidentStatus.RESOLVED,
        IncidentStatus.MONITORING,
        IncidentStatus.IDENTIFIED,
        IncidentStatus.IDENTIFIED,
        IncidentStatus.INVESTIGATING,
    ]
    assert story.lasted == "1 hour 22 minutes"
    assert story.posts[2].automatic
    assert story.posts[3].edited.text == "09:26"
    assert [one.name for one in story.affected] == ["Payments", "Checkout", "Invoices"]
    assert story.promise is None


def test_an_incident_that_is_not_public_has_no_page():
    scene = Scene()
    id = scene.open("Secret", scene.ago(minutes=5), {"search": MAJOR}, "", public=False)
    assert incident(scene.snapshot(), id, WORDS) is None


def test_a_component_that_is_gone_keeps_its_name_in_old_incidents():
    scene = Scene()
    id = scene.past("Search is down", 3, 5, {"search": MAJOR})
    fewer = [found for found in COMPONENTS if found.id != "search"]
    snapshot = scene.snapshot(policy=scenes.policy(fewer))
    assert [one.name for one in incident(snapshot, id, WORDS).story.affected] == ["Search"]


def test_hostile_titles_and_updates_are_only_text(renderer):
    scene = Scene(components=(scenes.component("x", HOSTILE),))
    id = scene.open(HOSTILE, scene.ago(minutes=5), {"x": MAJOR}, HOSTILE + "[x](javascript:a)")
    snapshot = scene.snapshot(page=replace(PAGE, name=HOSTILE))
    for document in (
        home_page.render(renderer, snapshot),
        incident_page.render(renderer, snapshot, id=id),
        history_page.render(renderer, snapshot),
        history_page.render(renderer, snapshot, id="x"),
        component_page.render(renderer, snapshot, id="x", more=Longer()),
    ):
        page = tree(document)
        assert_only_our_script(page)
        assert not page.xpath("//img | //@onerror")
        assert not [href for href in page.xpath("//@href") if href.startswith("javascript")]
        assert not re.search("[\x00\x1b\u202e]", document.body.decode())
        assert "<script>alert(1)</script>" in page.text_content()


@pytest.mark.parametrize(
    ("source", "absent"),
    [
        ("<b onclick=x>bold</b>", "<b"),
        ("![i](https://tracker.example/i.png)", "<img"),
        ("[l](javascript:alert(1))", "href"),
        ("[l](data:text/html,x)", "href"),
        ("# Huge", "<h1"),
        ("> " * 500 + "deep", "<blockquote>" * 40),
    ],
)
def test_markdown_does_no_harm(source, absent):
    assert absent not in markdown(source)


def test_markdown_keeps_what_helps():
    assert markdown("**a** [b](https://c.example)") == (
        '<p><strong>a</strong> <a href="https://c.example" '
        'rel="nofollow noopener noreferrer">b</a></p>\n'
    )
    assert excerpt("**a** & [b](https://c.example)\n\n- c") == "a & b c"


def test_ten_thousand_incidents_do_not_make_the_page_slow(renderer):
    scene = Scene()
    for number in range(10_000):
        scene.past(f"Slow {number}", 1 + number / 28, 3, {"search": DEGRADED}, "a", "b")
    snapshot = scene.snapshot()
    recent = [span for span in snapshot.spans if span.from_at > scene.ago(days=90)]
    snapshot = replace(snapshot, spans=recent)
    started = time.process_time()
    document = home_page.render(renderer, snapshot)
    assert time.process_time() - started < 2
    assert len(document.body) < 1_000_000
