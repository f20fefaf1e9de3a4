"""What bears on every check: where we see from, what heals by itself, and how that is kept."""

from incidents.detect.learned.habits import Healed, Sort
from incidents.detect.sanity import Sight
from incidents.folds import Folds
from incidents.policy import CheckPolicy, Policy
from incidents.ports import FoldState
from incidents.surroundings import Surroundings
from tests.incidents.detect.scripted import CANARIES, CHECK, HOUR, Scripted, down, learning
from tests.incidents.world import FAIL, NOON, PASS, at, result, seconds


def surrounded(**changes) -> Surroundings:
    found = Surroundings()
    found.adopt(learning(canaries=CANARIES, **changes), NOON)
    return found


def test_each_location_asks_the_canaries_that_are_probed_from_there():
    policy = learning(canaries=CANARIES[:1])
    canaries = {
        **policy.canaries,
        CANARIES[1]: CheckPolicy(CANARIES[1], seconds(30), seconds(3), ("fra",)),
    }
    found = Surroundings()
    found.adopt(Policy(policy.components, policy.checks, canaries=canaries), NOON)
    assert found.canaries == {"fra": CANARIES[:2], "iad": CANARIES[:1], "sin": CANARIES[:1]}


def test_what_one_location_holds_is_nothing_to_the_others():
    found = surrounded()
    found.admit(result(FAIL, 10, location="fra"))
    passed, _ = found.admit(result(PASS, 11, location="iad", check=CANARIES[0]))
    assert CHECK not in {one.check for one in passed}
    stands, _ = found.admit(result(PASS, 12, location="fra", check=CANARIES[0]))
    assert CHECK in {one.check for one in stands}


def test_a_canary_is_judged_by_nobody():
    world = Scripted(learning(canaries=CANARIES), down((HOUR, 2 * HOUR))).run(HOUR)
    assert world.replay.folds.states.keys() == {CHECK}


def test_what_is_kept_comes_back_as_it_was():
    found = surrounded()
    found.admit(result(FAIL, 10, location="fra"))
    found.admit(result(FAIL, 11, location="iad", check=CANARIES[0]))
    found.remember(Healed(at(50).timestamp(), Sort.OUTAGE, 40.0))
    again = Surroundings()
    assert all(again.restore(kept) for kept in found.kept())
    assert again.sights == found.sights
    assert again.habits == found.habits


def test_what_cannot_be_read_is_left_and_nothing_is_lost_by_it():
    found = surrounded()
    found.admit(result(FAIL, 10, location="fra"))
    before = dict(found.sights)
    for kept in found.kept():
        for change in ({"version": 99}, {"fold": "other"}, {"data": b"{"}, {"data": b"[1]"}):
            fields = {
                "fold": kept.fold, "key": kept.key, "version": kept.version, "data": kept.data,
            }  # fmt: skip
            assert not found.restore(FoldState(**{**fields, **change}))
    assert found.sights == before


def test_a_copy_goes_its_own_way():
    folds = Folds(learning(canaries=CANARIES))
    folds.adopt(folds.policy, NOON)
    folds.feed(result(FAIL, 10, location="fra"), 1)
    other = folds.copy()
    other.feed(result(PASS, 12, location="fra", check=CANARIES[0]), 2)
    assert folds.surroundings.sights["fra"].held
    assert not other.surroundings.sights["fra"].held
    other.surroundings.remember(Healed(at(50).timestamp(), Sort.OUTAGE, 40.0))
    assert folds.surroundings.habits != other.surroundings.habits


def test_a_held_failure_survives_a_restart_and_stands_once_a_canary_answers():
    found = surrounded()
    failure = result(FAIL, 10, location="fra")
    found.admit(failure)
    again = surrounded()
    for kept in found.kept():
        again.restore(kept)
    stands, _ = again.admit(result(PASS, 12, location="fra", check=CANARIES[0]))
    assert failure in stands


def test_the_fleet_learns_from_what_healed_soon_after_it_did():
    found = surrounded()
    now = at(0).timestamp()
    assert found.around(now).customs.outage == 0.0
    for number in range(30):
        found.remember(Healed(now + number, Sort.OUTAGE, 40.0))
    assert found.around(now + 31).customs.outage > 40.0


def test_a_location_that_falters_is_shaky_to_every_check():
    found = surrounded()
    for number in range(40):
        answer = FAIL if number % 2 else PASS
        found.admit(result(answer, 10 * number, location="fra", check=CANARIES[0]))
    assert found.around(at(401).timestamp()).shaky == {"fra"}


def test_where_no_canary_is_asked_everything_stands():
    found = Surroundings()
    found.adopt(learning(), NOON)
    failure = result(FAIL, 10, location="fra")
    assert found.admit(failure) == ((failure,), ())
    assert found.sights == {}


def test_a_sight_of_nothing_is_not_blind():
    assert not Sight().blind(NOON)
    assert surrounded().blind == frozenset()
