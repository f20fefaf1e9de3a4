"""Availability is what the spans say, and says what it does not know; so is what is left of it."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.model import ComponentStatus, Span
from incidents.slo import availability, budget
from tests.incidents.test_impact import MAJOR, PARTIAL, SLOW, SPANS, UNKNOWN, WORK
from tests.incidents.world import at


def span(status: ComponentStatus, start: float, end: float | None) -> Span:
    return Span("shop", at(start), None if end is None else at(end), status, "a")


@pytest.mark.parametrize(
    ("spans", "share", "coverage"),
    [
        ([], 1.0, 1.0),
        ([span(MAJOR, 0, 100)], 0.9, 1.0),
        ([span(PARTIAL, 0, 100)], 0.97, 1.0),
        ([span(SLOW, 0, 100)], 1.0, 1.0),
        ([span(MAJOR, 0, 100), span(PARTIAL, 0, 200)], 0.87, 1.0),
        ([span(MAJOR, 900, None)], 0.9, 1.0),
        ([span(MAJOR, -100, 100)], 0.9, 1.0),
        ([span(WORK, 0, 500), span(MAJOR, 500, 550)], 0.9, 1.0),
        ([span(UNKNOWN, 0, 500), span(MAJOR, 500, 550)], 0.9, 0.5),
        ([span(UNKNOWN, 0, 1000)], None, 0.0),
        ([span(WORK, 0, None)], None, 1.0),
    ],
)
def test_what_is_lost_is_weighed_and_what_is_not_known_is_left_out(spans, share, coverage):
    found = availability(spans, at(0), at(1000))
    assert found.share == (None if share is None else pytest.approx(share))
    assert found.coverage == pytest.approx(coverage)


def test_little_coverage_says_how_much_is_missing():
    found = availability([span(UNKNOWN, 0, 200)], at(0), at(1000))
    assert found.unknown == timedelta(seconds=200)
    assert found.counted == timedelta(seconds=800)


def test_a_period_without_length_has_no_number():
    assert availability([], at(0), at(0)).share is None


def test_an_agreement_may_weigh_otherwise():
    found = availability([span(SLOW, 0, 100)], at(0), at(1000), {SLOW: 1.0})
    assert found.share == pytest.approx(0.9)


@given(SPANS)
def test_a_share_is_a_share(spans):
    found = availability([one for one in spans if one.component == "shop"], at(0), at(90))
    assert found.share is None or 0 <= found.share <= 1
    assert 0 <= found.coverage <= 1 + 1e-9


# The error budget -----------------------------------------------------------------------------

WINDOW = timedelta(seconds=1000)


def budget_of(spans, objective=0.9, existed_at=-5000):
    return budget(spans, objective, WINDOW, existed_at=at(existed_at), at=at(1000))


@pytest.mark.parametrize(
    ("spans", "allowed", "lost", "left"),
    [
        ([], 100, 0, 1.0),
        ([span(MAJOR, 0, 25)], 100, 25, 0.75),
        ([span(PARTIAL, 0, 100)], 100, 30, 0.7),
        ([span(SLOW, 0, 900)], 100, 0, 1.0),
        ([span(MAJOR, 0, 100)], 100, 100, 0.0),
        ([span(MAJOR, 0, 200)], 100, 200, 0.0),
        ([span(MAJOR, -500, 10)], 100, 10, 0.9),
        ([span(WORK, 0, 500), span(MAJOR, 500, 525)], 50, 25, 0.5),
        ([span(UNKNOWN, 0, 1000)], 0, 0, 1.0),
    ],
)
def test_what_an_objective_leaves_over_is_used_up_by_what_is_lost(spans, allowed, lost, left):
    found = budget_of(spans)
    assert found.allowed.total_seconds() == pytest.approx(allowed)
    assert found.lost.total_seconds() == pytest.approx(lost)
    assert found.share_left == pytest.approx(left)
    assert found.kept is (lost <= allowed)


def test_a_young_component_has_the_whole_budget():
    found = budget_of([span(MAJOR, 900, 950)], existed_at=900)
    assert (found.allowed, found.lost) == (timedelta(seconds=100), timedelta(seconds=50))


@given(SPANS, st.floats(0.5, 0.9999))
def test_a_budget_agrees_with_the_share_over_the_same_window(spans, objective):
    mine = [one for one in spans if one.component == "shop"]
    found = budget(mine, objective, timedelta(seconds=90), existed_at=at(0), at=at(90))
    share = availability(mine, at(0), at(90)).share
    assert 0 <= found.share_left <= 1
    if share is not None and abs(share - objective) > 1e-6:
        assert found.kept is (share >= objective)
