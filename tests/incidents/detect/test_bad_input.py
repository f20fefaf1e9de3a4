"""Whatever is fed in, in whatever order, and however the question changes: the fold goes on."""

import math
from collections.abc import Iterable
from random import Random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.model import Outcome
from incidents.detect import begin, fits, restored, step, stored, taken_over
from incidents.detect.learned.state import Learned
from incidents.detect.state import Judged
from incidents.model import Judgement, Verdict
from incidents.policy import CheckPolicy
from incidents.ports import FoldState
from incidents.replay import Replay
from incidents.signals import DeployMarker, Gap, Signal, Tick
from tests.incidents.detect.scripted import HOUR, MINUTE, Scripted, down, learning
from tests.incidents.world import FAIL, NOON, PASS, THREE, at, check_policy, result, rule, seconds

CHECK = "checkout/api"
MOST_BYTES = 32 * 1024
ODD_LATENCIES = (None, 0.0, -1.0, math.nan, math.inf, -math.inf, 86_400.0, 1e300, 0.1)


def learned(**changes) -> CheckPolicy:
    given_ = {"confirm": None, "locations": THREE, "interval": seconds(60), **changes}
    return check_policy(CHECK, **given_)


class Fold:
    """The learned fold of one check, fed signal by signal."""

    def __init__(self, policy: CheckPolicy):
        self.policy = policy
        self.state: Judged = begin(policy, NOON).state
        self.told: list[Verdict] = []

    def feed(self, signals: Iterable[Signal]) -> "Fold":
        for signal in signals:
            found = step(self.state, signal, self.policy)
            self.state = found.state
            self.told += [found.verdict] if found.verdict else []
        return self

    @property
    def judgement(self) -> Judgement:
        return self.state.verdict.judgement

    @property
    def learned(self) -> Learned:
        assert isinstance(self.state, Learned)
        return self.state


def healthy(count: int, start: float = 0.0, **more) -> list[Signal]:
    """So many rounds, a minute apart, from all three locations."""
    chance = Random(5)
    return [
        result(
            PASS, start + 60 * turn + 20 * place, location=name,
            **{"latency_seconds": 0.1 * math.exp(chance.gauss(0, 0.1)), **more},
        )
        for turn in range(count)
        for place, name in enumerate(THREE)
    ]  # fmt: skip


def outage(start: float, rounds: int = 8) -> list[Signal]:
    return [
        result(FAIL, start + 4 * turn + place, location=name)
        for turn in range(rounds)
        for place, name in enumerate(THREE)
    ]


# Results that cannot be -----------------------------------------------------------------------


@pytest.mark.parametrize("latency", ODD_LATENCIES)
def test_an_odd_latency_spoils_nothing_that_is_known(latency):
    fold = Fold(learned()).feed(healthy(120))
    fold.feed([result(PASS, 7300 + n, location="fra", latency_seconds=latency) for n in range(3)])
    fold.feed(healthy(60, start=7400))
    assert fold.judgement is Judgement.HEALTHY
    for place in fold.learned.places:
        assert place.level is not None
        assert math.exp(place.level.base) == pytest.approx(0.103, rel=0.5)


@pytest.mark.parametrize("resolve", [math.nan, math.inf, -math.inf, 9.0])
def test_an_odd_phase_spoils_nothing_that_is_known(resolve):
    fold = Fold(learned()).feed(healthy(120))
    odd = result(PASS, 7300, location="fra", phases={"resolve": resolve}, latency_seconds=math.inf)
    fold.feed([odd, *healthy(60, start=7400)])
    for place in fold.learned.places:
        assert place.level is not None
        assert math.isfinite(place.level.base)
    assert fold.judgement is Judgement.HEALTHY


def test_finding_the_address_is_our_own_matter_and_not_slowness():
    slow = {"latency_seconds": 5.1, "phases": {"resolve": 5.0}}
    fold = Fold(learned()).feed(healthy(120)).feed(healthy(60, start=7200, **slow))
    assert fold.judgement is Judgement.HEALTHY


def test_answers_in_no_time_at_all_and_in_a_day_can_be_usual():
    for latency in (0.0, 86_400.0):
        fold = Fold(learned()).feed(healthy(200, latency_seconds=latency))
        assert fold.judgement is Judgement.HEALTHY


# Results in no order --------------------------------------------------------------------------


def test_results_told_twice_count_once():
    once = Fold(learned()).feed([*healthy(5), *outage(400)])
    twice = Fold(learned()).feed(one for one in [*healthy(5), *outage(400)] for _ in range(2))
    assert twice.state == once.state


def test_one_failure_told_a_hundred_times_is_one():
    fold = Fold(learned()).feed([*healthy(5), *[result(FAIL, 400, location="fra")] * 100])
    assert fold.learned.suspicion is not None
    assert fold.learned.suspicion.run == 1


@given(st.randoms(use_true_random=False))
def test_results_seconds_out_of_order_tell_the_same_outage(chance):
    seen = [*healthy(60), *outage(3700)]
    late = [(one.at + seconds(chance.uniform(0, 2)), one) for one in seen]
    shuffled = sorted(late, key=lambda pair: pair[0])
    fold = Fold(learned()).feed(
        result(one.outcome, (one.at - NOON).total_seconds(), location=one.location, known_at=known)
        for known, one in shuffled
    )
    assert fold.judgement is Judgement.FAILING
    assert fold.told[-1].onset_at == at(3700)


def test_a_result_that_is_far_too_late_says_nothing():
    fold = Fold(learned()).feed(healthy(60))
    before = fold.state
    fold.feed([result(FAIL, 10, location="fra", known_at=at(3600))])
    assert fold.state == before


def test_a_result_from_the_future_does_not_blind_the_check():
    far = [result(FAIL, 86_400 * 365, location=name) for name in THREE]
    fold = Fold(learned()).feed([*healthy(60), *far, Tick(CHECK, at(3660))])
    fold.feed([*healthy(5, start=3700), *outage(4100)])
    assert fold.judgement is Judgement.FAILING
    assert fold.told[-1].onset_at == at(4100)


def test_results_of_another_revision_or_location_are_ignored():
    fold = Fold(learned()).feed(healthy(10))
    before = fold.state
    fold.feed(result(FAIL, 700, location="fra", revision="old") for _ in range(9))
    fold.feed(result(FAIL, 700 + n, location="elsewhere") for n in range(9))
    assert fold.state == before


# Another question -----------------------------------------------------------------------------


def test_another_question_drops_what_was_usual_of_the_last_one():
    fold = Fold(learned()).feed(healthy(120))
    fold.policy = learned(revision="other target")
    fold.feed([Tick(CHECK, at(7250))])
    assert fold.judgement is Judgement.UNKNOWN
    assert fold.learned.count == 0
    fold.feed(healthy(5, start=7300, revision="other target"))
    assert fold.judgement is Judgement.HEALTHY


@pytest.mark.parametrize("interval", [10, 600])
def test_another_interval_keeps_all_that_is_known(interval):
    fold = Fold(learned()).feed(healthy(120))
    levels = [place.level for place in fold.learned.places]
    fold.policy = learned(interval=seconds(interval))
    fold.feed([Tick(CHECK, at(7210))])
    assert [place.level for place in fold.learned.places] == levels
    assert fold.feed(outage(7300)).judgement is Judgement.FAILING


@pytest.mark.parametrize(
    "locations", [("fra",), ("iad", "fra"), ("sin", "iad", "fra"), (*THREE, "gru"), ("gru", "syd")]
)
def test_who_stays_among_other_locations_keeps_its_level(locations):
    fold = Fold(learned()).feed(healthy(120))
    known = dict(zip(THREE, [place.level for place in fold.learned.places], strict=True))
    fold.policy = learned(locations=locations)
    fold.feed([Tick(CHECK, at(7210))])
    after = fold.learned
    assert after.locations == locations
    found = dict(zip(locations, [place.level for place in after.places], strict=True))
    assert found == {name: known.get(name) for name in locations}
    for turn in range(40):
        fold.feed(result(FAIL, 7300 + 5 * turn + p, location=n) for p, n in enumerate(locations))
    assert fold.judgement is Judgement.FAILING


def test_a_location_that_is_given_up_does_not_hold_its_own_trouble_open():
    only_fra = [
        result(FAIL if name == "fra" else PASS, 60 * turn + 20 * place, location=name)
        for turn in range(20)
        for place, name in enumerate(THREE)
    ]
    fold = Fold(learned()).feed(only_fra)
    assert fold.judgement is Judgement.PARTIAL
    fold.policy = learned(locations=("iad", "sin"))
    fold.feed(one for one in healthy(20, start=1300) if one.location != "fra")
    assert fold.judgement is Judgement.HEALTHY


def test_other_locations_in_the_midst_of_an_outage_keep_it_one():
    world = Scripted(learning(), down((HOUR, 2 * HOUR))).run(HOUR + 10 * MINUTE)
    policy = learning(locations=("fra", "gru"))
    world.policy = policy
    world.replay.adopt(policy, at(HOUR + 10 * MINUTE))
    for turn in range(60):
        for name in ("fra", "gru"):
            ill = turn < 20
            world.tell(result(FAIL if ill else PASS, HOUR + 700 + 30 * turn, location=name))
    assert len(world.incidents) == 1
    assert world.told[-1].judgement is Judgement.HEALTHY


# Another rule ---------------------------------------------------------------------------------


SICK = {
    Judgement.HEALTHY: (),
    Judgement.FAILING: tuple(outage(3700)),
    Judgement.PARTIAL: tuple(result(FAIL, 3600 + 60 * n, location="fra") for n in range(12)),
    Judgement.DEGRADED: tuple(
        result(Outcome.SLOW, 3600 + 60 * turn + 20 * place, location=name)
        for turn in range(12)
        for place, name in enumerate(THREE)
    ),
}


@pytest.mark.parametrize("judgement", SICK)
@pytest.mark.parametrize(
    ("before", "after"), [(rule(), None), (None, rule())], ids=["to learning", "to a rule"]
)
def test_what_is_held_stays_held_when_the_rule_is_dropped_or_set(judgement, before, after):
    policies = [learned(confirm=one) for one in (before, after)]
    spared = [one for one in healthy(12, start=3600) if one.location != "fra"]
    among = spared if judgement is Judgement.PARTIAL else []
    sick = sorted([*SICK[judgement], *among], key=lambda one: one.at)
    fold = Fold(policies[0]).feed([*healthy(60), *sick])
    assert fold.judgement is judgement
    assert not fits(fold.state, policies[1])
    taken = taken_over(fold.state, policies[1], at(4400))
    assert taken is not None
    assert fits(taken.state, policies[1])
    assert taken.state.held == fold.state.held
    assert taken.state.verdict == fold.state.verdict
    assert taken.verdict is None
    fold.policy, fold.state = policies[1], taken.state
    fold.feed(healthy(20, start=4460))
    assert fold.judgement is Judgement.HEALTHY


def policy_with(confirm) -> tuple:
    plain = learning()
    checks = {name: learned(confirm=confirm) for name in plain.checks}
    return plain, checks


@pytest.mark.parametrize(("before", "after"), [(rule(), None), (None, rule())])
def test_no_second_incident_when_the_rule_is_dropped_in_the_midst_of_an_outage(before, after):
    plain, checks = policy_with(before)
    replay = Replay(type(plain)(plain.components, checks))
    replay.start(NOON)
    for signal in [*healthy(20), *outage(1300)]:
        replay.feed(signal)
    replay.adopt(type(plain)(plain.components, policy_with(after)[1]), at(1400))
    for signal in [*outage(1410), *outage(1500), *healthy(40, start=1600)]:
        replay.feed(signal)
    replay.advance(at(2 * HOUR))
    (incident,) = replay.board.incidents.values()
    assert incident.status.over


def test_an_outage_that_goes_on_under_the_learned_fold_is_not_told_to_be_over():
    fold = Fold(learned(confirm=rule())).feed([*healthy(20), *outage(1300)])
    taken = taken_over(fold.state, learned(), at(1400))
    assert taken is not None
    fold.policy, fold.state, fold.told = learned(), taken.state, []
    fold.feed([*outage(1410), *outage(1500), *outage(1600)])
    assert fold.judgement is Judgement.FAILING
    assert [one.judgement for one in fold.told] == []


# What is kept ---------------------------------------------------------------------------------


@st.composite
def any_signal(draw) -> Signal:
    count = draw(st.floats(-500, 20_000) | st.sampled_from([-1e9, 1e9]))
    kind = draw(st.integers(0, 12))
    if kind == 10:
        return Tick(CHECK, at(count))
    if kind == 11:
        return Gap(at(count), from_at=at(count - draw(st.floats(-50, 5000))))
    if kind == 12:
        return DeployMarker("checkout", at(count), began=draw(st.booleans()))
    return result(
        draw(st.sampled_from(Outcome)),
        count,
        location=draw(st.sampled_from([*THREE, "nowhere"])),
        known_at=at(count + draw(st.floats(-10, 200))),
        latency_seconds=draw(st.sampled_from(ODD_LATENCIES)),
        phases=draw(st.sampled_from([{}, {"resolve": math.nan}, {"resolve": 1e300}])),
        recheck=draw(st.booleans()),
        revision=draw(st.sampled_from(["", "", "", "old"])),
        warnings=draw(st.sampled_from([(), ("disk at 91 %",)])),
    )


POLICIES = st.builds(
    learned,
    locations=st.sampled_from([("fra",), ("fra", "iad"), THREE]),
    availability=st.sampled_from([None, 0.999]),
    interval=st.sampled_from([seconds(1), seconds(60), seconds(86_400)]),
)


@settings(max_examples=60)
@given(POLICIES, st.lists(any_signal(), max_size=80), st.integers(0, 80))
def test_a_stored_state_goes_on_as_if_nothing_had_been(policy, signals, cut):
    through, halted = Fold(policy).feed(signals), Fold(policy).feed(signals[:cut])
    kept = restored(stored(CHECK, halted.state))
    assert kept == halted.state
    assert kept is not None
    halted.state = kept
    halted.feed(signals[cut:])
    assert halted.state == through.state
    assert halted.told == through.told


@given(POLICIES, POLICIES, st.lists(any_signal(), max_size=60))
def test_whatever_came_before_a_state_can_be_taken_over_by_any_policy(policy, other, signals):
    fold = Fold(policy).feed(signals)
    fold.policy = other
    fold.feed(signals)
    assert restored(stored(CHECK, fold.state)) == fold.state


def adversary(chance: Random, count: int) -> Iterable[Signal]:
    """Everything at once, for long: bursts, odd latencies, releases, gaps, many reasons."""
    now = 0.0
    for number in range(count):
        now += chance.choice([0.0, 0.1, 1.0, 30.0, 600.0])
        if number % 97 == 0:
            yield Gap(at(now), from_at=at(now - 10))
        if number % 1009 == 0:
            yield DeployMarker("checkout", at(now), began=bool(number % 2))
        outcome = chance.choices([PASS, FAIL, Outcome.SLOW], [5, 4, 1])[0]
        reason = "" if outcome is PASS else f"status {number}: " + "x" * chance.randrange(200)
        yield result(
            outcome, now + chance.random(), location=chance.choice(THREE), known_at=at(now + 1),
            latency_seconds=chance.choice([*ODD_LATENCIES, chance.expovariate(1)]), reason=reason,
            recheck=chance.random() < 0.2,
        )  # fmt: skip


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_state_of_a_check_stays_below_32_kilobytes(seed):
    fold = Fold(learned(availability=0.999)).feed(healthy(300))
    largest = 0
    for number, signal in enumerate(adversary(Random(seed), 6000)):
        fold.feed([signal])
        if number % 50 == 0:
            largest = max(largest, len(msgspec.json.encode(fold.state)))
    assert 0 < largest < MOST_BYTES


def test_a_state_of_another_version_or_a_damaged_one_is_not_taken_over():
    kept = stored(CHECK, Fold(learned()).feed(healthy(5)).state)
    assert kept.fold == "learned"
    for changed in ({"version": 99}, {"fold": "other"}, {"data": b"{"}, {"data": b"{}"}):
        fields = {"fold": kept.fold, "key": kept.key, "version": kept.version, "data": kept.data}
        assert restored(FoldState(**{**fields, **changed})) is None


def test_a_state_of_the_rule_that_was_the_default_before_goes_on_as_a_learned_one():
    kept = stored(CHECK, Fold(learned(confirm=rule())).feed([*healthy(9), *outage(700)]).state)
    old = restored(kept)
    assert old is not None
    taken = taken_over(old, learned(), at(800))
    assert taken is not None
    assert isinstance(taken.state, Learned)
    assert taken.state.verdict.judgement is Judgement.FAILING


def test_the_world_goes_on_when_its_folds_are_stored_and_restored_in_the_midst():
    through = Scripted(learning(), down((HOUR, 2 * HOUR))).run(4 * HOUR)
    halted = Scripted(learning(), down((HOUR, 2 * HOUR))).run(1.5 * HOUR)
    states = halted.replay.folds.states
    for name, state in list(states.items()):
        again = restored(stored(name, state))
        assert again is not None
        states[name] = again
    halted.run(4 * HOUR)
    assert halted.told == through.told
