"""The history: by month or by day, of all components or of one."""

import re
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from lxml import html

from incidents import words
from statuspage.pages import history as page
from statuspage.views.history import history
from tests.statuspage.scenes import COMPONENTS, DEGRADED, MAJOR, NOW, PAGE, Scene

WORDS = words.load("en")


def tree(document):
    return html.document_fromstring(document.body.decode())


def two_months():
    scene = Scene(began=NOW - timedelta(days=40))
    scene.past("Search was down", 35, 5, {"search": MAJOR})
    scene.past("Payments was slow", 3, 5, {"payments": DEGRADED, "checkout": DEGRADED})
    return scene.snapshot()


def busy_day(number=30):
    scene = Scene(page=replace(PAGE, timezone="Etc/UTC"))
    for count in range(number):
        scene.past(f"Slow {count}", 2 + count / 24 / 60, 0.5, {"search": DEGRADED})
    return scene.snapshot()


def test_it_is_told_by_month_and_leads_only_where_something_is():
    this = history(two_months(), WORDS)
    assert (this.heading, len(this.days), this.later) == ("Incidents in November 2026", 1, None)
    assert this.earlier.path == "/history/2026-10"
    before = history(two_months(), WORDS, "2026-10")
    assert [day.date for day in before.days] == ["Sat 17 Oct"]
    assert (before.earlier, before.later.path) == (None, "/history")


@pytest.mark.parametrize(
    "written",
    ["2026-12", "2026-09", "0000-01", "2026-1", "2026-13", "x", "²", "2026-11-31", "2026-11-22",
     "9999-12-31", "2026-11-1"],
)  # fmt: skip
def test_a_period_that_cannot_be_has_no_page(written):
    assert history(two_months(), WORDS, written) is None


def test_one_component_has_a_history_of_its_own():
    found = history(two_months(), WORDS, component="payments")
    assert found.heading == "Payments: incidents in November 2026"
    assert [story.title for day in found.days for story in day.stories] == ["Payments was slow"]
    assert found.earlier.path == "/components/payments/history/2026-10"
    assert found.everything.path == "/history"
    assert history(two_months(), WORDS, "2026-10", "payments").days == ()


def test_each_component_can_be_chosen_for_the_same_month():
    found = history(two_months(), WORDS, "2026-10")
    assert [one.group for one in found.choices] == ["", "Shop", "Platform"]
    ways = {way.name: way.path for one in found.choices for way in one.ways}
    assert ways["Search"] == "/components/search/history/2026-10"
    assert len(ways) == len(COMPONENTS)


def test_there_is_no_history_of_what_never_was():
    assert history(two_months(), WORDS, component="nothing") is None


def test_a_day_of_many_incidents_has_a_page_of_its_own():
    month = history(busy_day(), WORDS)
    (day,) = month.days
    assert (len(day.stories), day.more, day.path) == (20, 10, "/history/2026-11-19")
    alone = history(busy_day(), WORDS, "2026-11-19")
    assert alone.heading == "Incidents on Thu 19 Nov"
    assert len(alone.days[0].stories) == 30
    assert alone.month.path == "/history"
    assert (alone.earlier.path, alone.later.path) == ("/history/2026-11-18", "/history/2026-11-20")


def test_days_are_the_local_days_of_the_page_also_when_the_clock_changes():
    scene = Scene()
    for hour in (0, 1, 2):  # 02:30 is there twice on that night in Berlin
        onset = datetime(2026, 10, 24, 23, 30, tzinfo=UTC) + timedelta(hours=hour)
        scene.past(f"Slow {hour}", (scene.now - onset) / timedelta(days=1), 5, {"search": DEGRADED})
    (day,) = history(scene.snapshot(), WORDS, "2026-10").days
    assert day.id == "2026-10-25"
    assert [story.when for story in day.stories] == [
        "02:30 – 02:35", "02:30 – 02:35", "01:30 – 01:35",
    ]  # fmt: skip


def test_a_german_heading_is_german():
    german = words.load("de")
    assert history(two_months(), german, "2026-10").heading == "Vorfälle im Oktober 2026"


def test_links_of_the_days_lead_to_anchors_on_the_page(renderer):
    found = tree(page.render(renderer, two_months()))
    assert found.xpath("//li[@id='2026-11-18']//a[starts-with(@href, '/incidents/')]")


def test_ten_thousand_incidents_are_told_fast_and_short(renderer):
    scene = Scene(began=NOW - timedelta(days=300))
    for number in range(10_000):
        scene.past(f"Slow {number}", 1 + number / 400, 3, {"search": DEGRADED}, "a", "b")
    snapshot = scene.snapshot()
    started = time.process_time()
    document = page.render(renderer, snapshot)
    assert time.process_time() - started < 2
    assert len(document.body) < 500_000
    assert re.search(r"3\d\d more that day", document.body.decode())
