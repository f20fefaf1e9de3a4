"""Counts and latency sketches: any order of adding and merging is the same."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.model import Outcome
from checks.rollup import Rollup, Sketch

latencies = st.lists(st.floats(min_value=1e-5, max_value=86_400), max_size=200)


def sketch_of(values):
    sketch = Sketch()
    for value in values:
        sketch.add(value)
    return sketch


def merged(*sketches):
    whole = Sketch()
    for sketch in sketches:
        whole.merge(sketch)
    return whole


@given(latencies, latencies, latencies)
def test_merging_is_the_same_in_any_order_and_grouping(a, b, c):
    one, two, three = map(sketch_of, (a, b, c))
    at_once = sketch_of(a + b + c)
    assert merged(one, two, three) == merged(three, one, two) == at_once
    assert merged(merged(one, two), three) == merged(one, merged(two, three)) == at_once


@given(latencies.filter(bool), st.floats(min_value=0, max_value=1))
def test_a_quantile_is_within_two_percent(values, share):
    found = sketch_of(values).quantile(share)
    exact = sorted(values)[math.floor(share * (len(values) - 1))]
    assert found == pytest.approx(exact, rel=0.02)


@given(latencies)
def test_a_sketch_survives_its_bytes(values):
    sketch = sketch_of(values)
    assert Sketch.from_bytes(sketch.to_bytes()) == sketch


def test_a_thousand_usual_latencies_take_few_bytes():
    sketch = sketch_of(0.1 + number / 5000 for number in range(1000))
    assert len(sketch.to_bytes()) < 100


@pytest.mark.parametrize(
    ("latency", "kept"), [(0.0, 1), (-1.0, 1), (math.inf, 1), (1e300, 1), (math.nan, 0)]
)
def test_odd_latencies_are_clamped_and_what_is_no_number_is_left_out(latency, kept):
    sketch = sketch_of([latency])
    assert sketch.count == kept
    assert Sketch.from_bytes(sketch.to_bytes()) == sketch


def test_an_empty_sketch_has_no_quantile():
    assert Sketch().quantile(0.5) is None


outcomes = st.lists(st.tuples(st.sampled_from(Outcome), st.none() | st.floats(0.001, 60)))


def rollup_of(results):
    rollup = Rollup()
    for outcome, latency in results:
        rollup.add(outcome, latency)
    return rollup


@given(outcomes, outcomes)
def test_a_rollup_of_parts_is_the_rollup_of_the_whole(first, second):
    parts = rollup_of(first)
    parts.merge(rollup_of(second))
    assert parts == rollup_of(first + second)
    assert parts.count == len(first) + len(second)


def test_only_answers_are_timed():
    results = [(Outcome.PASS, 1.0), (Outcome.SLOW, 2.0), (Outcome.FAIL, 3.0), (Outcome.ERROR, 4.0)]
    rollup = rollup_of(results)
    assert (rollup.passed, rollup.slow, rollup.failed, rollup.errors) == (1, 1, 1, 1)
    assert rollup.latency.count == 2
