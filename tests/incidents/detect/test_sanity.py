"""Is it us? What a failure waits for, and what becomes of it."""

import re
from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.model import Outcome, Result
from incidents.detect import sanity
from incidents.detect.sanity import Admitted, Sight
from incidents.model import Judgement
from incidents.signals import LocationState
from tests.incidents.detect.scripted import CANARIES, HOUR, Look, Scripted, down, learning, well
from tests.incidents.detect.scripted import Sight as Seen
from tests.incidents.world import ERROR, FAIL, PASS, SLOW, at, component, result, seconds

TIMEOUT = timedelta(seconds=10)
ONE = CANARIES[0]


def failure(count: float, check: str = "checkout/api") -> Result:
    return result(FAIL, count, check=check, known_at=at(count + 0.5), location="fra")


def canary(outcome: Outcome, count: float, name: str = ONE) -> Result:
    return result(outcome, count, check=name, known_at=at(count + 0.2), location="fra")


def heard(sight: Sight, *results: Result) -> Admitted:
    """What the sight makes of these, the last one's results and wishes."""
    found = Admitted(sight)
    for one in results:
        if one.check in CANARIES:
            found = sanity.listen(found.sight, one, CANARIES, TIMEOUT)
        else:
            found = sanity.admit(found.sight, one, CANARIES)
    return found


# One location ---------------------------------------------------------------------------------


def test_a_failure_is_held_and_two_canaries_are_asked_at_once_from_there():
    found = heard(Sight(), failure(10))
    assert found.results == ()
    assert found.sight.held == (failure(10),)
    assert {wish.check for wish in found.wishes} <= set(CANARIES)
    assert len({wish.check for wish in found.wishes}) == 2
    assert {(wish.at, wish.locations) for wish in found.wishes} == {(at(10.5), ("fra",))}


def test_canaries_are_asked_once_for_the_failures_of_one_moment():
    found = heard(Sight(), failure(10))
    for number in range(20):
        again = heard(found.sight, failure(10 + number / 20, f"shop/{number}"))
        assert again.wishes == ()
        found = again
    assert len(found.sight.held) == 21


def test_canaries_are_asked_in_turn():
    sight, asked = Sight(), set()
    for turn in range(3):
        found = heard(sight, failure(100 * turn))
        asked |= {wish.check for wish in found.wishes}
        sight = found.sight
    assert asked == set(CANARIES)


@pytest.mark.parametrize("outcome", [PASS, SLOW])
def test_what_was_held_stands_once_a_canary_answers(outcome):
    found = heard(Sight(), failure(10), failure(10.1, "mail/api"), canary(outcome, 11))
    assert found.results == (failure(10), failure(10.1, "mail/api"))
    assert found.sight.held == ()


def test_a_failure_stands_at_once_where_a_canary_has_just_answered():
    found = heard(Sight(), canary(PASS, 10), failure(9.9))
    assert found.results == (failure(9.9),)
    assert found.wishes == ()


def test_an_answer_from_before_the_failure_began_says_nothing():
    assert heard(Sight(), canary(PASS, 8), failure(10)).results == ()


def test_when_all_that_were_asked_fail_what_was_held_is_dropped_and_nobody_is_blamed():
    found = heard(Sight(), failure(10), canary(FAIL, 11), canary(FAIL, 11, CANARIES[1]))
    assert (found.results, found.sight.held) == ((), ())
    assert found.sight.blind(at(12))
    assert heard(found.sight, failure(12)).results == ()
    assert heard(found.sight, failure(12)).sight.held == ()


def test_one_failing_canary_among_others_blinds_nothing():
    found = heard(Sight(), failure(10), canary(FAIL, 11), canary(PASS, 11, CANARIES[1]))
    assert found.results == (failure(10),)
    found = heard(found.sight, canary(FAIL, 12))
    assert not found.sight.blind(at(12.5))


def test_the_location_sees_again_when_a_canary_answers():
    blind = heard(Sight(), canary(FAIL, 10), canary(FAIL, 10, CANARIES[1])).sight
    assert blind.blind(at(11))
    again = heard(blind, canary(PASS, 20)).sight
    assert not again.blind(at(20.3))
    assert heard(again, failure(20.1)).results == (failure(20.1),)


def test_blindness_ends_by_itself_when_canaries_fall_silent():
    blind = heard(Sight(), canary(FAIL, 10), canary(FAIL, 10, CANARIES[1])).sight
    assert not blind.blind(at(60))


@pytest.mark.parametrize("later", [PASS, FAIL])
def test_a_failure_stands_when_the_canaries_answers_are_lost(later):
    waiting = heard(Sight(), failure(10)).sight
    stands = heard(waiting, result(later, 40, location="fra"))
    assert failure(10) in stands.results


def test_our_own_failing_says_nothing_of_the_network():
    sight = heard(Sight(), canary(PASS, 5)).sight
    assert heard(sight, canary(ERROR, 10)).sight == sight


@pytest.mark.parametrize("outcome", [PASS, SLOW, ERROR])
def test_what_is_no_failure_is_never_held(outcome):
    sight = heard(Sight(), canary(FAIL, 10), canary(FAIL, 10, CANARIES[1])).sight
    one = result(outcome, 11, location="fra")
    assert heard(sight, one).results == (one,)


def test_with_no_canaries_everything_stands():
    assert sanity.admit(Sight(), failure(10), ()) == Admitted(Sight(), (failure(10),))


@given(st.lists(st.tuples(st.sampled_from([PASS, FAIL, ERROR]), st.integers(-1, 2)), max_size=60))
def test_each_failure_is_passed_on_once_or_dropped_and_never_twice(steps):
    sight, given_, told = Sight(), [], []
    for number, (outcome, name) in enumerate(steps):
        if name < 0:
            one = result(outcome, number, location="fra", known_at=at(number + 0.5))
            given_ += [one]
        else:
            one = canary(outcome, number, CANARIES[name])
        found = heard(sight, one)
        sight, told = found.sight, [*told, *found.results]
    assert len({one.at for one in told}) == len(told)
    assert {one.at for one in told} <= {one.at for one in given_}
    assert not {one.at for one in told} & {one.at for one in sight.held}
    passed = [one for one in given_ if one.outcome is not FAIL]
    assert [one for one in told if one.outcome is not FAIL] == passed


def test_a_sight_is_the_same_after_it_was_kept():
    sight = heard(Sight(), canary(FAIL, 5), failure(10), failure(11)).sight
    assert sight.held
    assert msgspec.json.decode(msgspec.json.encode(sight), type=Sight) == sight


def test_a_location_whose_canaries_fail_often_is_shaky_and_steady_again_later():
    sight = Sight()
    for number in range(8):
        sight = heard(sight, canary(FAIL if number % 3 else PASS, 10 * number)).sight
    assert sight.shaky
    for number in range(100):
        sight = heard(sight, canary(PASS, 100 + 10 * number)).sight
    assert not sight.shaky


@pytest.mark.parametrize(("late", "shaky"), [(1.0, True), (0.3, False)])
def test_a_location_that_loses_packets_to_its_canaries_is_shaky(late, shaky):
    sight = Sight()
    for number in range(40):
        for name in CANARIES[:2]:
            took = 0.02 + (late if number % 3 == 2 else 0.0)
            said = msgspec.structs.replace(canary(PASS, 10 * number, name), latency_seconds=took)
            sight = heard(sight, said).sight
    assert sight.shaky is shaky


# In the world ---------------------------------------------------------------------------------


def cut_off(*spans: tuple[float, float], locations: tuple[str, ...] = ("fra", "iad", "sin")):
    """Nothing can be reached from these locations: it is us."""

    def script(look: Look) -> Seen:
        ours = look.within(*spans) and look.location in locations
        return (FAIL, 3.0) if ours else well(look)

    return script


SHOPS = tuple(component(name) for name in ("till", "mail", "stock"))


@pytest.mark.parametrize("locations", [("fra", "iad", "sin"), ("fra", "iad"), ("sin",)])
@pytest.mark.parametrize("lasts", [20, 300, 3600])
def test_an_outage_of_our_own_is_nobodys_incident(locations, lasts):
    script = cut_off((2 * HOUR, 2 * HOUR + lasts), locations=locations)
    world = Scripted(learning(*SHOPS, canaries=CANARIES), script).run(5 * HOUR)
    assert world.incidents == []


def test_an_outage_of_our_own_is_nobodys_with_one_location_only():
    policy = learning(*SHOPS, canaries=CANARIES, locations=("local",))
    script = cut_off((2 * HOUR, 3 * HOUR), locations=("local",))
    assert Scripted(policy, script).run(5 * HOUR).incidents == []


def test_while_all_locations_are_blind_that_is_known():
    world = Scripted(learning(canaries=CANARIES), cut_off((HOUR, 2 * HOUR)))
    blind: set[str] = set()
    for second in range(60):
        blind |= world.run(1.5 * HOUR + second).replay.folds.blind_locations
    assert blind == {"fra", "iad", "sin"}
    assert world.run(2.5 * HOUR).replay.folds.blind_locations == frozenset()


def test_what_is_not_known_since_no_canary_answers_is_said_to_be_our_own_affair():
    policy = learning(canaries=CANARIES, locations=("fra", "iad"))
    world = Scripted(policy, cut_off((HOUR, 2 * HOUR))).run(1.5 * HOUR)
    words = re.compile(r"nothing is known since [\d:]+ UTC: no canary answers from fra and iad, .*")
    assert world.told[-1].judgement is Judgement.UNKNOWN
    assert words.fullmatch(world.told[-1].evidence)
    assert world.state.verdict == world.told[-1]


def test_a_silence_with_canaries_that_answer_is_no_affair_of_the_network():
    def mute(look: Look) -> Seen:
        gone = look.at > HOUR and not look.of_canary
        return (ERROR, 0.0) if gone else well(look)

    world = Scripted(learning(canaries=CANARIES), mute).run(1.5 * HOUR)
    assert world.told[-1].evidence.startswith("no probe could be made since")


def test_with_canaries_an_outage_is_told_nearly_as_soon_as_without():
    spans = (6 * HOUR, 7 * HOUR)
    without = Scripted(learning(), down(spans)).run(6.5 * HOUR).first_wrong()
    with_them = Scripted(learning(canaries=CANARIES), down(spans)).run(6.5 * HOUR).first_wrong()
    assert with_them.judgement is Judgement.FAILING
    assert with_them.onset_at == without.onset_at
    assert with_them.at - without.at <= seconds(10)


def test_a_service_that_fails_while_we_are_cut_off_is_told_once_we_see_again():
    def both(look: Look) -> Seen:
        if look.within((2 * HOUR, 2 * HOUR + 600)):
            return FAIL, 3.0
        return down((2 * HOUR, 3 * HOUR))(look)

    world = Scripted(learning(canaries=CANARIES), both).run(2 * HOUR + 900)
    assert world.first_wrong().at >= at(2 * HOUR + 600)
    assert world.first_wrong().judgement is Judgement.FAILING


def test_without_canaries_it_cannot_be_told_apart_and_is_told():
    assert Scripted(learning(), cut_off((HOUR, 2 * HOUR))).run(3 * HOUR).incidents


def test_a_location_that_somebody_marks_as_blind_counts_nothing_until_it_is_marked_again():
    world = Scripted(learning(canaries=CANARIES, locations=("fra",)), down((HOUR, 3 * HOUR)))
    world.run(HOUR - 1).tell(LocationState("fra", at(HOUR - 1), blind=True))
    blind = world.replay.folds.surroundings.sights["fra"]
    assert blind.blind(at(HOUR))
    world.tell(LocationState("fra", at(HOUR), blind=False))
    assert not world.replay.folds.surroundings.sights["fra"].blind(at(HOUR))
