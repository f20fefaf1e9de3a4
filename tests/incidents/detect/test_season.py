"""What recurs at the same time of day is usual, what happened once is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.detect.learned import season
from incidents.detect.learned.season import SLOT, SLOTS_A_DAY, nothing

AT_TWO = 8
"""The slot of two o'clock."""
DOUBLED = 0.7


def week(*days: float | None, slot: int = AT_TWO, otherwise: float = 0.0) -> bytearray:
    """A week of quiet days, but for what these had at one time of day; None is not known."""
    kept = nothing()
    for day, value in enumerate(days):
        for step in range(SLOTS_A_DAY):
            seen = value if step == slot else otherwise
            if seen is not None:
                season.remember(kept, day * SLOTS_A_DAY + step, seen)
    return kept


@pytest.mark.parametrize(
    ("days", "usual"),
    [
        ((), False),
        ((DOUBLED,), False),
        ((DOUBLED, 0.0), False),
        ((DOUBLED, DOUBLED), True),
        ((DOUBLED, 0.0, DOUBLED), True),
        ((0.0, 0.0, DOUBLED, 0.0, 0.0, 0.0, 0.0), False),
        ((0.0, 0.0, DOUBLED, 0.0, 0.0, DOUBLED, 0.0), False),
        ((0.0, DOUBLED, DOUBLED, 0.0, 0.0, DOUBLED, 0.0), True),
        ((DOUBLED, None, None, None, None, None, DOUBLED), True),
    ],
)
def test_what_recurs_is_usual_and_what_happened_once_is_not(days, usual):
    high = season.usual_in(week(*days), AT_TWO, 0.1)[1]
    assert (high > DOUBLED / 2) is usual


def test_what_every_day_has_is_the_middle_of_it():
    middle, high = season.usual_in(week(*[DOUBLED] * 7), AT_TWO, 0.1)
    assert middle == pytest.approx(DOUBLED)
    assert high == pytest.approx(DOUBLED)


def test_it_is_usual_on_a_day_that_has_not_had_it():
    known = week(DOUBLED, DOUBLED, 0.0, 0.0)
    assert season.usual_in(known, 3 * SLOTS_A_DAY + AT_TWO, 0.1)[1] > DOUBLED / 2


@pytest.mark.parametrize(("aside", "usual"), [(-1, True), (1, True), (-4, True), (4, True),
                                              (-12, False), (12, False)])  # fmt: skip
def test_a_little_earlier_or_an_hour_off_is_no_news_and_three_hours_are(aside, usual):
    high = season.usual_in(week(DOUBLED, DOUBLED, DOUBLED), AT_TWO + aside, 0.1)[1]
    assert (high > DOUBLED / 2) is usual


@given(st.floats(0, 0.1), st.floats(0, 0.1), st.floats(0, 0.1))
def test_differences_within_the_tolerance_are_chance(one, other, third):
    middle, high = season.usual_in(week(one, other, third), AT_TWO, 0.2)
    assert high == pytest.approx(middle)


@given(st.floats(-2.5, 2.5), st.integers(0, 7 * SLOTS_A_DAY - 1))
def test_a_value_is_kept_in_a_byte_to_a_hundredth(value, slot):
    kept = nothing()
    for day in range(7):
        season.remember(kept, (slot + day * SLOTS_A_DAY) % len(kept), value)
    assert len(kept) == len(nothing())
    assert season.usual_in(kept, slot, 0.0)[0] == pytest.approx(value, abs=0.0101)


@given(st.floats(-1e9, 1e9), st.floats(-1e9, 1e9))
def test_whatever_is_kept_stays_within_what_a_byte_holds(one, other):
    middle, high = season.usual_in(week(one, other, one, other), AT_TWO, 0.0)
    assert -2.55 <= middle <= 2.55
    assert middle <= high <= middle + 5.1


@given(st.floats(0, 4e9))
def test_each_instant_has_the_slot_of_its_weekday_and_quarter_hour(instant):
    slot = season.slot_at(instant)
    assert 0 <= slot < 7 * SLOTS_A_DAY
    assert season.slot_at(instant + 7 * 86_400) == slot
    assert season.slot_at(instant - instant % SLOT + SLOT) == (slot + 1) % (7 * SLOTS_A_DAY)
