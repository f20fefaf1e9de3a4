"""The course of the evidence as words and as a picture, from one value."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from datetime import timedelta
from xml.etree import ElementTree

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.explain.axes import Band, clock_ticks, value_ticks
from monitor.explain.chart import columns
from monitor.explain.course import MOST_STEPS, aligned, step_of
from monitor.explain.picture import MOST_DOTS, as_svg
from monitor.explain.text import as_text
from tests.clock import START
from tests.monitor.explain.courses import slow_then_down

SVG = "{http://www.w3.org/2000/svg}"


def drawn(**changes):
    return ElementTree.fromstring(as_svg(replace(slow_then_down(), **changes)))


def of_class(root, name):
    return [one for one in root.iter() if name in one.attrib.get("class", "").split()]


def test_words_say_how_much_evidence_there_was_and_what_it_waited_for():
    text = click.unstyle(as_text(slow_then_down()))
    assert "at most 14.5 of 11.5" in text
    assert re.search(r"at most 20 of 16$", text, re.MULTILINE)
    assert "0.7 to 1.9 s, usual 600 to 800 ms" in text
    assert "3 results answer another question" in text


def test_words_look_closely_at_the_instant_asked_about():
    text = click.unstyle(as_text(slow_then_down()))
    closely = text.partition("At 2026-03-02 09:15:30 UTC")[2].partition("What was held")[0]
    assert closely.split("\n")[1:6] == [
        "  held degraded",
        "  last answer 1.9 s, usual 600 to 800 ms",
        "  failures: 0.3 of 11.5, not enough",
        "  slowness: 20 of 16, enough",
        "  tail: 2 of 13, not enough",
    ]
    assert "a release runs" in closely


def test_words_tell_releases_and_blind_locations_apart_from_judgements():
    text = click.unstyle(as_text(slow_then_down()))
    changes = text.partition("What was held")[2]
    assert [line[2:20].split() for line in changes.splitlines()[1:9]] == [
        ["before", "healthy"],
        ["09:09:00", "release"],
        ["09:10:30", "release"],
        ["09:11:30", "degraded"],
        ["09:18:30", "failing"],
        ["09:24:00", "healthy"],
        ["09:25:00", "blind"],
        ["09:26:00", "sees"],
    ]
    assert "begins: v2" in changes
    assert "no canary answers from iad" in changes
    rows = dict(line.split(None, 1) for line in text.splitlines() if line.startswith("  "))
    assert rows["iad"].index("░") == 50
    assert "░" not in rows["fra"]


def test_words_say_what_cannot_be_known():
    assert click.unstyle(as_text(slow_then_down())).endswith("\n  nothing is known of Mondays")


def test_the_legend_explains_what_is_there_and_nothing_else():
    text = click.unstyle(as_text(slow_then_down()))
    assert "  · pass  ✗ fail  ░ blind   held: ─ healthy  ▒ degraded  █ failing\n" in text


@pytest.mark.parametrize(
    ("width", "most"), [(80, 80), (100, 100), (120, 120), (200, 120), (20, 80)]
)
def test_a_chart_is_no_wider_than_the_terminal(width, most):
    course = slow_then_down()
    shown = course.moments[: columns(width)]
    chart = click.unstyle(as_text(replace(course, moments=shown))).split("\n\n")[1]
    assert max(map(len, chart.splitlines())) <= most


@given(st.integers(1, 30 * 86_400), st.integers(0, 86_400), st.integers(20, 60))
def test_steps_begin_at_round_times_of_day(seconds, offset, most):
    from_at = START + timedelta(seconds=offset)
    step = step_of(timedelta(seconds=seconds), most)
    begin = aligned(from_at, step)
    assert from_at - step < begin <= from_at
    assert (begin - begin.replace(hour=0, minute=0, second=0)) % step == timedelta(0)


def test_the_picture_shows_what_is_usual_and_what_was():
    root = drawn()
    (band,) = of_class(root, "usual")
    assert len(band.attrib["points"].split()) == 120
    assert len(of_class(root, "median")) == 2  # none while nothing answers
    assert [one.text for one in of_class(root, "number")] == ["1", "2", "3"]
    titles = [title.text for one in of_class(root, "release") for title in one]
    assert titles == ["release: v2"]
    assert len(of_class(root, "blind")) == 2  # where it was, and what it means
    assert [one.tag for one in of_class(root, "failing")] == [f"{SVG}rect", f"{SVG}circle"]


def test_every_measure_has_its_course_and_its_name():
    root = drawn()
    names = [one.text for one in of_class(root, "tick")]
    assert {"failures", "slowness", "tail"} <= set(names)
    assert len([one for one in root.iter(f"{SVG}polyline") if one.attrib["class"][0] == "m"]) == 5


def test_too_many_answers_are_told_by_their_medians_alone():
    course = slow_then_down()
    few, many = drawn(), drawn(results=course.results * (MOST_DOTS // 100))
    assert [len(of_class(root, "median")) for root in (few, many)] == [2, 2]
    dots = [[dot for dot in of_class(root, "pass") if "r" in dot.attrib] for root in (few, many)]
    assert (len(dots[0]), len(dots[1])) == (150, 0)


def test_a_time_without_results_is_a_picture_too():
    course = slow_then_down()
    blank = tuple(replace(one, outcomes={}, latency=None) for one in course.moments)
    root = drawn(results=(), verdicts=(), moments=blank, readings=())
    assert any(text.text.startswith("healthy all the time") for text in of_class(root, "words"))
    assert "\n  answers" not in as_text(replace(course, results=(), moments=blank))


@given(st.floats(1e-5, 1e5))
def test_values_on_an_axis_reach_beyond_the_largest(most):
    ticks = value_ticks(most)
    assert ticks[0] == 0
    assert ticks[-1] >= most * (1 - 1e-6)
    assert 3 <= len(ticks) <= 6


@given(st.floats(-1e5, 1e5), st.floats(0, 1e5))
def test_values_below_nothing_have_their_place_too(least, more):
    least, most = min(least, 0.0), max(least + more, 0.0)
    ticks = value_ticks(most, least)
    assert ticks[0] <= least + 1e-5
    assert ticks[-1] >= most - 1e-5
    assert 0.0 in ticks
    assert len(ticks) <= 8


def test_numbers_are_told_and_drawn_in_place_of_latencies():
    course = slow_then_down()
    numbers = [-20.0, 40.0, 812.0]
    results = tuple(replace(one, number=numbers[at % 3]) for at, one in enumerate(course.results))
    moments = tuple(replace(one, numbers=(-20.0, 40.0, 812.0)) for one in course.moments)
    told = click.unstyle(as_text(replace(course, results=results, moments=moments)))
    assert re.search(r"^  values     ▁{60}  40$", told, re.MULTILINE)
    assert "\n  answers" not in told
    root = drawn(results=results, moments=moments)
    assert "value" in [one.text for one in of_class(root, "label")]
    assert {"-500", "0", "500", "1000"} <= {one.text for one in of_class(root, "tick")}


@given(st.integers(1, 30 * 86_400))
def test_times_on_an_axis_are_few_and_within(seconds):
    until = START + timedelta(seconds=seconds)
    ticks = clock_ticks(START, until)
    assert len(ticks) <= 32
    assert all(START <= at <= until for at, _ in ticks)


@given(st.integers(1, 30 * 86_400))
def test_steps_are_as_many_as_a_terminal_has_room_for(seconds):
    span = timedelta(seconds=seconds)
    assert math.ceil(span / step_of(span)) <= MOST_STEPS


@pytest.mark.parametrize(("value", "y"), [(0, 110), (1, 60), (2, 10), (5, 10), (-1, 110)])
def test_a_panel_keeps_values_within_itself(value, y):
    assert Band(10, 100, 2.0).y(value) == y
