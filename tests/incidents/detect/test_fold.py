"""The learned fold in a scripted world: what is told, when, in which words, and what is not."""

import re

import pytest

from incidents.model import Judgement
from incidents.policy import Sensitivity
from tests.incidents.detect.scripted import (
    DAY,
    HOUR,
    MINUTE,
    Look,
    Scripted,
    Sight,
    down,
    learning,
    well,
)
from tests.incidents.world import ERROR, FAIL, SLOW, THREE, at, component, seconds


def slower(factor: float, *spans: tuple[float, float]):
    """Answers take so many times as long within these spans."""

    def script(look: Look) -> Sight:
        outcome, took = well(look)
        return outcome, took * factor if look.within(*spans) else took

    return script


def failing(share: float, *spans: tuple[float, float]):
    """So large a share of the probes fails within these spans."""

    def script(look: Look) -> Sight:
        ill = look.within(*spans) and look.chance.random() < share
        return (FAIL, 0.01) if ill else well(look)

    return script


def delay(world: Scripted, broke: float) -> float:
    """Seconds from what broke to its being told."""
    return (world.first_wrong().at - at(broke)).total_seconds()


# Outages --------------------------------------------------------------------------------------


@pytest.mark.parametrize("interval", [10, 30, 60])
@pytest.mark.parametrize("broke", [6 * HOUR, 6 * HOUR + 7, 6 * HOUR + 41.5])
def test_an_outage_is_told_within_seconds_and_dated_back_to_its_first_failure(interval, broke):
    policy = learning(interval=seconds(interval), timeout=seconds(5))
    world = Scripted(policy, down((broke, broke + HOUR))).run(broke + 5 * MINUTE)
    found = world.first_wrong()
    assert found.judgement is Judgement.FAILING
    assert found.locations == tuple(sorted(THREE))
    assert at(broke) <= found.onset_at <= at(broke + interval / 3 + 1)
    assert delay(world, broke) <= interval / 3 + 16


def test_an_outage_is_found_without_rechecks_too():
    world = Scripted(learning(), down((HOUR, 2 * HOUR)), granting=False).run(2 * HOUR)
    assert world.first_wrong().judgement is Judgement.FAILING
    assert delay(world, HOUR) <= 5 * MINUTE


@pytest.mark.parametrize("interval", [10, 60])
def test_with_one_location_an_outage_is_told_within_two_minutes(interval):
    policy = learning(interval=seconds(interval), timeout=seconds(5), locations=("local",))
    world = Scripted(policy, down((6 * HOUR, 7 * HOUR))).run(6.5 * HOUR)
    assert world.first_wrong().judgement is Judgement.FAILING
    assert delay(world, 6 * HOUR) <= interval + 60


def test_the_words_of_an_outage_can_be_checked_by_a_person():
    world = Scripted(learning(), down((HOUR, 2 * HOUR))).run(HOUR + 5 * MINUTE)
    words = world.first_wrong().evidence
    onset = f"{world.first_wrong().onset_at:%H:%M:%S} UTC"
    assert f"probes from fra, iad and sin failed since {onset}: connection refused" in words
    failed, of = words.split()[0], words.split()[2]
    assert int(failed) == int(of) >= 6


def test_an_outage_ends_in_words_and_its_incident_is_resolved():
    world = Scripted(learning(), down((HOUR, HOUR + 600))).run(2 * HOUR)
    assert [one.judgement for one in world.told] == ["healthy", "failing", "healthy"]
    assert world.told[-1].evidence.startswith("all probes from fra, iad and sin passed since")
    assert at(HOUR + 600) <= world.told[-1].onset_at <= at(HOUR + 660)
    (incident,) = world.incidents
    assert incident.status.over


@pytest.mark.parametrize("lasts", [1, 4, 8])
@pytest.mark.parametrize("phase", [0.0, 5.0, 13.0, 19.9])
def test_a_restart_shorter_than_is_ignored_is_nobodys_incident(lasts, phase):
    begin = 6 * HOUR + phase
    assert Scripted(learning(), down((begin, begin + lasts))).run(7 * HOUR).incidents == []


def test_what_is_to_be_ignored_is_a_setting():
    policy = learning(ignore_gaps=seconds(60))
    assert Scripted(policy, down((HOUR, HOUR + 50))).run(2 * HOUR).incidents == []
    assert len(Scripted(policy, down((HOUR, HOUR + 180))).run(2 * HOUR).incidents) == 1


def test_the_calmer_the_later_and_the_more_eager_the_sooner():
    took = []
    for sensitivity in (Sensitivity.EAGER, Sensitivity.BALANCED, Sensitivity.CALM):
        policy = learning(sensitivity=sensitivity, locations=("local",), interval=seconds(10))
        world = Scripted(policy, failing(0.5, (6 * HOUR, 12 * HOUR))).run(12 * HOUR)
        took.append(delay(world, 6 * HOUR))
    assert took == sorted(set(took))


def test_an_outage_that_grew_out_of_slowness_is_not_said_to_be_as_old():
    slow = slower(3.0, (12 * HOUR, 13 * HOUR))

    def worse(look: Look) -> Sight:
        return (FAIL, 0.01) if look.at >= 12.5 * HOUR else slow(look)

    world = Scripted(learning(), worse).run(12.6 * HOUR)
    assert [one.judgement for one in world.told] == ["healthy", "degraded", "failing"]
    failing = world.told[-1]
    assert failing.onset_at == world.told[1].onset_at
    began = re.fullmatch(r"(\d+) of \1 probes from .* failed since (\S+) UTC: .*", failing.evidence)
    assert began is not None
    assert f"{at(12.5 * HOUR):%H:%M:%S}" <= began[2] <= f"{at(12.5 * HOUR + 60):%H:%M:%S}"


# Errors ---------------------------------------------------------------------------------------


def test_of_failures_over_a_long_time_only_the_last_probes_are_counted_and_said_to_be():
    world = Scripted(learning(), failing(0.1, (6 * HOUR, 9 * HOUR)), seed=2).run(9 * HOUR)
    found = world.first_wrong()
    counted = re.match(
        r"(\d+) of the last (\d+) probes from .* failed, beginning at", found.evidence
    )
    assert counted is not None
    assert int(counted[1]) < int(counted[2]) <= 40


@pytest.mark.parametrize(
    ("share", "within", "judgements"),
    [
        (0.5, 10 * MINUTE, {Judgement.PARTIAL, Judgement.FAILING}),
        (0.2, 40 * MINUTE, {Judgement.PARTIAL, Judgement.DEGRADED}),
    ],
)
@pytest.mark.parametrize("seed", [1, 2])
def test_when_a_part_of_the_probes_fails_that_is_told_and_not_as_an_outage(
    share, within, judgements, seed
):
    broke = 6 * HOUR
    world = Scripted(learning(), failing(share, (broke, broke + 3 * HOUR)), seed=seed)
    world.run(broke + within)
    assert world.first_wrong().judgement in judgements
    assert " of " in world.first_wrong().evidence


def test_a_healthy_service_with_its_noise_is_left_alone_for_days():
    def noisy(look: Look) -> Sight:
        if look.chance.random() < 0.003:
            return FAIL, 0.01
        outcome, took = well(look, spread=0.25)
        return outcome, took + (1.0 if look.chance.random() < 0.005 else 0.0)

    world = Scripted(learning(), noisy).run(2 * DAY)
    assert world.incidents == []
    assert [one.judgement for one in world.told] == [Judgement.HEALTHY]


def test_failures_that_went_by_are_remembered_though_nobody_is_told():
    world = Scripted(learning(), down((HOUR, HOUR + 3), (3 * HOUR, 3 * HOUR + 22))).run(8 * HOUR)
    assert world.state.instability.blips >= 1


# Slowness -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("factor", "within"), [(2.0, 240), (4.0, 240), (10.0, 240)])
def test_answers_that_take_far_longer_are_told_with_what_is_usual(factor, within):
    broke = 12 * HOUR
    world = Scripted(learning(), slower(factor, (broke, broke + HOUR))).run(broke + 30 * MINUTE)
    found = world.first_wrong()
    assert (found.judgement, found.signature) == (Judgement.DEGRADED, "slow")
    assert delay(world, broke) <= within
    assert found.evidence.startswith("answers take ")
    assert "usual at this hour" in found.evidence


def test_a_slowness_within_the_usual_span_is_told_as_the_average_that_it_is():
    broke = 6 * HOUR

    def script(look: Look) -> Sight:
        outcome, took = well(look, spread=0.3)
        return outcome, took * 1.4 if look.at >= broke else took

    found = Scripted(learning(), script).run(broke + 2 * HOUR).first_wrong()
    told, _, usual = found.evidence.partition("; usual at this hour ")
    assert re.fullmatch(r"answers take 1\.[2-7] times as long on average since .* UTC", told)
    assert re.fullmatch(r"\d+ to \d+ ms", usual)


def test_slowness_ends_when_answers_are_as_quick_as_before():
    broke = 12 * HOUR
    world = Scripted(learning(), slower(3.0, (broke, broke + HOUR))).run(broke + 2 * HOUR)
    assert [one.judgement for one in world.told] == ["healthy", "degraded", "healthy"]
    assert world.told[-1].at <= at(broke + HOUR + 15 * MINUTE)
    (incident,) = world.incidents
    assert incident.status.over


@pytest.mark.parametrize("factor", [0.3, 1.05, 1.1])
def test_what_is_quicker_or_hardly_slower_is_no_news(factor):
    world = Scripted(learning(), slower(factor, (12 * HOUR, DAY))).run(DAY)
    assert world.incidents == []


def test_one_slow_answer_is_no_news_however_slow():
    world = Scripted(learning(), slower(50.0, (12 * HOUR, 12 * HOUR + 15))).run(13 * HOUR)
    assert world.incidents == []


def test_a_new_check_knows_nothing_of_what_is_usual_and_says_nothing_of_it():
    world = Scripted(learning(), slower(5.0, (20 * MINUTE, HOUR))).run(HOUR)
    assert world.incidents == []


def test_a_slowness_that_lasts_six_hours_becomes_usual_and_says_so():
    broke = 12 * HOUR
    world = Scripted(learning(), slower(2.0, (broke, 10 * DAY))).run(broke + 8 * HOUR)
    assert [one.judgement for one in world.told] == ["healthy", "degraded", "healthy"]
    end = world.told[-1]
    assert end.evidence.endswith("is taken for usual from now on")
    assert at(broke + 6 * HOUR) <= end.at <= at(broke + 7 * HOUR)
    world.run(broke + 14 * HOUR)
    assert len(world.incidents) == 1


def test_a_nightly_batch_is_told_at_most_twice_and_then_usual():
    nights = [(day * DAY + 14 * HOUR, day * DAY + 14 * HOUR + 40 * MINUTE) for day in range(6)]
    world = Scripted(learning(), slower(2.0, *nights)).run(2 * DAY + 20 * HOUR)
    so_far = len(world.incidents)
    assert len(world.run(6 * DAY).incidents) == so_far <= 2


# A limit that somebody set --------------------------------------------------------------------


def test_answers_beyond_a_limit_are_degraded_and_told_with_its_words():
    def beyond(look: Look) -> Sight:
        return (SLOW, 1.2) if look.within((HOUR, 3 * HOUR)) else well(look)

    world = Scripted(learning(), beyond).run(4 * HOUR)
    found = world.first_wrong()
    assert found.judgement is Judgement.DEGRADED
    assert "were slow" in found.evidence
    assert world.told[-1].judgement is Judgement.HEALTHY


# Flaps and relapses ---------------------------------------------------------------------------


def test_a_flap_is_one_incident_with_few_relapses():
    spans = [(HOUR + turn * 300, HOUR + turn * 300 + 120) for turn in range(6)]
    world = Scripted(learning(), down(*spans)).run(4 * HOUR)
    (incident,) = world.incidents
    assert incident.relapses <= 2
    assert incident.status.over


def test_what_comes_back_while_it_is_watched_is_the_same_incident():
    world = Scripted(learning(), down((HOUR, HOUR + 300), (HOUR + 480, HOUR + 900))).run(3 * HOUR)
    (incident,) = world.incidents
    assert incident.relapses == 1
    assert world.told[-1].judgement is Judgement.HEALTHY


def test_an_outage_hours_later_is_another_incident():
    spans = ((HOUR, HOUR + 300), (5 * HOUR, 5 * HOUR + 300))
    assert len(Scripted(learning(), down(*spans)).run(7 * HOUR).incidents) == 2


def test_what_gets_worse_says_so_in_the_same_incident():
    broke = 6 * HOUR

    def worse(look: Look) -> Sight:
        if look.within((broke + HOUR, broke + 2 * HOUR)):
            return FAIL, 0.01
        return slower(3.0, (broke, broke + HOUR))(look)

    world = Scripted(learning(), worse).run(broke + 4 * HOUR)
    (incident,) = world.incidents
    assert [one.judgement for one in world.told[:3]] == ["healthy", "degraded", "failing"]
    assert world.told[-1].judgement is Judgement.HEALTHY
    assert incident.status.over


# Silence --------------------------------------------------------------------------------------


def test_probes_that_could_not_be_made_are_silence_which_is_unknown_and_opens_nothing():
    def without_handles(look: Look) -> Sight:
        return (ERROR, 0.0) if look.within((HOUR, 2 * HOUR)) else well(look)

    world = Scripted(learning(), without_handles).run(3 * HOUR)
    assert [one.judgement for one in world.told] == ["healthy", "unknown", "healthy"]
    assert "no probe could be made since" in world.told[1].evidence
    assert world.incidents == []


def test_who_was_down_before_a_silence_is_down_after_it_in_the_same_incident():
    def silenced(look: Look) -> Sight:
        if look.within((HOUR + 600, 2 * HOUR)):
            return ERROR, 0.0
        return down((HOUR, 3 * HOUR))(look)

    world = Scripted(learning(), silenced).run(5 * HOUR)
    told = [one.judgement for one in world.told]
    assert told == ["healthy", "failing", "unknown", "failing", "healthy"]
    assert len(world.incidents) == 1


# Shared faults --------------------------------------------------------------------------------


def test_one_fault_under_ten_components_is_one_incident():
    parts = [component(f"part{number}") for number in range(10)]
    world = Scripted(learning(*parts), down((HOUR, HOUR + 900))).run(3 * HOUR)
    (incident,) = world.incidents
    assert len(incident.timeline) == 10
    assert incident.status.over


def test_two_faults_an_hour_apart_are_two_incidents():
    def script(look: Look) -> Sight:
        ill = (HOUR, HOUR + 900) if look.check == "mail/api" else (2 * HOUR, 2 * HOUR + 900)
        return (FAIL, 0.01) if look.within(ill) else well(look)

    world = Scripted(learning(component("mail"), component("till")), script).run(4 * HOUR)
    assert [set(found.timeline) for found in world.incidents] == [{"mail"}, {"till"}]
