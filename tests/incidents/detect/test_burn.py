"""How fast the error budget goes, against the share of failures that it goes by."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.detect.learned import burn
from incidents.detect.learned.burn import Burn
from tests.incidents.detect.scripted import HOUR, Look, Scripted, Sight, learning, well
from tests.incidents.world import FAIL

THREE_NINES = 0.999


def course(share: float, hours: float, before: Burn | None = None, start: float = 0.0) -> Burn:
    """Three results a minute, of which that share fails, evenly spread."""
    owed, known = 0.0, before or Burn()
    for number in range(int(hours * 180)):
        owed += share
        burn.count(known, start + number * 20.0, failed=owed >= 1.0)
        owed -= owed >= 1.0
    return known


@pytest.mark.parametrize(
    ("share", "hours", "factor"),
    [
        (0.05, 24, 14.4),
        (0.01, 24, 6.0),
        (0.0045, 72, 3.0),
        (0.002, 144, 1.0),
        (0.0005, 144, None),
        (0.0, 24, None),
    ],
)
def test_the_alarm_is_that_of_the_share_of_failures(share, hours, factor):
    found = burn.alarm(course(share, hours), THREE_NINES)
    assert (found.burn if found else None) == factor


def test_only_fast_burning_pages_and_a_slow_one_is_a_matter_for_office_hours():
    assert [alarm.pages for alarm in burn.ALARMS] == [True, True, False, False]
    assert [alarm.burn for alarm in burn.ALARMS] == sorted(
        (alarm.burn for alarm in burn.ALARMS), reverse=True
    )


def test_it_is_over_soon_after_failures_end():
    ill = course(0.1, 6)
    assert burn.alarm(ill, THREE_NINES) is not None
    mended = course(0.0, 1, ill, start=6 * HOUR)
    found = burn.alarm(mended, THREE_NINES)
    assert found is None or found.burn < 14.4


def test_a_few_results_say_nothing_even_if_all_fail():
    assert burn.alarm(course(1.0, 0.1), THREE_NINES) is None


@given(st.lists(st.tuples(st.floats(-1e6, 1e6), st.booleans()), max_size=100))
def test_in_whatever_order_results_come_failures_are_never_more_than_results(results):
    known = Burn()
    for at, failed in results:
        burn.count(known, at, failed=failed)
    assert known.count == len(results)
    pairs = zip(known.failed, known.seen, strict=True)
    assert all(0.0 <= failed <= seen * (1 + 1e-9) for failed, seen in pairs)


def trickle(look: Look) -> Sight:
    ill = look.within((12 * HOUR, 48 * HOUR)) and look.chance.random() < 0.03
    return (FAIL, 0.01) if ill else well(look)


def test_a_trickle_of_failures_is_told_against_an_objective_and_in_its_words():
    world = Scripted(learning(availability=THREE_NINES), trickle).run(36 * HOUR)
    found = world.first_wrong()
    assert found.judgement == "degraded"
    assert " of " in found.evidence
