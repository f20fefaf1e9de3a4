"""Evidence for a raised failure rate: whose it is, how it comes and how it goes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.detect.learned import odds
from incidents.detect.learned.odds import Glance, Suspicion
from incidents.detect.learned.parameters import BALANCED

USUAL = 0.004
ENOUGH = BALANCED.failures


def after(glances: list[Glance], places: int, usual: float = USUAL) -> Suspicion | None:
    """The suspicion that these leave, oldest first."""
    known = None
    for seen in glances:
        if seen.failed:
            known = odds.failed(known, seen, "refused", usual, places, ENOUGH)
        elif known is not None:
            known = odds.passed(known, seen, usual)
    return known


def failures(count: int, apart: float, places: int = 1) -> list[Glance]:
    return [Glance(turn * apart, turn % places, failed=True) for turn in range(count)]


@given(
    places=st.integers(2, 5),
    guilty=st.integers(0, 4),
    seen=st.lists(st.tuples(st.integers(0, 4), st.floats(0, 600)), max_size=200),
    usual=st.floats(0.0015, 0.03),
)
def test_one_location_alone_is_no_evidence_however_long_it_fails(places, guilty, seen, usual):
    guilty %= places
    now, glances = 0.0, []
    for place, pause in seen:
        now += pause
        glances.append(Glance(now, place % places, failed=place % places == guilty))
    known = after(glances, places, usual)
    assert known is None or known.value == 0.0


@pytest.mark.parametrize("places", [1, 2, 3, 5])
def test_failures_from_everywhere_soon_suffice(places):
    known = after(failures(12, 60.0, places), places)
    assert known is not None
    assert known.value > ENOUGH
    assert known.run == 12


@given(places=st.integers(1, 4), count=st.integers(1, 400), apart=st.floats(0.5, 900))
def test_successes_bring_it_back_however_long_it_failed(places, count, apart):
    known = after(failures(count, apart, places), places)
    begin = count * apart
    for turn in range(2000):
        if known is None:
            break
        known = odds.passed(known, Glance(begin + turn, turn % places, failed=False), USUAL)
    assert known is None


def test_a_success_ends_the_row_of_failures_and_not_the_suspicion():
    known = after([*failures(6, 60.0, 3), Glance(400, 0, failed=False)], 3)
    assert known is not None
    assert (known.run, known.run_began) == (0, None)


@given(st.lists(st.floats(0, 4.9), min_size=1, max_size=40))
def test_one_moments_burst_counts_once_for_what_fails_rarely(offsets):
    burst = [Glance(at, number % 3, failed=True) for number, at in enumerate(sorted(offsets))]
    known, one = after(burst, 3), after(burst[:1], 3)
    assert known is not None
    assert one is not None
    assert known.sums[0] == one.sums[0]
    assert max(known.sums[2]) >= max(one.sums[2])


def test_failures_apart_count_each_for_what_fails_rarely():
    glances = failures(3, 60.0, 3)
    values = [known.slow_value for n in (1, 2, 3) if (known := after(glances[:n], 3))]
    assert values == sorted(set(values))


@given(st.lists(st.tuples(st.floats(0, 100), st.integers(0, 2), st.booleans()), max_size=300))
def test_what_is_kept_is_bounded_and_evidence_never_below_nothing(steps):
    now, glances = 0.0, []
    for pause, place, failed in steps:
        now += pause
        glances.append(Glance(now, place, failed))
    known = after(glances, 3)
    if known is None:
        return
    assert all(0.0 <= value <= ENOUGH + 3.0 for kept in known.sums for value in kept)
    assert len(known.starts) <= 40
    assert len(known.recent) <= 40
    assert len(known.reasons) <= 12
    assert known.starts == tuple(sorted(known.starts))
    assert 0 < known.failed <= known.of <= 201


def test_a_failure_told_late_takes_its_place():
    known = after([Glance(60, 0, failed=True), Glance(0, 1, failed=True)], 2)
    assert known is not None
    assert known.starts == (0, 60)
    assert (known.began, known.run_began) == (0, 0)
