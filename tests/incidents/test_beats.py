"""One check that others report to: given beats and time, then this verdict."""

import itertools
from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.kinds.heartbeat import KIND, HeartbeatOptions
from incidents.detect import (
    AWAITING_BEAT,
    Judged,
    begin,
    fits,
    reconsider,
    restored,
    standing,
    step,
    stored,
)
from incidents.events import ComponentKnown, ComponentUnknown, Opened
from incidents.model import Judgement, Verdict
from incidents.policy import CheckPolicy, Policy
from incidents.replay import Replay
from incidents.routing import Audience, audience
from incidents.signals import Beat, DeployMarker, Gap, Signal, Tick, Wake
from tests.incidents.world import NOON, PASS, at, check_policy, component, result, seconds

CHECK = "payments/settlement"
HEALTHY, FAILING, UNKNOWN = Judgement.HEALTHY, Judgement.FAILING, Judgement.UNKNOWN


def heartbeat(revision: str = "r1", **options) -> CheckPolicy:
    """Every 60 s with 10 s of grace, unless said otherwise."""
    given = options if "cron" in options else {"every": seconds(60), **options}
    kind = HeartbeatOptions(**{"grace": seconds(10), **given})
    return check_policy(CHECK, locations=(), revision=revision, pushed=KIND.pushed, options=kind)


def beat(count: float, word: str = "", body: str = "") -> Beat:
    return Beat(CHECK, at(count), word, body)


def tick(count: float) -> Tick:
    return Tick(CHECK, at(count))


def gap(begin: float, end: float) -> Gap:
    return Gap(at=at(end), from_at=at(begin))


class Fold:
    """The fold, with a clock that ticks when it asked for it."""

    def __init__(self, policy: CheckPolicy):
        self.policy = policy
        self.state: Judged = begin(policy, NOON).state
        self.told: list[Verdict] = []
        self.wake_at = None

    def feed(self, *signals: Signal) -> "Fold":
        for signal in signals:
            while self.wake_at and self.wake_at <= signal.at and not isinstance(signal, Gap):
                self._take(Tick(CHECK, self.wake_at))
            self._take(signal)
        return self

    def _take(self, signal: Signal) -> None:
        if isinstance(signal, Tick):
            self.wake_at = None
        found = step(self.state, signal, self.policy)
        self.state = found.state
        self.told += [found.verdict] if found.verdict else []
        for wish in found.wishes:
            assert isinstance(wish, Wake)
            self.wake_at = wish.at

    def until(self, count: float) -> "Fold":
        while self.wake_at and self.wake_at <= at(count):
            self._take(Tick(CHECK, self.wake_at))
        return self

    @property
    def judgement(self) -> Judgement:
        return self.state.verdict.judgement

    @property
    def story(self) -> list[tuple[str, int]]:
        """Each verdict told, with its onset in seconds after noon."""
        return [(one.judgement, int((one.onset_at - NOON).total_seconds())) for one in self.told]


RUN = {"max_run": seconds(20)}


@pytest.mark.parametrize(
    ("options", "signals", "until", "story"),
    [
        ({}, [], 9999, []),
        ({}, [beat(0)], 69, [(HEALTHY, 0)]),
        ({}, [beat(0)], 70, [(HEALTHY, 0), (FAILING, 60)]),
        ({}, [beat(0), beat(60), beat(129)], 198, [(HEALTHY, 0)]),
        ({}, [beat(0), beat(100)], 100, [(HEALTHY, 0), (FAILING, 60), (HEALTHY, 100)]),
        ({}, [beat(0), beat(30, "fail")], 30, [(HEALTHY, 0), (FAILING, 30)]),
        ({}, [beat(0), beat(30, "2")], 30, [(HEALTHY, 0), (FAILING, 30)]),
        ({}, [beat(0), beat(30, "0")], 30, [(HEALTHY, 0)]),
        ({}, [beat(0, "fail")], 0, [(FAILING, 0)]),
        ({}, [beat(0, "1"), beat(10, "1"), beat(20)], 20, [(FAILING, 0), (HEALTHY, 20)]),
        ({}, [beat(0, "1")], 9999, [(FAILING, 0)]),
        # The same beat again, one from before, one from the future.
        ({}, [beat(0), beat(0), beat(0)], 70, [(HEALTHY, 0), (FAILING, 60)]),
        ({}, [beat(50), beat(10, "fail")], 60, [(HEALTHY, 50)]),
        ({}, [beat(500), gap(10, 10)], 81, [(HEALTHY, 500), (FAILING, 70)]),
        # Starts and ends.
        (RUN, [beat(0, "start")], 19, []),
        (RUN, [beat(0, "start")], 20, [(FAILING, 20)]),
        (RUN, [beat(0, "start"), beat(15)], 69, [(HEALTHY, 15)]),
        (RUN, [beat(0, "start"), beat(15)], 70, [(HEALTHY, 15), (FAILING, 60)]),
        (RUN, [beat(0, "start"), beat(10, "start"), beat(25)], 25, [(FAILING, 20), (HEALTHY, 25)]),
        (RUN, [beat(0), beat(75, "start")], 94, [(HEALTHY, 0), (FAILING, 60)]),
        (RUN, [beat(0), beat(75, "start"), beat(90)], 94,
         [(HEALTHY, 0), (FAILING, 60), (HEALTHY, 90)]),
        (RUN, [beat(0), beat(65, "start")], 85, [(HEALTHY, 0), (FAILING, 85)]),
        ({}, [beat(0), beat(65, "start"), beat(69)], 100, [(HEALTHY, 0)]),
        ({}, [beat(0, "start")], 70, [(FAILING, 60)]),
        # By cron, at full minutes.
        ({"cron": "* * * * *"}, [beat(2)], 69, [(HEALTHY, 2)]),
        ({"cron": "* * * * *"}, [beat(2)], 70, [(HEALTHY, 2), (FAILING, 60)]),
        ({"cron": "* * * * *"}, [beat(58)], 129, [(HEALTHY, 58)]),
        # We were away: at a time when nothing was due, or something was.
        ({}, [beat(0), gap(10, 50)], 69, [(HEALTHY, 0)]),
        ({}, [beat(0), gap(10, 50)], 70, [(HEALTHY, 0), (FAILING, 60)]),
        ({}, [beat(0), gap(10, 100)], 109, [(HEALTHY, 0)]),
        ({}, [beat(0), gap(10, 100)], 110, [(HEALTHY, 0), (UNKNOWN, 60)]),
        ({}, [beat(0), gap(10, 100)], 170, [(HEALTHY, 0), (UNKNOWN, 60), (FAILING, 160)]),
        ({}, [beat(0), gap(10, 100), beat(105)], 174, [(HEALTHY, 0)]),
        ({}, [beat(0), gap(10, 100), beat(120)], 120,
         [(HEALTHY, 0), (UNKNOWN, 60), (HEALTHY, 120)]),
        ({}, [beat(0), gap(10, 100), beat(105, "fail")], 174, [(HEALTHY, 0), (FAILING, 105)]),
        ({}, [beat(0), gap(10, 65), gap(66, 80)], 90, [(HEALTHY, 0), (UNKNOWN, 60)]),
        ({}, [beat(0), tick(70), gap(80, 500)], 900, [(HEALTHY, 0), (FAILING, 60)]),
        ({}, [gap(0, 500)], 9999, []),
        (RUN, [beat(0), beat(61, "start"), gap(65, 70)], 80, [(HEALTHY, 0)]),
        (RUN, [beat(0), beat(61, "start"), gap(65, 70)], 81, [(HEALTHY, 0), (UNKNOWN, 81)]),
    ],
)  # fmt: skip
def test_beats_and_their_absence_make_a_judgement(options, signals, until, story):
    assert Fold(heartbeat(**options)).feed(*signals).until(until).story == story


def test_evidence_says_since_when_and_by_when():
    missed = Fold(heartbeat()).feed(beat(0)).until(70).told[-1]
    assert missed.evidence == (
        "no beat since 2026-11-21 12:00:00 UTC, expected by 2026-11-21 12:01:00 UTC"
    )
    assert missed.signature == "no beat since #-#-# # utc, expected by #-#-# # utc"


def test_evidence_of_a_failure_is_the_last_of_what_the_job_wrote():
    failed = Fold(heartbeat()).feed(beat(0, "3", "copying\nno space left on device\n")).told[-1]
    assert failed.evidence == "exit status 3: copying / no space left on device"


def test_a_lost_report_is_told_as_what_it_is():
    unknown = Fold(heartbeat()).feed(beat(0), gap(10, 100)).until(110).told[-1]
    assert (
        unknown.evidence
        == "a report may have been lost: Upfront was not running until 12:01:40 UTC"
    )


def test_what_concerns_others_changes_nothing():
    fold = Fold(heartbeat()).feed(beat(0))
    before = fold.state
    fold.feed(DeployMarker("payments", at(1), began=True), result(PASS, 2, check=CHECK))
    assert fold.state is before


# Another schedule -------------------------------------------------------------------------------


def changed(fold: Fold, count: float, **options) -> Fold:
    """The fold under another schedule, as it is taken up: with a tick at once."""
    fold.policy = heartbeat("r2", **options)
    assert reconsider(fold.state, fold.policy, at(count)) == (Wake(CHECK, at(count)),)
    return fold.feed(tick(count))


def test_a_wider_schedule_clears_what_was_missed_by_the_narrow_one():
    fold = Fold(heartbeat()).feed(beat(0)).until(70)
    assert changed(fold, 100, every=seconds(600)).judgement is HEALTHY
    assert fold.until(610).judgement is FAILING


def test_under_a_narrower_schedule_nothing_is_late_at_once():
    fold = changed(Fold(heartbeat(every=seconds(600))).feed(beat(0)), 300)
    assert fold.until(369).judgement is HEALTHY
    assert fold.until(370).judgement is FAILING


def test_another_schedule_does_not_make_a_failed_job_well():
    fold = Fold(heartbeat()).feed(beat(0, "fail"))
    assert changed(fold, 10, every=seconds(600)).judgement is FAILING


def test_the_same_schedule_asks_for_nothing():
    policy = heartbeat()
    assert reconsider(begin(policy, NOON).state, policy, at(1)) == ()


# What is kept -----------------------------------------------------------------------------------

SIGNALS = st.lists(
    st.tuples(
        st.sampled_from(["beat", "start", "fail", "tick", "gap"]),
        st.floats(0, 400).map(lambda count: round(count, 1)),
    ),
    max_size=20,
)


def signal_of(name: str, count: float) -> Signal:
    if name == "tick":
        return tick(count)
    return gap(0, count) if name == "gap" else beat(count, "" if name == "beat" else name)


@given(signals=SIGNALS, ordered=st.booleans(), longest=st.sampled_from([None, seconds(20)]))
def test_whatever_comes_in_the_fold_goes_on_and_a_restart_makes_no_difference(
    signals, ordered, longest
):
    policy = heartbeat(max_run=longest)
    spread = sorted(signals, key=lambda one: one[1]) if ordered else signals
    fold, halted = Fold(policy), Fold(policy)
    for name, count in spread:
        fold.feed(signal_of(name, count))
        halted.feed(signal_of(name, count))
        halted.state = restored(stored(CHECK, halted.state))
        assert halted.state == fold.state
    last = max((count for _, count in spread), default=0)
    if any(name in ("beat", "start") for name, _ in spread):
        assert fold.until(last + 10_000).judgement is FAILING


def test_each_verdict_told_differs_from_the_one_before():
    fold = Fold(heartbeat()).feed(*(beat(count) for count in (0, 30, 200, 230, 500))).until(900)
    judgements = [one.judgement for one in fold.told]
    assert all(one is not other for one, other in itertools.pairwise(judgements))
    assert len(judgements) == 6


def test_states_of_another_version_or_damaged_ones_are_left():
    kept = stored(CHECK, Fold(heartbeat()).feed(beat(0)).state)
    assert kept.fold == "beats"
    assert restored(kept) is not None
    for change in ({"version": 99}, {"data": b"{"}, {"fold": "other"}):
        fields = {"fold": kept.fold, "key": CHECK, "version": 1, "data": kept.data}
        assert restored(type(kept)(**{**fields, **change})) is None


def test_a_check_that_is_judged_otherwise_now_leaves_nothing_of_its_other_fold():
    policy = heartbeat()
    state = begin(policy, NOON).state
    assert fits(state, policy)
    assert not fits(state, check_policy(CHECK))
    left = {kept.fold: bool(kept.data) for kept in standing(CHECK, state)}
    assert [fold for fold, held in left.items() if held] == ["beats"]
    assert left.keys() >= {"check", "learned", "metric"}
    assert not any(kept.data for kept in standing(CHECK, None))


def test_the_state_is_small():
    fold = Fold(heartbeat()).feed(beat(0, "fail", "x" * 10_000))
    assert len(msgspec.json.encode(fold.state)) < 2_000


# Its component ----------------------------------------------------------------------------------


def world() -> Replay:
    found = component("payments", "settlement")
    replay = Replay(Policy(components={found.id: found}, checks={CHECK: heartbeat()}))
    replay.start(NOON)
    return replay


def test_a_component_waits_for_its_first_beat_and_nobody_is_told():
    replay = world()
    replay.feed(tick(9999))
    [waiting] = [one.event for one in replay.log if isinstance(one.event, ComponentUnknown)]
    assert audience(waiting) is Audience.NOBODY
    replay.feed(beat(10_000))
    [known] = [one.event for one in replay.log if isinstance(one.event, ComponentKnown)]
    assert known.first
    assert AWAITING_BEAT == "waiting for its first beat"


def test_a_missed_beat_is_an_incident_from_when_it_was_due_and_the_next_beat_ends_it():
    replay = world()
    for signal in (beat(0), tick(70)):
        replay.feed(signal)
    [incident] = replay.board.open_incidents()
    assert incident.onset_at == at(60)
    assert incident.components == {"payments": "major_outage"}
    replay.feed(beat(100))
    replay.advance(at(100) + timedelta(hours=1))
    assert replay.board.open_incidents() == []
    assert len([one for one in replay.log if isinstance(one.event, Opened)]) == 1


def test_a_check_that_becomes_a_heartbeat_waits_anew():
    replay = world()
    found = component("payments", "settlement")
    probed = Policy(components={found.id: found}, checks={CHECK: check_policy(CHECK)})
    replay.adopt(probed, at(1))
    replay.feed(result(PASS, 2, check=CHECK))
    replay.adopt(
        replay.policy.__class__(components=probed.components, checks={CHECK: heartbeat()}), at(3)
    )
    assert fits(replay.folds.states[CHECK], heartbeat())
    replay.feed(beat(4))
    assert replay.folds.states[CHECK].verdict.judgement is HEALTHY
