"""The course of the evidence as words and as a picture, from one value."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import timedelta
from xml.etree import ElementTree

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.explain.axes import Band, clock_ticks, value_ticks
from monitor.explain.course import MOST_STEPS, step_of
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
    assert "at most 20 of 16, lasts 60 of 90 s" in text
    assert "median 700 ms to 1.90 s; usual 600 ms to 800 ms" in text
    assert "3 results answer another question" in text


def test_words_look_closely_at_the_instant_asked_about():
    text = click.unstyle(as_text(slow_then_down()))
    closely = text.partition("At 2026-03-02 09:15:30 UTC")[2].partition("What was held")[0]
    assert closely.split("\n")[1:6] == [
        "  held degraded",
        "  last answer 1.90 s, usual 600 ms to 800 ms",
        "  failures: 0.3 of 11.5, not enough",
        "  slowness: 20 of 16, enough",
        "  tail: 2 of 13, not enough",
    ]
    assert "a release runs" in closely


def test_no_line_is_wider_than_its_columns_ask_for():
    text = click.unstyle(as_text(slow_then_down()))
    assert max(map(len, text.splitlines())) <= 140


def test_the_picture_shows_what_is_usual_and_what_was():
    root = drawn()
    (band,) = of_class(root, "usual")
    assert len(band.attrib["points"].split()) == 120
    assert len(of_class(root, "median")) == 2  # none while nothing answers
    assert [one.text for one in of_class(root, "number")] == ["1", "2", "3"]
    assert len(of_class(root, "deploy")) == 1
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
    assert "no answers" in as_text(replace(course, results=(), moments=blank))


@given(st.floats(1e-5, 1e5))
def test_values_on_an_axis_reach_beyond_the_largest(most):
    ticks = value_ticks(most)
    assert ticks[0] == 0
    assert ticks[-1] >= most * (1 - 1e-6)
    assert 3 <= len(ticks) <= 6


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
