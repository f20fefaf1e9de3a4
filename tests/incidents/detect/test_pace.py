"""How fast a check usually answers: what the level follows, and what it is not moved by."""

import math
from copy import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.detect.learned import pace
from incidents.detect.learned.pace import FOLLOWS, Course, Level


def seen(level: Level, *answers: float, frozen: bool = False, interval: float = 60.0) -> Level:
    """The level after these answers, in seconds."""
    level = copy(level)
    for answer in answers:
        off = pace.logarithm(answer) - level.base
        pace.follow(level, off, off, interval / FOLLOWS, frozen=frozen)
    return level


def usual(level: Level) -> float:
    return pace.seconds(level.base)


STEADY = seen(Level(pace.logarithm(0.1)), *[0.09, 0.1, 0.11] * 100)


def test_the_level_is_what_answers_usually_take():
    assert usual(STEADY) == pytest.approx(0.1, rel=0.05)


@pytest.mark.parametrize("now", [0.02, 0.05, 0.2, 1.0])
def test_the_level_follows_a_lasting_change_within_hours(now):
    assert usual(seen(STEADY, *[now] * 720)) == pytest.approx(now, rel=0.1)


def test_the_level_hardly_moves_for_one_answer_however_long_it_took():
    assert usual(seen(STEADY, 30.0)) == pytest.approx(usual(STEADY), rel=0.05)


def test_a_frozen_level_stays_and_yet_sees_the_last_few_answers():
    held = seen(STEADY, *[1.0] * 50, frozen=True)
    assert (held.base, held.spread) == (STEADY.base, STEADY.spread)
    assert pace.seconds(held.base + held.fast) == pytest.approx(1.0, rel=0.05)


@given(st.lists(st.floats(allow_nan=False) | st.sampled_from([0.0, math.inf, 86_400.0, -1.0])))
def test_whatever_an_answer_took_the_level_stays_a_number(answers):
    level = seen(Level(pace.logarithm(0.0)), *answers)
    assert math.isfinite(level.base)
    assert math.isfinite(level.fast)
    assert 0.0 < level.spread <= 1.0
    assert 0.0 <= usual(level) <= 86_400.0 * 1.01


@given(st.floats(0, 86_400))
def test_a_time_comes_back_from_its_logarithm(seconds):
    assert pace.seconds(pace.logarithm(seconds)) == pytest.approx(seconds, rel=1e-9, abs=1e-9)


def test_nobody_feels_one_millisecond_become_two():
    assert pace.logarithm(0.002) - pace.logarithm(0.001) < math.log(1.3)
    assert pace.logarithm(2.0) - pace.logarithm(1.0) == pytest.approx(math.log(2), rel=0.01)


def test_a_wider_spread_is_learned_from_wider_answers():
    wide = seen(STEADY, *[0.03, 0.1, 0.4] * 200)
    assert wide.spread > 3 * STEADY.spread


def usually(rise: float) -> Course:
    """A course at an hour at which latency usually is so far from its level."""
    return Course(since=0.0, block_from=0.0, middle=rise, high=rise)


@pytest.mark.parametrize(
    ("rise", "answers", "missing"),
    [
        (0.7, [0.7] * 10, False),
        (0.7, [0.0] * 10, True),
        (0.7, [0.7], True),
        (-0.7, [-0.7] * 10, False),
        (-0.7, [0.0] * 10, True),
        (0.1, [0.0] * 10, False),
    ],
)
def test_an_hour_without_its_usual_rise_or_fall_says_nothing_of_the_level(rise, answers, missing):
    course = usually(rise)
    for answer in answers:
        pace.count(course, answer, planned=True)
    assert pace.missing(course) is missing
    assert pace.unsteady(course) is missing


def test_a_batch_that_does_not_come_adds_nothing_to_the_wander():
    course = usually(0.7)
    for _ in range(10):
        pace.count(course, 0.0, planned=True)
    assert course.block_count == 0


def test_the_wander_is_not_learned_while_there_is_trouble():
    course = pace.begun(0.0)
    for number in range(2000):
        pace.turn(course, number * 60.0, quiet=False)
        pace.count(course, 0.4, planned=True)
    assert course.wander == pace.begun(0.0).wander
    for number in range(2000, 4000):
        pace.turn(course, number * 60.0, quiet=True)
        pace.count(course, 0.4, planned=True)
    assert course.wander > pace.begun(0.0).wander
