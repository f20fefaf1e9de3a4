"""The evidence that a plain rule has, read between results."""

import pytest

from incidents.detect import begin, step
from incidents.detect.plain.reading import reading
from incidents.model import Judgement
from incidents.signals import Tick
from tests.incidents.world import FAIL, NOON, PASS, SLOW, THREE, at, check_policy, result


def after(*results, **changes):
    """The reading after these results, at the last one's instant."""
    policy = check_policy(**changes)
    state = begin(policy, NOON).state
    for one in results:
        state = step(state, one, policy).state
    return reading(state, policy, results[-1].known_at)


def measures(found):
    return {one.name: (one.value, one.threshold) for one in found.measures}


@pytest.mark.parametrize(
    ("outcomes", "failures", "held"),
    [
        ([PASS, PASS], 0, Judgement.HEALTHY),
        ([PASS, FAIL], 1, Judgement.HEALTHY),
        ([PASS, FAIL, FAIL], 2, Judgement.HEALTHY),
        ([PASS, FAIL, FAIL, FAIL], 3, Judgement.FAILING),
        ([PASS, FAIL, PASS, FAIL], 2, Judgement.HEALTHY),
    ],
)
def test_failures_are_counted_against_the_rule(outcomes, failures, held):
    found = after(*(result(outcome, 30 * number) for number, outcome in enumerate(outcomes)))
    assert measures(found)["failures"] == (failures, 3)
    assert found.judgement is held


def test_slowness_is_told_where_there_is_some():
    found = after(result(PASS, 0), result(SLOW, 30))
    assert measures(found) == {"failures": (0, 3), "slow or failed": (1, 3)}


def test_recovery_counts_what_speaks_for_the_check_where_it_speaks_least():
    down = [result(FAIL, 10 * number) for number in range(3)]
    found = after(result(PASS, -30), *down, result(PASS, 40))
    assert measures(found)["recovery"] == (1, 2)


def test_with_several_locations_the_one_that_says_most_is_left_out():
    alone = [result(FAIL, 30 * number, location="fra") for number in range(4)]
    others = [result(PASS, 30 * number, location=name) for number in range(4) for name in THREE[1:]]
    seen = sorted((*alone, *others), key=lambda one: one.at)
    assert measures(after(*seen, locations=THREE))["failures"] == (0, 3)


def test_silence_is_noted_with_when_it_will_count():
    policy = check_policy()
    state = step(begin(policy, NOON).state, result(PASS, 0), policy).state
    state = step(state, Tick("checkout/api", at(40)), policy).state
    assert any(note.startswith("silent for 40 s") for note in reading(state, policy, at(40)).notes)
