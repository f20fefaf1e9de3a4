"""One check that brings a number: given values and time, then this verdict."""

import random
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.kinds.metric import KIND, MetricOptions
from checks.model import Outcome
from incidents.detect import begin, fits, reading, reconsider, restored, standing, step, stored
from incidents.detect.metric.state import Measuring
from incidents.detect.metric.words import number
from incidents.detect.state import AWAITING_VALUE, WAITS
from incidents.events import ComponentUnknown, Opened
from incidents.model import IncidentStatus, Judgement, Verdict
from incidents.policy import CheckPolicy, Policy, Sensitivity
from incidents.replay import Replay
from incidents.routing import Audience, audience
from incidents.signals import Beat, Gap, Signal, Tick, Value, Wake
from tests.incidents.world import FAIL, NOON, PASS, SLOW, at, check_policy, component, rule, seconds
from tests.incidents.world import result as probed

CHECK = "shop/orders"
HEALTHY, DEGRADED = Judgement.HEALTHY, Judgement.DEGRADED
FAILING, UNKNOWN = Judgement.FAILING, Judgement.UNKNOWN
MINUTE = 60.0
LEARNED = 8 * 1_440
"""Minutes after which it is known what is usual."""


def metric(revision: str = "r1", **changes) -> CheckPolicy:
    """Every minute with a minute of grace, limits believed after three, unless said otherwise."""
    options = MetricOptions(every=seconds(60), grace=seconds(60))
    given = {
        "pushed": KIND.pushed, "options": options, "learns": True, "locations": (),
        "confirm": rule(), "revision": revision,
    }  # fmt: skip
    return check_policy(CHECK, **{**given, **changes})


def value(count: float, number: float, outcome: Outcome = PASS, **more) -> Value:
    given = {"measured_at": at(count), "reason": "" if outcome is PASS else f"value {number:g}"}
    return Value(CHECK, at(count), number=number, outcome=outcome, **{**given, **more})


class Fold:
    """The fold, with a clock that ticks when it asked for it."""

    def __init__(self, policy: CheckPolicy | None = None) -> None:
        self.policy = policy or metric()
        begun = begin(self.policy, NOON)
        self.state = begun.state
        self.told: list[Verdict] = []
        self.warnings: list[tuple[str, ...]] = []
        self.wake_at = None
        self._note(begun)

    def feed(self, *signals: Signal) -> "Fold":
        for signal in signals:
            while self.wake_at and self.wake_at <= signal.at and not isinstance(signal, Gap):
                self._take(Tick(CHECK, self.wake_at))
            self._take(signal)
        return self

    def minutes(self, values: Iterable[float], start: int = 0) -> "Fold":
        """A value each minute from that minute on."""
        signals = (value((start + index) * MINUTE, one) for index, one in enumerate(values))
        return self.feed(*signals)

    def until(self, count: float) -> "Fold":
        while self.wake_at and self.wake_at <= at(count):
            self._take(Tick(CHECK, self.wake_at))
        return self

    def _take(self, signal: Signal) -> None:
        if isinstance(signal, Tick):
            self.wake_at = None
        found = step(self.state, signal, self.policy)
        self.state = found.state
        self._note(found)

    def _note(self, found) -> None:
        self.told += [found.verdict] if found.verdict else []
        self.warnings += [found.warnings] if found.warnings is not None else []
        for wish in found.wishes:
            assert isinstance(wish, Wake)
            self.wake_at = wish.at

    @property
    def judgements(self) -> list[Judgement]:
        return [verdict.judgement for verdict in self.told]


def noise(count: int, middle: float = 100, seed: str = "a") -> list[float]:
    chance = random.Random(seed)
    return [middle + chance.gauss(0, 10) for _ in range(count)]


@pytest.fixture(scope="module")
def learned() -> Callable[[], Fold]:
    """A fold that has seen eight ordinary days; its state is a value, so it can be had again."""
    first = Fold().minutes(noise(LEARNED))

    def again() -> Fold:
        fold = Fold()
        fold.state, fold.wake_at, fold.told = first.state, first.wake_at, []
        return fold

    assert first.judgements == [HEALTHY]
    return again


# What is usual --------------------------------------------------------------------------------


def test_nothing_is_known_before_the_first_value():
    fold = Fold()
    assert fold.state.verdict.evidence == AWAITING_VALUE
    assert AWAITING_VALUE in WAITS
    assert fold.until(LEARNED * MINUTE).told == []


def test_the_first_value_is_taken_as_it_is():
    fold = Fold().feed(value(0, 812))
    assert fold.judgements == [HEALTHY]
    assert fold.told[0].evidence == (
        "value 812; what is usual is being learned, from 1 value of at least 100 so far"
    )


def test_a_jump_is_told_after_three_values_with_what_was_usual(learned):
    fold = learned().minutes([300.0, 310.0], LEARNED)
    assert fold.told == []
    fold.minutes([305.0], LEARNED + 2)
    [verdict] = fold.told
    assert verdict.judgement is DEGRADED
    assert verdict.onset_at == at(LEARNED * MINUTE)
    words, _, usual = verdict.evidence.partition("; usual at this hour ")
    assert words == "value 305 since 12:00:00 UTC"
    low, high = map(float, usual.split(" to "))
    assert 70 < low < 90 < 110 < high < 130


def test_it_is_over_when_values_are_usual_again(learned):
    fold = learned().minutes([300.0] * 20, LEARNED).minutes([101.0, 99.0], LEARNED + 20)
    assert fold.judgements == [DEGRADED]
    fold.minutes([103.0], LEARNED + 22)
    assert fold.judgements == [DEGRADED, HEALTHY]
    assert fold.told[-1].evidence.startswith("value 103; usual at this hour ")


def test_one_or_two_odd_values_are_no_news(learned):
    fold = learned()
    for start in range(LEARNED, LEARNED + 480, 120):
        fold.minutes([1e6, 1e6, *noise(118, seed="b")], start)
    assert fold.told == []


def test_a_line_that_goes_flat_is_told_though_each_value_is_usual(learned):
    fold = learned().minutes([100.0] * 120, LEARNED)
    assert fold.judgements == [DEGRADED]
    assert fold.told[0].evidence.startswith("the greatest of the last 50 values is 1")


def test_what_lasts_for_six_hours_is_taken_for_usual(learned):
    fold = learned().minutes(noise(5 * 60, 300, "b"), LEARNED)
    assert fold.judgements == [DEGRADED]
    fold.minutes(noise(2 * 60, 300, "c"), LEARNED + 5 * 60)
    assert fold.judgements == [DEGRADED, HEALTHY]
    assert fold.told[-1].evidence.endswith(", and that is taken for usual from now on")
    fold.minutes(noise(2 * 1_440, 300, "d"), LEARNED + 7 * 60)
    assert fold.judgements == [DEGRADED, HEALTHY]


def test_within_the_first_week_nothing_is_called_unusual():
    fold = Fold().minutes([*noise(1_000), *noise(300, 500, "b")])
    assert fold.judgements == [HEALTHY]


def test_who_does_not_want_it_learned_gets_plain_limits_only():
    fold = Fold(metric(learns=False)).minutes([*noise(LEARNED), *[900.0] * 20])
    assert fold.judgements == [HEALTHY]
    assert fold.state.memory.count == 0


def test_a_calm_check_takes_more_than_an_eager_one(learned):
    def told_of(sensitivity: Sensitivity, jump: int) -> bool:
        fold = learned()
        fold.policy = metric(sensitivity=sensitivity)
        return bool(fold.minutes([float(jump)] * 5, LEARNED).told)

    def least(sensitivity: Sensitivity) -> int:
        return next(jump for jump in range(110, 1_000) if told_of(sensitivity, jump))

    assert least(Sensitivity.EAGER) < least(Sensitivity.BALANCED) < least(Sensitivity.CALM)


def test_values_sent_afterwards_teach_and_are_not_judged():
    now = (LEARNED + 30) * MINUTE
    past = [
        value(now, one, measured_at=at(index * 10 * MINUTE))
        for index, one in enumerate([*noise(LEARNED // 10 - 20), *[900.0] * 20])
    ]
    fold = Fold().feed(*past)
    assert fold.told == []
    assert fold.state.memory.count == len(past)
    assert fold.feed(value(now + 1, 100.0)).judgements == [HEALTHY]


# Limits ---------------------------------------------------------------------------------------


def test_a_limit_is_believed_after_three_values_and_forgotten_after_two():
    fold = Fold().feed(value(0, 1), *(value(60 * n, 900, FAIL) for n in (1, 2)))
    assert fold.judgements == [HEALTHY]
    fold.feed(value(180, 901, FAIL))
    assert fold.judgements == [HEALTHY, FAILING]
    assert (fold.told[-1].onset_at, fold.told[-1].evidence) == (at(60), "value 901")
    fold.feed(value(240, 5))
    assert fold.judgements == [HEALTHY, FAILING]
    assert fold.feed(value(300, 5)).judgements == [HEALTHY, FAILING, HEALTHY]


def test_a_rule_of_ones_own_is_gone_by():
    fold = Fold(metric(confirm=rule("1/1", "1/1")))
    fold.feed(value(0, 1), value(60, 900, FAIL), value(120, 500, SLOW), value(180, 1))
    assert fold.judgements == [HEALTHY, FAILING, DEGRADED, HEALTHY]


def test_what_is_held_against_degraded_if_is_degraded():
    fold = Fold().feed(*(value(60 * n, 500, SLOW) for n in range(3)))
    assert fold.judgements == [HEALTHY, DEGRADED]


def test_a_limit_says_more_than_what_is_usual(learned):
    fold = learned().feed(*(value((LEARNED + n) * MINUTE, 900, FAIL) for n in range(3)))
    assert fold.judgements == [FAILING]
    assert fold.told[-1].evidence == "value 900"


def test_a_warning_goes_to_operators_alone_and_once():
    warned = [value(60 * n, 60 + n, warnings=(f"value {60 + n}, above 50",)) for n in range(3)]
    fold = Fold().feed(*warned, value(180, 5))
    assert fold.judgements == [HEALTHY]
    assert fold.warnings == [("value 60, above 50",), ()]


# Silence --------------------------------------------------------------------------------------


def test_silence_fails_after_its_grace_and_a_value_ends_it():
    fold = Fold().feed(value(0, 5)).until(119)
    assert fold.judgements == [HEALTHY]
    fold.until(121)
    assert fold.judgements == [HEALTHY, FAILING]
    assert (fold.told[-1].onset_at, fold.told[-1].at) == (at(60), at(120))
    assert fold.told[-1].evidence == (
        "no value since 2026-11-21 12:00:00 UTC, expected by 2026-11-21 12:01:00 UTC"
    )
    assert fold.feed(value(500, 5)).judgements == [HEALTHY, FAILING, HEALTHY]


def test_nothing_is_missed_while_we_were_away():
    fold = Fold().feed(value(0, 5), Gap(at=at(1_000), from_at=at(30)))
    assert fold.judgements == [HEALTHY, UNKNOWN]
    assert fold.told[-1].evidence == "Upfront was not running from 12:00:30 UTC to 12:16:40 UTC"
    assert fold.until(1_100).judgements == [HEALTHY, UNKNOWN]
    assert fold.feed(value(1_110, 5)).judgements == [HEALTHY, UNKNOWN, HEALTHY]


def test_a_short_gap_changes_nothing():
    fold = Fold().feed(value(0, 5), Gap(at=at(60), from_at=at(30))).until(179)
    assert fold.judgements == [HEALTHY]


def test_another_schedule_makes_nothing_late_at_once_and_forgets_nothing(learned):
    fold = learned()
    often = MetricOptions(every=seconds(5), grace=seconds(5))
    fold.policy = metric("r2", options=often)
    moment = at((LEARNED - 1) * MINUTE + 1)
    assert reconsider(fold.state, fold.policy, moment) == (Wake(CHECK, moment),)
    fold.feed(Tick(CHECK, moment))
    assert fold.told == []
    assert fold.state.memory.count == LEARNED
    fold.until((LEARNED - 1) * MINUTE + 12)
    assert fold.judgements == [FAILING]


# What is odd ----------------------------------------------------------------------------------


def test_what_is_not_newer_is_passed_over(learned):
    fold = learned()
    before = fold.state
    fold.feed(value((LEARNED - 1) * MINUTE, 9e9), value((LEARNED - 5) * MINUTE, 9e9))
    assert fold.state is before


def test_what_says_to_be_from_the_future_was_measured_when_it_came():
    fold = Fold().feed(value(0, 5, measured_at=at(1e6)), value(60, 6))
    assert isinstance(fold.state, Measuring)
    assert (fold.state.newest_at, fold.state.memory.count) == (at(60), 2)


def test_signals_of_others_change_nothing():
    fold = Fold().feed(value(0, 5))
    before = fold.state
    assert fold.feed(Beat(CHECK, at(1))).state is before


def test_a_state_is_kept_and_restored_as_it_was(learned):
    state = learned().minutes([300.0] * 5, LEARNED).state
    kept = stored(CHECK, state)
    assert restored(kept) == state
    assert len(kept.data) < 64 * 1024
    assert fits(state, metric())
    assert not fits(state, check_policy(CHECK))
    assert [one for one in standing(CHECK, state) if one.data] == [kept]
    assert restored(replace(kept, version=0)) is None


@given(st.lists(st.tuples(st.floats(0, 1e6), st.floats(allow_nan=False)), max_size=60))
def test_whatever_comes_in_whatever_order_the_same_state_follows(found):
    signals = [value(max(0.0, count), one) for count, one in found]
    once, again = Fold(), Fold()
    for signal in signals:
        once._take(signal)
        again._take(signal)
    assert once.state == again.state
    assert restored(stored(CHECK, once.state)) == once.state


@pytest.mark.parametrize(
    ("given", "words"),
    [(0.0, "0"), (-0.0, "0"), (812.0, "812"), (1234567.0, "1234567"), (0.01234, "0.0123"),
     (99.95, "100"), (-3.14159, "-3.14"), (1e12, "1e+12"), (2e-7, "2e-07"), (100.0, "100")],
)  # fmt: skip
def test_a_number_is_told_with_the_digits_that_count(given, words):
    assert number(given) == words


def test_a_reading_says_how_near_an_alarm_is(learned):
    fold = learned().minutes([300.0], LEARNED)
    found = reading(fold.state, fold.policy, at(LEARNED * MINUTE))
    novelty, limits = found.measures
    assert (novelty.name, novelty.value > novelty.threshold) == ("novelty", True)
    assert novelty.waits_for == "lasts 1 of 3 values"
    assert (limits.name, limits.value, limits.threshold) == ("limits broken", 0.0, 3.0)
    assert found.notes == ("value 300",)
    fold.minutes([300.0] * 2, LEARNED + 1)
    assert reading(fold.state, fold.policy, at(0)).judgement is DEGRADED


def test_a_reading_says_that_it_is_learning():
    fold = Fold().minutes(noise(10))
    found = reading(fold.state, fold.policy, at(10 * MINUTE))
    assert found.measures[0].waits_for == "learned from 10 of at least 100 values"


# Probed ---------------------------------------------------------------------------------------


def prometheus(**changes) -> CheckPolicy:
    return check_policy(CHECK, **{"interval": seconds(60), "learns": True, **changes})


def brought(count: float, number: float | None, outcome: Outcome = PASS, **more):
    facts = {} if number is None else {"value": number}
    return probed(outcome, count, check=CHECK, facts=facts, **more)


def test_a_number_that_a_probe_brought_is_judged_alike():
    fold = Fold(prometheus(interval=seconds(600)))
    for index, one in enumerate([*noise(LEARNED // 10), *[300.0] * 3]):
        fold._take(brought(index * 10 * MINUTE, one))
    assert fold.judgements == [HEALTHY, DEGRADED]
    assert "usual at this hour" in fold.told[-1].evidence


@pytest.mark.parametrize("outcome", [FAIL, Outcome.ERROR])
def test_a_probe_without_a_number_makes_it_unknown_and_not_failing(outcome):
    fold = Fold(prometheus())
    fold._take(brought(0, 5.0))
    for count in range(60, 400, 60):
        fold._take(brought(count, None, outcome, reason="Prometheus gives no number"))
        fold.until(count)
    assert fold.judgements == [HEALTHY, UNKNOWN]
    assert "Prometheus gives no number" in fold.told[-1].evidence


def test_another_query_is_learned_anew():
    fold = Fold(prometheus())
    fold._take(brought(0, 5.0))
    fold.policy = prometheus(revision="r2")
    fold._take(Tick(CHECK, at(10)))
    assert fold.state.memory.count == 0


# The whole way --------------------------------------------------------------------------------


def test_an_unusual_number_opens_an_incident_and_ends_it(learned):
    parts = component("shop", "orders")
    policy = Policy(
        components={"shop": parts}, checks={CHECK: metric()}, watch=timedelta(minutes=5)
    )
    replay = Replay(policy)
    replay.start(NOON)
    replay.folds.restore(CHECK, learned().state, replay.position)
    values = [*[300.0] * 30, *noise(60, seed="b")]
    for index, one in enumerate(values, LEARNED):
        replay.feed(value(index * MINUTE, one))
    replay.advance(at((LEARNED + len(values) + 60) * MINUTE))
    [incident] = replay.board.incidents.values()
    assert incident.status is IncidentStatus.RESOLVED
    assert sum(isinstance(one.event, Opened) for one in replay.log) == 1
    assert not any(
        audience(one.event) is Audience.OPERATORS
        for one in replay.log
        if isinstance(one.event, ComponentUnknown)
    )
