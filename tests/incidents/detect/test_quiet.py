"""Quiet answers take a shorter way: what comes of them is the same in every bit."""

from __future__ import annotations

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from checks.model import Outcome, Result
from incidents.detect.learned import fold, quiet
from incidents.detect.learned.state import Learned
from incidents.detect.state import Step
from incidents.policy import CheckPolicy
from incidents.signals import Signal, Tick, Wake
from tests.incidents.detect.scripted import CHECK, Look, learning, well
from tests.incidents.world import NOON, THREE, at

ROUNDS = 600
MINUTE = 60.0
FAULTS = ["down", "flaky", "slow", "warns", "beyond a limit", "untimed", "silent", "late", "again"]
TROUBLES = st.lists(st.tuples(st.integers(0, ROUNDS), st.integers(1, 40), st.sampled_from(FAULTS)))


def answers(troubles: list[tuple[int, int, str]], chance: Random) -> list[Result]:
    """A probe a minute from each of three locations in turn, and what is wrong with some."""
    told: list[Result] = []
    for number in range(ROUNDS):
        began = number * MINUTE / len(THREE)
        _, took = well(Look(CHECK, THREE[number % 3], began, chance), spread=0.15)
        wrong = {sort for first, many, sort in troubles if first <= number < first + many}
        failed = "down" in wrong or ("flaky" in wrong and chance.random() < 0.3)
        outcome = Outcome.SLOW if "beyond a limit" in wrong else Outcome.PASS
        if "silent" in wrong:
            continue
        if "slow" in wrong:
            took *= 3
        known_at = at(began + took + 400 * ("late" in wrong))
        result = Result(
            CHECK, THREE[number % 3], at(began), known_at, Outcome.FAIL if failed else outcome,
            None if failed or "untimed" in wrong else took,
            "connection refused" if failed else "",
            warnings=("expires in 3 days",) if "warns" in wrong else (),
            recheck=chance.random() < 0.1,
        )  # fmt: skip
        told += [result, result] if "again" in wrong else [result]
    return told


def compared(results: list[Result], policy: CheckPolicy) -> float:
    """Fold them in both ways; the share that the short way took, which must come to the same."""
    state, wake_at, short = fold.begin(policy, NOON).state, None, 0
    for result in results:
        due: list[Signal] = []
        if wake_at is not None and wake_at <= result.known_at:
            due.append(Tick(policy.check, wake_at))
        for signal in (*due, result):
            assert isinstance(state, Learned)
            found = fold.step(state, signal, policy)
            calm = quiet.after(state, signal, policy)
            if calm is not None:
                assert found == Step(calm)
                short += 1
            state = found.state
            wishes = [wish.at for wish in found.wishes if isinstance(wish, Wake)]
            wake_at = wishes[-1] if wishes else wake_at
    return short / len(results)


@settings(max_examples=30, deadline=None)
@given(TROUBLES, st.integers(0, 10_000), st.sampled_from([None, 0.999]))
def test_the_short_way_comes_to_the_same(troubles, seed, availability):
    policy = learning(availability=availability).checks[CHECK]
    compared([*answers([], Random(0))[:1], *answers(troubles, Random(seed))], policy)


def test_most_of_a_quiet_day_goes_the_short_way():
    assert compared(answers([], Random(1)), learning().checks[CHECK]) > 0.9


def test_what_is_of_another_question_does_not_go_the_short_way():
    policy = learning().checks[CHECK]
    state = fold.begin(policy, NOON).state
    for result in answers([], Random(2)):
        state = fold.step(state, result, policy).state
    assert isinstance(state, Learned)
    last = Result(CHECK, THREE[0], at(12_000), at(12_000.1), Outcome.PASS, 0.1)
    assert quiet.after(state, last, policy) is not None
    assert quiet.after(state, Tick(CHECK, at(12_000)), policy) is None
    other = Result(CHECK, THREE[0], at(12_000), at(12_000.1), Outcome.PASS, 0.1, revision="other")
    assert quiet.after(state, other, policy) is None
