"""The page of one component."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from lxml import html

from checks.rollup import LatencyPoint, Sketch
from incidents import words
from incidents.events import ComponentRemoved
from incidents.ids import stable_id
from incidents.model import ComponentStatus
from incidents.policy import LatencyGoal, Objective
from statuspage.pages import component as page
from statuspage.pages.component import gather
from statuspage.views.component import component
from statuspage.views.latency import Longer, round_top
from statuspage.views.standing import told_of
from tests.statuspage import examples, scenes
from tests.statuspage.conftest import PlayedLive
from tests.statuspage.scenes import COMPONENTS, DEGRADED, MAJOR, NOW, PARTIAL, Scene


def view_of(snapshot, id="search", longer=None, language="en"):
    return component(snapshot, id, words.load(language), longer or Longer())


def tree(renderer, snapshot, id="search", longer=None):
    document = page.render(renderer, snapshot, id=id, more=longer or Longer())
    return html.document_fromstring(document.body.decode())


def text(found):
    return re.sub(r"\s+", " ", found.text_content())


def held_to(snapshot, objective, id="search"):
    changed = {id: replace(snapshot.policy.components[id], objective=objective)}
    components = {**snapshot.policy.components, **changed}
    return replace(snapshot, policy=replace(snapshot.policy, components=components))


def series(step, count, seconds=0.1):
    start = NOW - step * count
    return [
        LatencyPoint(start + step * number, seconds, seconds * 2, 10) for number in range(count)
    ]


def removed():
    scene = examples.with_past(Scene())
    scene.add("component:search", scene.ago(days=1), ComponentRemoved())
    fewer = [found for found in COMPONENTS if found.id != "search"]
    return scene.snapshot(policy=scenes.policy(fewer))


# How it stands --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("situation", "id", "sentence"),
    [
        (examples.major_outage, "payments", "Payments is down since 14:02."),
        (examples.major_outage, "invoices", "Invoices is partly down since 14:02."),
        (examples.all_good, "phone", "Phone support is working."),
        (examples.no_results, "search",
         "We cannot tell at the moment: our monitoring has not heard from Search yet."),
        (examples.stale, "search",
         "We cannot tell at the moment: our monitoring has not heard from Search since 14:02."),
    ],
)  # fmt: skip
def test_the_first_sentence_says_how_it_stands_since_when(situation, id, sentence):
    assert view_of(situation(), id).headline.sentence == sentence


def test_one_that_works_says_since_when_it_is_without_trouble():
    assert view_of(examples.all_good()).headline.beside == "Without trouble since Thu 10:00."


def test_what_goes_on_stands_in_full_with_its_promise(renderer):
    said = text(tree(renderer, examples.major_outage(), "payments"))
    assert "Orders are kept" in said
    assert "Next update by 14:30" in said


def test_it_is_found_by_its_public_id_and_by_a_former_one():
    snapshot = examples.all_good()
    renamed = replace(snapshot.policy.components["search"], aliases=("finder",))
    components = {**snapshot.policy.components, "search": renamed}
    snapshot = replace(snapshot, policy=replace(snapshot.policy, components=components))
    for id in ("search", "finder", stable_id("component", "search")):
        assert view_of(snapshot, id).path == "/components/search"
    assert view_of(snapshot, "nothing") is None


def test_one_that_is_gone_keeps_its_page_while_it_has_history():
    found = view_of(removed())
    assert found.headline.sentence == "Search has not been monitored since Fri 14:14."
    assert found.headline.state is ComponentStatus.UNKNOWN
    assert [day.stories[0].title for day in found.past] == ["Search is slow"]
    assert found.shares[0].share.text == "–"


def test_one_that_is_gone_and_left_nothing_has_no_page():
    scene = Scene()
    scene.add("component:search", scene.ago(days=1), ComponentRemoved())
    fewer = [found for found in COMPONENTS if found.id != "search"]
    assert view_of(scene.snapshot(policy=scenes.policy(fewer))) is None


def test_each_that_has_a_page_is_named_for_a_copy_of_the_site():
    assert "search" in told_of(removed())
    assert set(told_of(examples.all_good())) == {found.id for found in COMPONENTS}


def test_what_it_needs_and_what_needs_it_are_links(renderer):
    found = tree(renderer, examples.all_good(), "payments")
    assert "Needed by Checkout and Invoices." in text(found)
    assert found.xpath("//header//a[@href='/components/checkout']")
    assert "Depends on Payments." in text(tree(renderer, examples.all_good(), "checkout"))


def test_the_checks_behind_it_are_nobodys_business(renderer):
    assert (
        "search/probe"
        not in page.render(renderer, examples.all_good(), id="search", more=Longer()).body.decode()
    )


# Its days -------------------------------------------------------------------------------------


def test_a_day_with_an_incident_leads_there_and_says_what_it_was():
    (day,) = view_of(examples.all_good()).days
    assert day.number == 87
    assert day.path.startswith("/incidents/")
    assert day.name == "Thu 19 Nov: Slow, 34 minutes. Search is slow"


def test_a_day_of_several_leads_to_the_history_of_that_day(renderer):
    scene = Scene()
    scene.past("Search is slow", 10.1, 20, {"search": DEGRADED})
    scene.past("Search is down", 10.0, 10, {"search": MAJOR})
    snapshot = scene.snapshot()
    (day,) = view_of(snapshot).days
    assert day.path == "/components/search/history/2026-11#2026-11-11"
    assert day.name == "Wed 11 Nov: Down, 30 minutes. Search is slow and Search is down"


def test_an_incident_over_midnight_is_on_both_days():
    scene = Scene()
    onset = datetime(2026, 11, 10, 22, 30, tzinfo=UTC)  # 23:30 in Berlin
    scene.past("Search is down", (scene.now - onset) / timedelta(days=1), 60, {"search": MAJOR})
    assert [day.name.partition(":")[0] for day in view_of(scene.snapshot()).days] == [
        "Tue 10 Nov", "Wed 11 Nov",
    ]  # fmt: skip


def test_a_day_of_25_hours_can_be_down_for_all_of_them():
    scene = Scene()
    midnight = datetime(2026, 10, 24, 22, 0, tzinfo=UTC)
    days = (scene.now - midnight) / timedelta(days=1)
    scene.past("Search is down", days, 25 * 60, {"search": MAJOR})
    (day,) = view_of(scene.snapshot()).days
    assert day.name.startswith("Sun 25 Oct: Down, 1 day 1 hour.")


def test_days_without_an_incident_are_no_links(renderer):
    scene = Scene()
    scene.lose("search", scene.ago(days=20), scene.ago(days=18))
    assert view_of(scene.snapshot()).days == ()
    assert not tree(renderer, scene.snapshot()).xpath("//*[@class='bars quarter']//a")


def test_each_day_has_a_name_for_those_who_do_not_see_it(renderer):
    (link,) = tree(renderer, examples.all_good()).xpath("//div[@class='bars quarter']//a")
    assert link.findtext("title") == "Thu 19 Nov: Slow, 34 minutes. Search is slow"


def test_a_hidden_incident_is_on_no_day():
    scene = Scene()
    scene.open("Secret", scene.ago(days=3), {"search": MAJOR}, "", public=False)
    assert view_of(scene.snapshot()).days == ()


# Shares and objective -------------------------------------------------------------------------


def test_the_share_is_told_over_a_day_a_week_a_month_and_a_quarter():
    scene = Scene()
    scene.past("Down", 20, 60, {"search": MAJOR})
    told = [(one.name, one.share.text) for one in view_of(scene.snapshot()).shares]
    assert told == [
        ("24 hours", "100\N{NO-BREAK SPACE}%"),
        ("7 days", "100\N{NO-BREAK SPACE}%"),
        ("30 days", "99.86\N{NO-BREAK SPACE}%"),
        ("90 days", "99.95\N{NO-BREAK SPACE}%"),
    ]


def test_a_young_one_says_since_when_it_counts():
    scene = Scene(began=NOW - timedelta(days=3))
    assert [one.since for one in view_of(scene.snapshot()).shares] == ["", *["Wed 18 Nov"] * 3]


@pytest.mark.parametrize(
    ("minutes", "kept", "left", "stands"),
    [
        (0, True, 1000, "Nothing lost so far; 43 minutes may be."),
        (10.8, True, 750, "32 minutes left of the 43 minutes that may be lost."),
        (60, False, 0, "Missed: 1 hour lost of the 43 minutes that may be."),
    ],
)
def test_what_is_left_of_the_objective_is_told(minutes, kept, left, stands):
    scene = Scene()
    if minutes:
        scene.past("Down", 20, minutes, {"search": MAJOR})
    snapshot = held_to(scene.snapshot(), Objective(0.999))
    (goal,) = view_of(snapshot).goals
    assert goal.goal == "At least 99.9\N{NO-BREAK SPACE}% available over 30 days"
    assert (goal.kept, goal.left, goal.stands) == (kept, left, stands)


def test_an_objective_over_a_longer_window_reads_older_spans():
    scene = Scene(began=NOW - timedelta(days=400))
    scene.past("Down", 150, 24 * 60, {"search": MAJOR})
    snapshot = scene.snapshot()
    recent = replace(snapshot, spans=())
    held = held_to(recent, Objective(0.999, window=timedelta(days=200)))
    assert view_of(held).goals[0].kept
    assert not view_of(held, longer=Longer(spans=snapshot.spans)).goals[0].kept


@pytest.mark.parametrize(
    ("share", "kept", "said"),
    [
        (0.5, True, "50 % of answers within 300 ms: 101 ms over 30 days."),
        (0.9, True, "90 % of answers within 300 ms: 101 ms over 30 days."),
        (0.95, False, "95 % of answers within 300 ms: 398 ms over 30 days."),
        (0.999, False, "99.9 % of answers within 300 ms: 2.0 s over 30 days."),
    ],
)
def test_a_goal_for_latency_is_held_against_all_of_its_window(share, kept, said):
    goal = Objective(latency=(LatencyGoal(share, timedelta(milliseconds=300)),))
    window = Sketch()
    for seconds, count in ((0.1, 1800), (0.4, 190), (2.0, 10)):
        for _ in range(count):
            window.add(seconds)
    (found,) = view_of(held_to(examples.all_good(), goal), longer=Longer(window=window)).goals
    assert found.kept is kept
    assert f"{found.goal}: {found.stands}".replace("\N{NO-BREAK SPACE}", " ") == said


def test_a_goal_for_latency_is_not_spoken_of_before_anything_was_timed():
    goal = Objective(latency=(LatencyGoal(0.95, timedelta(milliseconds=300)),))
    assert view_of(held_to(examples.all_good(), goal)).goals == ()


def test_without_an_objective_nothing_is_said_of_one(renderer):
    assert "What we aim for" not in text(tree(renderer, examples.all_good()))


# Response times -------------------------------------------------------------------------------


def three_ranges():
    return Longer(series(timedelta(hours=2), 80), series(timedelta(days=1), 90))


def test_response_is_drawn_over_a_day_a_week_and_a_quarter():
    charts = view_of(examples.all_good(), longer=three_ranges()).latency.charts
    assert [chart.name for chart in charts] == ["day", "week", "quarter"]
    for chart in charts:
        assert chart.rises[-1] == "0"
        assert len(chart.instants) == 3
        assert chart.band
        assert chart.p50.count("M") == chart.p95.count("M") == 1


def test_the_table_has_the_numbers_of_the_drawing(renderer):
    found = tree(renderer, examples.all_good(), longer=three_ranges())
    tables = found.xpath("//table[@class='numbers']")
    assert [len(table.xpath(".//tbody/tr")) for table in tables] == [96, 80, 90]
    assert tables[2].xpath("string(.//tbody/tr[1]/td[1])") == "100\N{NO-BREAK SPACE}ms"


def test_what_is_usual_needs_a_week_to_be_known():
    short = Longer(quarter=series(timedelta(days=1), 6))
    found = view_of(examples.all_good(), longer=short).latency
    assert found.usual == ""
    assert not any(chart.band for chart in found.charts)


def test_trouble_is_shaded_where_it_was():
    scene = Scene()
    scene.past("Down", 0.5, 6 * 60, {"search": PARTIAL})
    day = view_of(scene.snapshot(), longer=three_ranges()).latency.charts[0]
    assert day.shades == ((PARTIAL, "M360 0H540V160H360z"),)


def test_a_line_breaks_where_nothing_was_timed():
    longer = three_ranges()
    points = list(longer.week)
    points[40] = replace(points[40], p50_seconds=None, p95_seconds=None)
    week = view_of(examples.all_good(), longer=replace(longer, week=points)).latency.charts[1]
    assert week.p50.count("M") == 2


def test_without_anything_timed_there_is_no_drawing(renderer):
    snapshot = replace(examples.all_good(), latencies={})
    assert view_of(snapshot).latency is None
    assert "Response time" not in text(tree(renderer, snapshot))


@pytest.mark.parametrize(
    ("slowest", "top"),
    [(0.0004, 0.0004), (0.07, 0.1), (0.11, 0.2), (0.3, 0.4), (0.55, 0.6), (61, 100)],
)
def test_an_axis_ends_with_a_round_number(slowest, top):
    assert round_top(slowest) == pytest.approx(top)


async def test_what_the_snapshot_lacks_is_asked_for_in_whole_steps():
    asked = []

    class Asked(PlayedLive):
        async def latency(self, component, from_at, step):
            asked.append((component, from_at, step))
            return ()

        async def latency_sketch(self, component, from_at):
            asked.append((component, from_at))

    goal = Objective(latency=(LatencyGoal(0.95, timedelta(milliseconds=300)),))
    snapshot = held_to(examples.all_good(), goal)
    await gather(Asked(snapshot), snapshot, id="search")
    day, hour = timedelta(days=1), timedelta(hours=1)
    assert asked == [
        ("search", datetime(2026, 11, 14, 23, tzinfo=UTC), 2 * hour),
        ("search", datetime(2026, 8, 24, tzinfo=UTC), day),
        ("search", datetime(2026, 10, 23, tzinfo=UTC)),
    ]


async def test_one_that_is_gone_is_asked_nothing():
    assert await gather(PlayedLive(removed()), removed(), id="search") == Longer()


def test_the_spoken_summary_of_a_drawing_is_in_the_readers_language():
    found = view_of(examples.all_good(), longer=three_ranges(), language="de")
    assert found.latency.charts[2].summary.startswith("Antwortzeit über 90 Tage: meist 100")


def test_a_single_point_is_no_drawing():
    snapshot = replace(examples.all_good(), latencies={})
    longer = Longer(quarter=series(timedelta(days=1), 1))
    assert view_of(snapshot, longer=longer).latency is None
