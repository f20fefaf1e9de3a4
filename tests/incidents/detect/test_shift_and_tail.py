"""Evidence that answers became slower: all of them, or more outliers than usual."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.detect.learned import shift, tail
from incidents.detect.learned.parameters import BALANCED, NEVER

LAW = shift.law(60.0, BALANCED.shift)
VARIANCE, MARGIN = 0.01, 0.02
"""A check whose answers vary by a tenth."""
FINITE = st.floats(-20, 20)


def moved(known: shift.Drift, at: float, place: int, deviation: float) -> shift.Drift:
    after = shift.copied(known)
    said = shift.news(deviation, VARIANCE, MARGIN, LAW.weight)
    shift.move(after, at, place, deviation, said, LAW)
    assert shift.value(known) + max(*said[:2], 0.0) >= after.value
    return after


def drifted(deviations: list[float], places: int = 3, guilty: int | None = None) -> shift.Drift:
    known = shift.none(places)
    for number, deviation in enumerate(deviations):
        place = number % places
        off = deviation if guilty in (None, place) else 0.0
        known = moved(known, 60.0 * number, place, off)
    return known


@pytest.mark.parametrize(("factor", "found"), [(0.0, False), (0.1, False), (0.26, True),
                                               (0.69, True), (3.0, True)])  # fmt: skip
def test_answers_that_are_slower_from_everywhere_are_evidence(factor, found):
    assert (drifted([factor] * 60).value > BALANCED.shift) is found


@given(st.lists(FINITE, max_size=200), st.integers(0, 2))
def test_one_slow_location_alone_is_no_evidence(deviations, guilty):
    assert drifted(deviations, guilty=guilty).value == 0.0


def test_one_answer_says_little_however_slow():
    once = drifted([0.0] * 9 + [9.0])
    assert once.value < BALANCED.shift / 4


def test_what_is_as_quick_as_ever_brings_it_back_to_nothing():
    back = drifted([0.7] * 30 + [0.0] * 300)
    assert (back.value, back.began) == (0.0, NEVER)


def test_it_remembers_since_when_and_by_how_much():
    slow = drifted([0.0] * 10 + [0.7] * 20)
    assert slow.began == pytest.approx(600.0, abs=300)
    assert slow.mean == pytest.approx(0.7, abs=0.05)


@pytest.mark.parametrize(("apart", "began"), [(20.0, 0.0), (61.0, 61.0)])
def test_it_began_with_the_first_of_two_slow_answers_that_belong_together(apart, began):
    known = moved(shift.none(3), 0.0, 0, 0.7)
    assert known.began == NEVER
    assert moved(known, apart, 1, 0.7).began == began


@given(st.lists(FINITE, max_size=200), st.integers(1, 4))
def test_evidence_stays_between_nothing_and_its_cap(deviations, places):
    known = drifted(deviations, places)
    assert all(0.0 <= value <= LAW.cap for value in (*known.slight, *known.much))


def test_a_look_that_bore_nothing_out_leaves_half_of_it():
    slow = drifted([0.7] * 30)
    half = shift.copied(slow)
    shift.halve(half)
    assert half.value == pytest.approx(slow.value / 2)
    assert half.mean == slow.mean


# Outliers -------------------------------------------------------------------------------------


def tailed(every: int, count: int, *, places: int = 3, guilty: int | None = None) -> tail.Tail:
    """Each so many-th answer takes far too long."""
    known = tail.none(places)
    for number in range(count):
        place = number % places
        outlier = number % every == every - 1 and guilty in (None, place)
        tail.move(known, 60.0 * number, place, BALANCED.tail, outlier=outlier, learn=True)
    return known


@pytest.mark.parametrize(("every", "found"), [(4, True), (7, True), (100, False), (400, False)])
def test_many_outliers_are_evidence_and_a_few_are_not(every, found):
    assert (tailed(every, 400).value > BALANCED.tail) is found


def test_one_locations_outliers_are_its_own():
    assert tailed(1, 400, guilty=1).value == 0.0


def test_what_a_check_always_had_is_its_own_rate():
    used_to_it = tailed(25, 20_000)
    assert used_to_it.rate == pytest.approx(0.04, rel=0.4)
    assert tail.gain(used_to_it.rate, outlier=True) < tail.gain(0.004, outlier=True)


@pytest.mark.parametrize(
    ("deviation", "spread", "outlier"),
    [(0.5, 0.1, False), (1.0, 0.1, True), (1.0, 0.5, False), (2.0, 0.5, True), (-3.0, 0.1, False)],
)
def test_an_outlier_is_beyond_what_the_spread_explains(deviation, spread, outlier):
    assert tail.is_outlier(deviation, spread) is outlier


def test_only_the_latest_outliers_are_kept():
    known = tailed(2, 1000)
    assert len(known.times) == 12
    assert known.forgets(known.times[0])
    assert not known.forgets(known.times[1])
