"""One check judged: given results, when the last one is folded in, then this verdict."""

import math
from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.model import Outcome
from incidents.detect import WAITING, begin, renamed, restored, step, stored
from incidents.detect.evidence import signature
from incidents.detect.plain import failures
from incidents.detect.plain.locations import suspect
from incidents.detect.plain.state import State
from incidents.model import Judgement, Verdict
from incidents.policy import CheckPolicy, Quorum, Sensitivity
from incidents.signals import Gap, LocationState, Recheck, Signal, Tick, Wake, Wish
from tests.incidents.world import (
    ERROR,
    FAIL,
    NOON,
    PASS,
    SLOW,
    THREE,
    at,
    check_policy,
    result,
    rule,
    seconds,
)

LETTERS = {"P": PASS, "S": SLOW, "F": FAIL, "E": ERROR}


class Fold:
    """A check's fold, fed signal by signal."""

    def __init__(self, policy: CheckPolicy):
        self.policy = policy
        begun = begin(policy, NOON)
        self.state: State = begun.state
        self.wishes: list[Wish] = list(begun.wishes)
        self.told: list[Verdict] = []
        self.warnings: list[tuple[str, ...]] = []

    def feed(self, *signals: Signal) -> "Fold":
        for signal in signals:
            found = step(self.state, signal, self.policy)
            self.state = found.state
            self.wishes += found.wishes
            self.told += [found.verdict] if found.verdict else []
            self.warnings += [] if found.warnings is None else [found.warnings]
        return self

    def see(self, letters: str, start: float = 0, **more) -> "Fold":
        """Results 30 s apart, one a letter."""
        spread = (result(LETTERS[one], start + 30 * i, **more) for i, one in enumerate(letters))
        return self.feed(*spread)

    @property
    def judgement(self) -> Judgement:
        return self.state.verdict.judgement

    @property
    def rechecks(self) -> list[Recheck]:
        return [wish for wish in self.wishes if isinstance(wish, Recheck)]


@pytest.mark.parametrize(
    ("confirm", "seen", "judgement"),
    [
        ("3/3", "", Judgement.UNKNOWN),
        ("3/3", "P", Judgement.HEALTHY),
        ("3/3", "F", Judgement.UNKNOWN),
        ("3/3", "FP", Judgement.HEALTHY),
        ("3/3", "FFF", Judgement.FAILING),
        ("3/3", "PFF", Judgement.HEALTHY),
        ("3/3", "PFFF", Judgement.FAILING),
        ("3/3", "PFFPFF", Judgement.HEALTHY),
        ("1/1", "PF", Judgement.FAILING),
        ("3/5", "PFPFPF", Judgement.FAILING),
        ("3/5", "PFPPFPPF", Judgement.HEALTHY),
        ("3/3", "PSSS", Judgement.DEGRADED),
        ("3/3", "PFSF", Judgement.DEGRADED),
        ("3/3", "PSSSFFF", Judgement.FAILING),
        ("3/3", "PFFEEF", Judgement.FAILING),
        ("3/3", "PEEEEEE", Judgement.HEALTHY),
        ("3/3", "PFFFP", Judgement.FAILING),
        ("3/3", "PFFFPP", Judgement.HEALTHY),
        ("3/3", "PFFFPEP", Judgement.HEALTHY),
        ("3/3", "PFFFPFP", Judgement.FAILING),
        ("3/3", "PFFFSS", Judgement.DEGRADED),
        ("3/3", "PFFFSSPP", Judgement.HEALTHY),
        ("3/3", "PSSSP", Judgement.DEGRADED),
        ("3/3", "PSSSPP", Judgement.HEALTHY),
        ("3/5", "PFFFPPF", Judgement.HEALTHY),
    ],
)
def test_a_rule_turns_results_from_one_location_into_a_judgement(confirm, seen, judgement):
    fold = Fold(check_policy(confirm=rule(confirm))).see(seen)
    assert fold.judgement is judgement


def test_the_onset_is_the_first_result_that_belongs_to_the_failure():
    failing = Fold(check_policy()).see("PPFFF").told[-1]
    assert (failing.onset_at, failing.at) == (at(60), at(120))


def test_the_onset_of_a_recovery_is_the_first_good_result():
    healthy = Fold(check_policy()).see("PFFFPP").told[-1]
    assert (healthy.judgement, healthy.onset_at) == (Judgement.HEALTHY, at(120))


def test_evidence_says_what_a_person_can_check():
    failing = Fold(check_policy()).see("PFFF").told[-1]
    assert failing.evidence == (
        "3 of 3 probes from local failed since 12:00:30 UTC: connection refused"
    )
    assert failing.signature == "connection refused"


def test_a_verdict_is_told_once_however_long_it_lasts():
    told = Fold(check_policy()).see("PPFFFFFFFPPPP").told
    assert [one.judgement for one in told] == ["healthy", "failing", "healthy"]


def test_a_blip_is_remembered_though_nobody_is_told():
    fold = Fold(check_policy()).see("PFPPP")
    assert [one.judgement for one in fold.told] == ["healthy"]
    assert fold.state.instability.blips == 1


@pytest.mark.parametrize(
    ("sensitivity", "needed"),
    [(Sensitivity.CALM, 5), (Sensitivity.BALANCED, 3), (Sensitivity.EAGER, 2)],
)
def test_sensitivity_stands_for_a_rule_where_a_number_is_held_against_limits(sensitivity, needed):
    policy = check_policy(confirm=None, learns=True, sensitivity=sensitivity)
    assert failures.rule(policy).fail == Quorum(needed, needed)


def test_a_rule_of_ones_own_is_taken_as_written_though_a_restart_took_no_longer():
    fails = [result(FAIL, count) for count in (30, 31, 35)]
    policy = check_policy(ignore_gaps=seconds(60), sensitivity=Sensitivity.CALM)
    assert Fold(policy).see("P").feed(*fails).judgement is Judgement.FAILING


# Several locations ----------------------------------------------------------------------------


def rounds(start: float, count: int, **outcomes) -> list[Signal]:
    """Rounds of results, the locations 10 s apart."""
    return [
        result(outcomes.get(location, PASS), start + 30 * turn + 10 * number, location=location)
        for turn in range(count)
        for number, location in enumerate(THREE)
    ]


def test_no_single_location_opens_anything_at_once():
    fold = Fold(check_policy(locations=THREE)).feed(*rounds(0, 8, fra=FAIL))
    assert fold.judgement is Judgement.HEALTHY


def test_what_one_location_sees_is_there_for_operators_at_once():
    fold = Fold(check_policy(locations=THREE)).feed(*rounds(0, 3, fra=FAIL))
    assert suspect(fold.state.tracks, fold.policy).locations == ("fra",)


def test_one_location_failing_past_its_grace_is_partial_and_named():
    fold = Fold(check_policy(locations=THREE)).feed(*rounds(0, 11, fra=FAIL))
    partial = fold.told[-1]
    assert (partial.judgement, partial.locations) == (Judgement.PARTIAL, ("fra",))
    assert partial.onset_at == at(0)
    assert "from fra failed since 12:00:00" in partial.evidence


def test_the_end_of_a_grace_is_not_missed_for_want_of_results():
    policy = check_policy(locations=THREE, interval=seconds(200), location_grace=seconds(300))
    fold = Fold(policy).feed(*(result(PASS, 0, location=one) for one in THREE))
    fold.feed(*(result(FAIL, 200 + i, location="fra") for i in range(3)))
    fold.feed(*(result(PASS, 202, location=one) for one in ("iad", "sin")))
    assert Wake("checkout/api", at(500)) in fold.wishes
    assert fold.feed(Tick("checkout/api", at(500))).judgement is Judgement.PARTIAL


def test_two_failing_locations_of_three_are_partial_without_delay():
    fold = Fold(check_policy(locations=THREE)).feed(*rounds(0, 3, fra=FAIL, iad=FAIL))
    assert fold.state.verdict.locations == ("fra", "iad")
    assert fold.judgement is Judgement.PARTIAL


def test_all_locations_failing_is_down_sooner_than_each_by_itself_could_tell():
    fold = Fold(check_policy(locations=THREE)).feed(*rounds(0, 2))
    fold.feed(*rounds(60, 2, fra=FAIL, iad=FAIL, sin=FAIL))
    assert fold.judgement is Judgement.FAILING
    assert fold.told[-1].at < at(60 + 2 * 30)
    assert fold.told[-1].onset_at == at(60)


def test_a_recovery_needs_all_locations_that_failed():
    fold = Fold(check_policy(locations=THREE))
    fold.feed(*rounds(0, 2, fra=FAIL, iad=FAIL, sin=FAIL), *rounds(60, 4, fra=FAIL))
    assert fold.judgement is Judgement.FAILING
    assert fold.feed(*rounds(180, 2)).judgement is Judgement.HEALTHY


def test_a_location_that_died_in_an_outage_does_not_hold_it_open():
    fold = Fold(check_policy(locations=THREE))
    fold.feed(*rounds(0, 2, fra=FAIL, iad=FAIL, sin=FAIL))
    alive = [one for one in rounds(60, 8) if one.location != "fra"]
    assert fold.feed(*alive).judgement is Judgement.HEALTHY


def test_an_outage_that_grows_from_one_location_to_all_begins_when_the_others_fail():
    fold = Fold(check_policy(locations=THREE)).feed(*rounds(0, 12, fra=FAIL))
    fold.feed(*rounds(360, 3, fra=FAIL, iad=FAIL, sin=FAIL))
    assert fold.judgement is Judgement.FAILING
    assert fold.told[-1].onset_at == at(370)


# Silence --------------------------------------------------------------------------------------


def test_silence_is_unknown_since_we_last_heard():
    fold = Fold(check_policy()).see("PP").feed(Tick("checkout/api", at(119)))
    assert fold.judgement is Judgement.HEALTHY
    unknown = fold.feed(Tick("checkout/api", at(120))).told[-1]
    assert (unknown.judgement, unknown.onset_at) == (Judgement.UNKNOWN, at(30))
    assert unknown.evidence == "no result since 12:00:30 UTC"


def test_one_wake_is_wished_for_each_silence_and_not_for_each_result():
    fold = Fold(check_policy()).see("PPP")
    assert fold.wishes == [Wake("checkout/api", at(90))]
    fold.feed(Tick("checkout/api", at(90)))
    assert fold.wishes[1:] == [Wake("checkout/api", at(150))]


def test_a_slow_check_is_given_its_timeouts():
    policy = check_policy(interval=seconds(10), timeout=seconds(10))
    fold = Fold(policy).see("P").feed(Tick("checkout/api", at(39)))
    assert fold.judgement is Judgement.HEALTHY
    assert fold.feed(Tick("checkout/api", at(40))).judgement is Judgement.UNKNOWN


def test_probes_that_could_not_be_made_are_silence_with_a_reason():
    fold = Fold(check_policy()).see("PEEEE").feed(Tick("checkout/api", at(120)))
    assert fold.told[-1].evidence == "no probe could be made since 12:00:00 UTC: no file handles"


def test_a_new_check_waits_and_is_not_red():
    fold = Fold(check_policy())
    assert (fold.state.verdict.evidence, fold.told) == (WAITING, [])
    fold.feed(Tick("checkout/api", at(90)))
    assert fold.told[-1].evidence == "no result yet; waiting since 12:00:00 UTC"


def test_who_was_failing_before_a_silence_is_failing_after_it():
    fold = Fold(check_policy()).see("PFFF").feed(Tick("checkout/api", at(400)))
    assert fold.see("F", start=410).judgement is Judgement.FAILING
    assert fold.told[-1].onset_at == at(30)


def test_a_long_gap_of_our_own_is_unknown_and_a_short_one_is_nothing():
    short = Fold(check_policy()).see("P").feed(Gap(at(60), from_at=at(20)))
    assert short.judgement is Judgement.HEALTHY
    long = Fold(check_policy()).see("P").feed(Gap(at(1000), from_at=at(20)))
    assert long.told[-1].onset_at == at(20)
    assert "was not running from 12:00:20 UTC to 12:16:40 UTC" in long.told[-1].evidence


def test_no_silence_is_judged_until_one_grace_after_a_gap():
    fold = Fold(check_policy()).see("P").feed(Gap(at(80), from_at=at(10)))
    assert fold.wishes[-1] == Wake("checkout/api", at(170))
    assert fold.feed(Tick("checkout/api", at(169))).judgement is Judgement.HEALTHY
    assert fold.feed(Tick("checkout/api", at(170))).judgement is Judgement.UNKNOWN


# Rechecks -------------------------------------------------------------------------------------


def test_a_rule_of_ones_own_is_settled_by_rechecks_a_second_apart():
    fold = Fold(check_policy(interval=seconds(5))).see("P")
    fold.feed(result(FAIL, 5), result(FAIL, 6), result(FAIL, 7))
    assert [wish.at for wish in fold.rechecks] == [at(6), at(7)]
    assert fold.judgement is Judgement.FAILING


def test_rechecks_ask_all_locations_and_one_round_is_asked_for_once():
    fold = Fold(check_policy(locations=THREE)).feed(*rounds(0, 1))
    fold.feed(*(result(FAIL, 30 + i / 10, location=one) for i, one in enumerate(THREE)))
    assert [(wish.at, wish.locations) for wish in fold.rechecks] == [(at(31), THREE)]


def test_a_recovery_is_rechecked_too():
    fold = Fold(check_policy()).see("PFFF")
    before = len(fold.rechecks)
    fold.see("P", start=120)
    assert [wish.at for wish in fold.rechecks[before:]] == [at(121)]


def test_rechecks_stay_within_a_tenth_of_the_planned_probes():
    fold = Fold(check_policy(interval=seconds(10)))
    for number in range(5000):
        fold.feed(result(FAIL if number % 4 == 0 else PASS, 10 * number))
    assert len(fold.rechecks) <= 0.1 * 5000 + 6


# Warnings -------------------------------------------------------------------------------------


def test_a_warning_is_raised_once_and_cleared_when_it_is_gone():
    fold = Fold(check_policy())
    for count, days in enumerate([13, 12, 11]):
        text = f"certificate expires in {days} days"
        fold.feed(result(PASS, 30 * count, warnings=(text,)))
    fold.feed(result(FAIL, 90), result(PASS, 120))
    assert fold.warnings == [("certificate expires in 13 days",), ()]


# Bad input ------------------------------------------------------------------------------------


def test_results_of_another_revision_or_location_are_ignored():
    fold = Fold(check_policy(revision="b")).see("P", revision="b")
    before = fold.state
    fold.see("FFF", start=30, revision="a").see("FFF", start=30, location="elsewhere")
    assert fold.state == before


def test_another_question_drops_the_evidence_and_another_cadence_keeps_it():
    fold = Fold(check_policy()).see("PFF")
    fold.policy = check_policy(interval=seconds(60))
    assert fold.see("F", start=90).judgement is Judgement.FAILING
    fold.policy = check_policy(revision="other target")
    fold.feed(Tick("checkout/api", at(100)))
    assert fold.told[-1].evidence == WAITING
    assert fold.see("P", start=120, revision="other target").judgement is Judgement.HEALTHY


def test_the_same_result_twice_counts_once():
    fold = Fold(check_policy()).see("P").feed(*[result(FAIL, 30)] * 5)
    assert fold.judgement is Judgement.HEALTHY


def test_results_out_of_order_take_their_place():
    fold = Fold(check_policy()).see("P")
    fold.feed(*(result(FAIL, count, known_at=at(100)) for count in (90, 30, 60)))
    assert fold.told[-1].onset_at == at(30)


def test_a_result_from_the_future_does_not_blind_the_check():
    fold = Fold(check_policy()).see("P")
    fold.feed(result(FAIL, 86_400 * 365)).feed(Tick("checkout/api", at(90)))
    assert fold.see("FFF", start=91).judgement is Judgement.FAILING


def test_signals_that_do_not_concern_a_check_change_nothing():
    fold = Fold(check_policy()).see("P")
    before = fold.state
    assert fold.feed(LocationState("local", at(40), blind=True)).state == before


LATENCIES = st.sampled_from([None, 0.0, math.nan, math.inf, 86_400.0, -1.0, 0.1])


@st.composite
def any_signal(draw) -> Signal:
    count = draw(st.floats(-200, 4000) | st.sampled_from([-1e9, 1e9]))
    kind = draw(st.integers(0, 9))
    if kind == 8:
        return Tick("checkout/api", at(count))
    if kind == 9:
        return Gap(at(count), from_at=at(count - draw(st.floats(-50, 500))))
    return result(
        draw(st.sampled_from(Outcome)),
        count,
        location=draw(st.sampled_from([*THREE, "nowhere"])),
        known_at=at(count + draw(st.floats(-10, 100))),
        latency_seconds=draw(LATENCIES),
        revision=draw(st.sampled_from(["", "", "", "old"])),
        warnings=draw(st.sampled_from([(), ("disk at 91 %",)])),
    )


POLICIES = st.builds(
    check_policy,
    locations=st.sampled_from([("fra",), ("fra", "iad"), THREE]),
    confirm=st.sampled_from([None, rule("1/1", "1/1"), rule("2/3", "3/5"), rule()]),
)


@given(POLICIES, st.lists(any_signal(), max_size=60))
def test_whatever_comes_in_the_fold_goes_on_and_can_be_stored(policy, signals):
    fold = Fold(policy).feed(*signals)
    assert restored(stored(policy.check, fold.state)) == fold.state
    for one in fold.told:
        assert one.judgement in Judgement
        assert one.evidence


@given(POLICIES, st.lists(any_signal(), max_size=40))
def test_after_whatever_came_good_results_make_it_healthy_again(policy, signals):
    late = 2e9
    fold = Fold(policy).feed(*signals)
    fold.feed(Gap(at(late), from_at=at(late - 60)))
    for turn in range(12):
        for location in policy.locations:
            fold.feed(result(PASS, late + 30 * turn + 1, location=location))
    assert fold.judgement is Judgement.HEALTHY


@given(st.lists(any_signal(), max_size=40), st.integers(0, 40))
def test_a_stored_state_goes_on_as_if_nothing_had_been(signals, cut):
    policy = check_policy(locations=THREE)
    through, halted = Fold(policy).feed(*signals), Fold(policy).feed(*signals[:cut])
    halted.state = restored(stored(policy.check, halted.state))
    halted.feed(*signals[cut:])
    assert halted.state == through.state
    assert halted.told == through.told


# State ----------------------------------------------------------------------------------------


def test_a_state_of_another_version_or_a_damaged_one_is_not_taken_over():
    kept = stored("checkout/api", Fold(check_policy()).state)
    for changed in ({"version": 99}, {"fold": "other"}, {"data": b"{"}, {"data": b"{}"}):
        fields = {"fold": kept.fold, "key": kept.key, "version": kept.version, "data": kept.data}
        assert restored(type(kept)(**{**fields, **changed})) is None


def test_a_check_that_moved_keeps_its_evidence_under_its_new_name():
    moved = renamed(Fold(check_policy()).see("PFF").state, "shop/api")
    assert moved.verdict.check == "shop/api"
    fold = Fold(check_policy("shop/api"))
    fold.state = moved
    assert fold.see("F", start=90, check="shop/api").told[-1].check == "shop/api"


def test_a_state_stays_small():
    fold = Fold(check_policy(locations=THREE)).feed(*rounds(0, 500, fra=FAIL))
    assert len(msgspec.json.encode(fold.state)) < 4096


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("status 503, expected 200-299", "status #, expected #-#"),
        ("Connection refused by 192.0.2.1:443", "connection refused by #"),
        ('body lacks "order 77"', "body lacks #"),
    ],
)
def test_a_signature_leaves_out_what_varies(reason, expected):
    assert signature(reason) == expected


def test_a_step_over_many_intervals_is_as_long_as_the_rule_says():
    policy = check_policy(interval=timedelta(hours=1), timeout=seconds(10))
    fold = Fold(policy).see("P").feed(Tick("checkout/api", at(3 * 3600)))
    assert fold.judgement is Judgement.UNKNOWN
