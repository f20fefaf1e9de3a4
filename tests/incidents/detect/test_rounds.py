"""Rechecks: how many may be asked for, and when."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.detect.learned import rounds
from incidents.detect.learned.rounds import FULL, OFFSETS, SHARE, Rounds
from tests.incidents.detect.scripted import HOUR, Scripted, learning, well
from tests.incidents.world import FAIL, check_policy, seconds

ACTS = ("earn", "fail", "fail again", "hurry", "in hurry")


@given(
    st.lists(st.tuples(st.sampled_from(ACTS), st.floats(0, 120)), max_size=300), st.integers(1, 9)
)
def test_the_budget_is_never_overdrawn_and_never_more_than_full(acts, places):
    known, now, earned, spent = Rounds(), 0.0, 0, 0
    for act, pause in acts:
        now += pause
        if act == "earn":
            known, earned = rounds.paid(known, recheck=False), earned + 1
            continue
        if act == "hurry":
            known = rounds.hurried(known, now, 120.0)
            continue
        if act == "in hurry":
            asked = rounds.in_hurry(known, now, now, places)
        else:
            again = act == "fail again"
            asked = rounds.after_failure(known, now, places, recheck=again, unconfirmed=True)
        known, spent = asked.rounds, spent + places * len(asked.at)
        assert all(when >= now for when in asked.at)
        assert 0.0 <= known.budget <= FULL + SHARE
    assert spent <= FULL + SHARE * earned


def test_a_failure_is_looked_at_after_a_second_and_if_that_fails_twice_more():
    first = rounds.after_failure(Rounds(), 100.0, 3, recheck=False, unconfirmed=True)
    assert first.at == (100.0 + OFFSETS[0],)
    again = rounds.after_failure(first.rounds, 101.1, 3, recheck=True, unconfirmed=True)
    assert again.at == tuple(100.0 + offset for offset in OFFSETS[1:])


def test_one_round_is_asked_for_once_however_many_fail_in_it():
    known = rounds.after_failure(Rounds(), 100.0, 3, recheck=False, unconfirmed=True).rounds
    known = rounds.after_failure(known, 101.1, 3, recheck=True, unconfirmed=True).rounds
    for _ in range(5):
        asked = rounds.after_failure(known, 101.2, 3, recheck=True, unconfirmed=True)
        assert asked.at == ()
        known = asked.rounds


@pytest.mark.parametrize(("after", "belongs"), [(0.5, True), (29.0, True), (31.0, False)])
def test_a_recheck_belongs_to_a_burst_only_shortly_after_that_began(after, belongs):
    known = rounds.after_failure(Rounds(), 100.0, 3, recheck=False, unconfirmed=True).rounds
    assert rounds.in_burst(known, 100.0 + after) is belongs
    assert not rounds.in_burst(Rounds(), 100.0 + after)


def test_only_planned_probes_earn():
    empty = Rounds(budget=0.0)
    assert rounds.paid(empty, recheck=True).budget == 0.0
    assert rounds.paid(empty, recheck=False).budget == pytest.approx(SHARE)


def test_a_hurry_pauses_before_the_next():
    known = rounds.hurried(Rounds(), 0.0, 120.0)
    assert rounds.hurried(known, known.hurry_until + 100.0, 120.0) is known
    assert rounds.hurried(known, known.hurry_until + 130.0, 120.0).hurry_until > known.hurry_until


@pytest.mark.parametrize(
    ("interval", "lasted", "asks"), [(60, 0, True), (10, 0, False), (60, 7200, False)]
)
def test_a_trouble_is_looked_at_more_often_than_planned_and_less_the_longer_it_lasts(
    interval, lasted, asks
):
    policy = check_policy(interval=seconds(interval))
    asked = rounds.in_trouble(Rounds(), 0.0, 0.0, float(lasted), policy)
    assert bool(asked.at) is asks


def test_in_health_rechecks_are_a_small_share_of_the_planned_probes():
    chance = Random(3)

    def rarely_failing(look):
        return (FAIL, 0.01) if chance.random() < 0.004 else well(look)

    world = Scripted(learning(), rarely_failing).run(48 * HOUR)
    assert world.incidents == []
    assert 0 < world.rechecked <= 0.05 * world.planned


def test_a_check_that_always_fails_here_and_there_does_not_use_up_more_than_its_share():
    def flaky(look):
        return (FAIL, 0.01) if look.location == "fra" and look.chance.random() < 0.3 else well(look)

    world = Scripted(learning(location_grace=seconds(100 * HOUR)), flaky).run(48 * HOUR)
    assert world.rechecked <= SHARE * world.planned + FULL
