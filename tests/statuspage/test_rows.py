"""The departure board: rows, bars and shares."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from incidents import words
from incidents.model import ComponentStatus
from statuspage.views.rows import listing
from statuspage.views.sparkline import sparkline
from statuspage.views.standing import standings
from statuspage.views.times import times_of
from tests.statuspage import examples, scenes
from tests.statuspage.scenes import (
    COMPONENTS,
    DEGRADED,
    MAJOR,
    NOW,
    OPERATIONAL,
    PAGE,
    PARTIAL,
    Scene,
)

WORDS = words.load("en")


def listing_of(snapshot):
    return listing(list(standings(snapshot).values()), snapshot, times_of(snapshot, WORDS))


def rows_of(snapshot):
    found = listing_of(snapshot)
    rows = [*found.trouble, *found.alone, *(row for group in found.groups for row in group.rows)]
    return {row.path.removeprefix("/components/"): row for row in rows}


def bad_bars(row):
    return {state: path for state, path in row.bars.paths if state not in ("ground", "dark")}


def test_trouble_stands_first_and_its_cause_before_what_depends_on_it():
    found = listing_of(examples.major_outage())
    assert [row.name for row in found.trouble] == ["Payments", "Checkout", "Invoices"]
    assert [row.group for row in found.trouble] == ["Platform", "Shop", "Shop"]


def test_a_component_stands_in_one_place_only():
    found = listing_of(examples.major_outage())
    names = [row.name for row in (*found.trouble, *found.alone)]
    names += [row.name for group in found.groups for row in group.rows]
    assert sorted(names) == sorted(known.name for known in COMPONENTS)


def test_a_group_in_one_line_shows_the_worst_of_its_members():
    found = {group.name: group for group in listing_of(examples.major_outage()).groups}
    assert found["Shop"].state is MAJOR
    assert found["Shop"].summary == "1 of 3 working"
    assert found["Platform"].summary == "1 of 2 working"


def test_many_without_a_group_become_one_line_that_opens():
    found = tuple(scenes.component(f"c{number}", f"Service {number}") for number in range(60))
    scene = Scene(components=found, groups={})
    scene.open("Down", scene.ago(minutes=9), {"c7": MAJOR}, "We are on it.")
    shown = listing_of(scene.snapshot())
    assert [row.name for row in shown.trouble] == ["Service 7"]
    assert shown.alone == ()
    assert [(one.name, one.summary, len(one.rows)) for one in shown.groups] == [
        ("Everything else", "All 59 working", 59)
    ]
    assert shown.searchable


def test_when_nothing_is_known_of_many_they_stay_in_their_groups():
    snapshot = examples.many()
    blind = replace(snapshot, fresh_until=snapshot.at - timedelta(minutes=1))
    found = listing_of(blind)
    assert found.trouble == ()
    assert {(one.summary, one.state, len(one.rows)) for one in found.groups} == {
        ("Unknown", ComponentStatus.UNKNOWN, 25)
    }


def test_when_nothing_is_known_of_a_few_they_stand_one_by_one():
    assert len(listing_of(examples.stale()).trouble) == 7


def test_a_few_components_need_no_search():
    assert not listing_of(examples.all_good()).searchable


def test_a_group_all_well_says_how_many():
    found = listing_of(examples.all_good())
    assert [group.summary for group in found.groups] == ["All 3 working", "All 2 working"]


def test_a_quarter_without_trouble_is_drawn_once_for_all():
    row = rows_of(Scene().snapshot())["search"]
    assert row.bars.full
    assert row.bars.paths == ()
    assert row.share.text == "100\u00a0%"
    assert row.bars.summary == "100\u00a0% available over the last 90 days. No day with trouble."


@pytest.mark.parametrize(
    ("minutes", "height"), [(1, 5.0), (6 * 60, 7.0), (12 * 60, 14.0), (24 * 60, 28.0)]
)
def test_a_bar_is_filled_as_far_as_the_day_was_bad(minutes, height):
    scene = Scene(page=replace(PAGE, timezone="Etc/UTC"))
    midnight = datetime(2026, 11, 10, tzinfo=UTC)
    scene.past("Down", (scene.now - midnight) / timedelta(days=1), minutes, {"search": MAJOR})
    path = bad_bars(rows_of(scene.snapshot())["search"])["major_outage"]
    assert path == f"M78.14 0h.72v{height:.3g}h-.72z"


def test_a_bar_has_the_colour_of_the_worst_and_the_height_of_all_trouble():
    scene = Scene(page=replace(PAGE, timezone="Etc/UTC"))
    scene.past("Slow", 10 + 13.24 / 24, 6 * 60, {"search": DEGRADED})
    scene.past("Down", 10 + 6.24 / 24, 6 * 60, {"search": MAJOR})
    found = bad_bars(rows_of(scene.snapshot())["search"])
    assert list(found) == ["major_outage"]
    assert "v14h" in found["major_outage"]


def test_days_are_the_local_days_of_the_page():
    # 23:30 to 00:30 in Berlin is one UTC day, but two local ones.
    scene = Scene()
    start = datetime(2026, 11, 10, 22, 30, tzinfo=UTC)
    scene.past("Down", (scene.now - start) / timedelta(days=1), 60, {"search": MAJOR})
    path = bad_bars(rows_of(scene.snapshot())["search"])["major_outage"]
    assert path.count("M") == 2


def test_a_day_of_25_hours_is_one_bar():
    scene = Scene()
    start = datetime(2026, 10, 24, 22, 0, tzinfo=UTC)  # midnight; clocks go back at 03:00
    scene.past("Down", (scene.now - start) / timedelta(days=1), 25 * 60, {"search": MAJOR})
    path = bad_bars(rows_of(scene.snapshot())["search"])["major_outage"]
    assert path.count("M") == 1
    assert "v28h" in path


def test_before_a_component_existed_there_is_nothing():
    scene = Scene(began=NOW - timedelta(days=3))
    row = rows_of(scene.snapshot())["search"]
    assert not row.bars.full
    assert dict(row.bars.paths)["ground"].count("M") == 4


def test_a_day_of_which_nothing_is_known_is_an_outline():
    scene = Scene()
    scene.lose("mail", scene.ago(days=10), scene.ago(days=8))
    row = rows_of(scene.snapshot())["mail"]
    paths = dict(row.bars.paths)
    assert paths["dark"].count("M") == 1
    assert paths["unknown"].count("M") == 2


def test_too_little_data_says_so_beside_the_share():
    scene = Scene()
    scene.lose("mail", scene.ago(days=40), scene.ago(days=20))
    row = rows_of(scene.snapshot())["mail"]
    assert row.share.text == "100\u00a0%"
    assert row.share.gap == "no data for 20 days"


def test_without_any_data_the_share_is_a_dash():
    scene = Scene(began=NOW - timedelta(days=3))
    scene.lose("mail", scene.began)
    row = rows_of(scene.snapshot())["mail"]
    assert row.share.text == "–"
    assert row.bars.summary == "No data over the last 90 days."


def test_a_share_is_never_a_hundred_when_anything_was_lost():
    scene = Scene()
    scene.past("Down", 10, 0.5, {"search": MAJOR})
    assert rows_of(scene.snapshot())["search"].share.text == "99.99\u00a0%"


def test_a_young_component_has_few_digits():
    scene = Scene(began=NOW - timedelta(minutes=50))
    scene.open("Partly", scene.ago(minutes=10), {"search": PARTIAL}, "We know.")
    assert rows_of(scene.snapshot())["search"].share.text == "94\u00a0%"


def test_the_spoken_summary_names_the_worst_day():
    scene = Scene()
    scene.past("Down", 10, 71, {"search": MAJOR})
    scene.past("Down", 20, 12, {"search": MAJOR})
    spoken = rows_of(scene.snapshot())["search"].bars.summary
    assert "2 days with trouble; the worst was Wed 11 Nov, for 1 hour 11 minutes." in spoken


def test_a_component_without_checks_is_operational_when_results_stop():
    assert rows_of(examples.stale())["phone"].state is OPERATIONAL


def test_a_line_of_latency_breaks_where_nothing_was_timed():
    points = list(scenes.latencies(NOW, 1)[:9])
    points[4] = replace(points[4], p50_seconds=None, p95_seconds=None)
    found = sparkline(WORDS, points)
    assert found.p50.count("M") == 2
    assert found.p95.count("M") == 2


def test_without_latency_there_is_no_line():
    points = [
        replace(point, p50_seconds=None, p95_seconds=None) for point in scenes.latencies(NOW, 1)
    ]
    assert sparkline(WORDS, points) is None
    assert sparkline(WORDS, ()) is None
