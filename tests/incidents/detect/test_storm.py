"""Thousands of checks that fail within the same second."""

from itertools import islice

import pytest

from checks.model import Outcome
from incidents.detect import sanity
from incidents.detect.sanity import Sight
from incidents.model import ComponentStatus, Judgement
from incidents.policy import Policy
from incidents.replay import Replay
from tests.incidents.detect.scripted import CANARIES, learning
from tests.incidents.world import FAIL, NOON, PASS, THREE, at, component, result, seconds

MANY = 2000
ROUNDS = (100, 101, 105, 110)


def fleet(count: int, canaries: tuple[str, ...] = ()) -> Policy:
    return learning(*(component(f"part{number}") for number in range(count)), canaries=canaries)


def round_of(policy: Policy, outcome: Outcome, begin: float):
    """Each check from each location within one second, and then the canaries, which answer."""
    for number, check in enumerate(policy.checks):
        for location in THREE:
            count = begin + number / len(policy.checks)
            yield result(outcome, count, check=check, location=location)
    for canary in policy.canaries:
        for location in THREE:
            yield result(PASS, begin + 1, check=canary, location=location)


def stormed(policy: Policy) -> Replay:
    replay = Replay(policy)
    replay.start(NOON)
    for signal in round_of(policy, PASS, 0):
        replay.feed(signal)
    for begin in ROUNDS:
        for signal in round_of(policy, FAIL, begin):
            replay.feed(signal)
    return replay


@pytest.mark.timeout(120)
@pytest.mark.parametrize("canaries", [(), CANARIES])
def test_two_thousand_checks_failing_in_one_second_are_all_told_in_one_incident(canaries):
    replay = stormed(fleet(MANY, canaries))
    verdicts = replay.folds.fleet.verdicts.values()
    assert all(one.judgement is Judgement.FAILING for one in verdicts)
    assert len(verdicts) == MANY
    (found,) = replay.board.open_incidents()
    assert len(found.timeline) == len(found.checks) == MANY
    assert found.standing == {ComponentStatus.MAJOR_OUTAGE: MANY}
    assert found.title == "Part0, Part1, Part2, Part3, Part4 and 1,995 more are down"


def test_what_is_held_of_thousands_stands_at_once_when_a_canary_answers():
    sight = Sight()
    failures = list(islice(round_of(fleet(MANY), FAIL, 10), MANY))
    for one in failures:
        sight = sanity.admit(sight, one, CANARIES).sight
    assert len(sight.held) == MANY
    found = sanity.listen(sight, result(PASS, 12, check=CANARIES[0]), CANARIES, seconds(10))
    assert found.results == tuple(failures)
    assert found.sight.held == ()


def test_when_no_canary_is_heard_each_of_thousands_stands_once_it_has_waited_long_enough():
    sight, given, told = Sight(), [], []
    for number in range(1000):
        one = result(FAIL, 10 + number / 100, check=f"part{number}/api")
        given.append(one)
        found = sanity.admit(sight, one, CANARIES)
        sight, told = found.sight, [*told, *found.results]
        late = sum(one.known_at - held.known_at > seconds(7) for held in given)
        assert told == given[:late]
        assert sight.held == tuple(given[late:])
    assert told


def test_when_our_own_network_is_gone_thousands_of_failures_blame_nobody():
    policy = fleet(1000, CANARIES)
    replay = Replay(policy)
    replay.start(NOON)
    for signal in round_of(policy, PASS, 0):
        replay.feed(signal)
    for begin in ROUNDS:
        for signal in round_of(policy, FAIL, begin):
            if signal.check not in CANARIES:
                replay.feed(signal)
        for canary in CANARIES:
            for location in THREE:
                replay.feed(result(FAIL, begin + 1, check=canary, location=location))
    assert replay.board.incidents == {}
    assert replay.folds.surroundings.sights[THREE[0]].blind(at(ROUNDS[-1] + 2))
