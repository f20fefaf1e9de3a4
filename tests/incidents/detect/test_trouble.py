"""How the end of a trouble comes to be believed, and how a relapse makes it harder."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.detect.learned import trouble
from incidents.detect.learned.trouble import MOST_BELIEF, Cause, Trouble
from incidents.signals import DeployMarker
from tests.incidents.detect.scripted import HOUR, Look, Scripted, Sight, down, learning, well
from tests.incidents.world import FAIL, at, seconds

USUAL = 0.004


def told(rate: float = 0.9, relapses: int = 0) -> Trouble:
    return Trouble(Cause.FAILURES, 0.0, 10.0, last_bad=10.0, rate=rate, relapses=relapses)


def successes_until_believed(rate: float) -> int:
    found, count = told(rate), 0
    while not trouble.believed(found):
        count += 1
        found = trouble.passed(found, 20.0 + count, USUAL)
    return count


def test_the_worse_it_was_the_fewer_successes_prove_it_over():
    counts = [successes_until_believed(rate) for rate in (0.9, 0.5, 0.2, 0.05)]
    assert counts == sorted(set(counts))
    assert counts[0] <= 4


def test_a_failure_takes_it_back():
    found = told()
    for count in range(5):
        found = trouble.passed(found, 20.0 + count, USUAL)
    assert trouble.believed(found)
    assert found.well_from == 20.0
    again = trouble.failed_again(found, 30.0, USUAL)
    assert not trouble.believed(again)
    assert (again.well_from, again.last_bad) == (None, 30.0)


@given(st.floats(0, 1000), st.floats(0, 1000), st.floats(0.0015, 0.03))
def test_its_own_failure_rate_is_a_share_and_always_above_the_usual(failed, more, usual):
    rate = trouble.own_rate(failed, failed + more, usual)
    assert usual < rate <= 0.9


@pytest.mark.parametrize("interval", [1.0, 60.0, 3600.0])
def test_each_relapse_makes_for_more_patience_up_to_a_bound(interval):
    spans = [
        (trouble.hold(told(relapses=n), 45.0, interval), trouble.watch(told(relapses=n), 300.0))
        for n in range(20)
    ]
    assert spans == sorted(spans)
    assert spans[0] < spans[1]
    assert spans[-1] == spans[10]


@given(st.lists(st.booleans(), max_size=300))
def test_belief_stays_between_nothing_and_what_one_failure_takes_back(passes):
    found = told()
    for count, good in enumerate(passes):
        step = trouble.passed if good else trouble.failed_again
        found = step(found, 20.0 + count, USUAL)
        assert 0.0 <= found.score <= MOST_BELIEF
        assert found.last_bad <= 20.0 + count


# In the world ---------------------------------------------------------------------------------


@pytest.mark.parametrize("lasts", [60, 600, 7200])
def test_a_recovery_is_told_within_two_minutes_though_the_interval_is_one(lasts):
    world = Scripted(learning(), down((HOUR, HOUR + lasts))).run(HOUR + lasts + 600)
    back = world.told[-1]
    assert back.judgement == "healthy"
    assert seconds(0) < back.at - at(HOUR + lasts) <= seconds(120)


def test_a_flap_becomes_one_incident_with_one_relapse():
    spans = [(HOUR + 240 * turn, HOUR + 240 * turn + 120) for turn in range(8)]
    world = Scripted(learning(), down(*spans)).run(4 * HOUR)
    (incident,) = world.incidents
    assert incident.relapses <= 1
    assert incident.status.over


def test_while_errors_go_on_no_recovery_is_told():
    def half(look):
        ill = look.within((HOUR, 3 * HOUR)) and look.chance.random() < 0.5
        return (FAIL, 0.01) if ill else well(look)

    world = Scripted(learning(), half).run(3 * HOUR)
    assert "healthy" not in [one.judgement for one in world.told[1:]]
    assert world.run(4 * HOUR).told[-1].judgement == "healthy"


def test_the_longer_it_lasts_the_less_often_it_is_looked_at():
    world = Scripted(learning(), down((HOUR, 20 * HOUR))).run(2 * HOUR)
    first = world.rechecked
    world.run(3 * HOUR)
    second = world.rechecked - first
    assert second < first


# While it is watched --------------------------------------------------------------------------

FIRST = (HOUR, HOUR + 120)
WATCHED = HOUR + 300
"""An outage, and an instant at which it is told to be over and is watched."""


def told_again(world: Scripted) -> list[timedelta]:
    """How long after that instant it was told to be back."""
    return [one.at - at(WATCHED) for one in world.told[3:] if one.judgement != "healthy"]


@pytest.mark.parametrize("interval", [10, 30, 60])
@pytest.mark.parametrize("lasts", [2, 5, 8])
@pytest.mark.parametrize("later", range(0, 60, 10))
def test_a_restart_is_no_relapse(interval, lasts, later):
    begins = WATCHED + later
    world = Scripted(learning(interval=seconds(interval)), down(FIRST, (begins, begins + lasts)))
    assert [one.judgement for one in world.run(2 * HOUR).told] == ["healthy", "failing", "healthy"]
    assert world.relapses == 0


@pytest.mark.parametrize(("interval", "within"), [(10, 15), (30, 20), (60, 27)])
@pytest.mark.parametrize("later", range(0, 60, 10))
def test_a_relapse_is_told_as_soon_as_a_first_outage_is(interval, within, later):
    policy = learning(interval=seconds(interval))
    begins = WATCHED + later
    world = Scripted(policy, down(FIRST, (begins, begins + 300))).run(2 * HOUR)
    assert world.relapses == len(world.incidents) == 1
    assert told_again(world)[0] <= seconds(later + within)


@pytest.mark.parametrize(("lasts", "relapses"), [(20, 0), (60, 1)])
def test_the_gap_that_is_ignored_is_so_while_it_is_watched(lasts, relapses):
    policy = learning(interval=seconds(10), ignore_gaps=seconds(30))
    world = Scripted(policy, down(FIRST, (WATCHED, WATCHED + lasts))).run(2 * HOUR)
    assert world.relapses == relapses


def test_failures_that_chance_put_side_by_side_are_no_relapse():
    def unlucky(look: Look) -> Sight:
        lone = look.within((WATCHED, WATCHED + 0.5), (WATCHED + 3, WATCHED + 3.5))
        return (FAIL, 0.01) if lone else down(FIRST)(look)

    world = Scripted(learning(interval=seconds(10)), unlucky).run(WATCHED + 4)
    suspicion = world.state.suspicion
    assert suspicion is not None
    assert sum(seen.failed for seen in suspicion.recent) == 2
    assert world.run(2 * HOUR).relapses == 0


@pytest.mark.parametrize("share", [0.2, 0.5])
def test_a_relapse_of_a_part_is_told_in_the_same_incident(share):
    def partly(look: Look) -> Sight:
        if look.within((WATCHED, HOUR + 2400)) and look.chance.random() < share:
            return FAIL, 0.01
        return down(FIRST)(look)

    world = Scripted(learning(interval=seconds(10)), partly).run(2 * HOUR)
    assert len(world.incidents) == 1
    assert told_again(world)[0] <= seconds(240)


def test_a_first_failure_is_looked_at_from_everywhere_within_seconds():
    def once(look: Look) -> Sight:
        return (FAIL, 0.01) if look.within((WATCHED, WATCHED + 3)) else down(FIRST)(look)

    world = Scripted(learning(interval=seconds(10)), once).run(WATCHED)
    before = world.rechecked
    assert world.run(WATCHED + 15).rechecked >= before + 3


def test_a_release_while_it_is_watched_is_its_own_affair():
    def released(look: Look) -> Sight:
        ill = look.within((WATCHED, WATCHED + 100)) and look.chance.random() < 0.5
        return (FAIL, 0.01) if ill else down(FIRST)(look)

    world = Scripted(learning(interval=seconds(10)), released).run(WATCHED)
    world.tell(DeployMarker("checkout", at(WATCHED), began=True)).run(WATCHED + 120)
    world.tell(DeployMarker("checkout", at(WATCHED + 120), began=False)).run(2 * HOUR)
    assert world.relapses == 0
