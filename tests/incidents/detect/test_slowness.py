"""Whether it is slow now: as those locations see it that are heard, and not only since a while."""

import msgspec
import pytest

from incidents.detect.learned import shift, weigh
from incidents.detect.learned.around import NOTHING_AROUND
from incidents.detect.learned.pace import Level
from incidents.detect.learned.parameters import BALANCED
from incidents.detect.learned.state import Learned, Place, fresh
from incidents.detect.learned.weigh import Case
from tests.incidents.detect.scripted import CHECK, MINUTE, learning
from tests.incidents.world import NOON, THREE

POLICY = learning().checks[CHECK]
LATELY = NOON.timestamp()
TWICE = 0.69


def seen(fast: float, last_heard: float = 0.0) -> Place:
    """A location whose answers lie so far above the usual, last heard so many seconds ago."""
    starts = tuple(LATELY - last_heard - MINUTE * number for number in reversed(range(8)))
    return Place(starts, Level(base=-2.3, spread=0.1, count=500, fast=fast))


def state(*places: Place, mean: float = TWICE) -> Learned:
    """What is known of a check that has been slower for ten minutes, by so much on average."""
    enough = [2 * BALANCED.shift] * len(THREE)
    drift = shift.Drift(enough, enough, LATELY - 10 * MINUTE, 30, 30 * mean)
    return msgspec.structs.replace(fresh(POLICY, NOON), places=places, drift=drift)


def is_slow(*places: Place, mean: float = TWICE) -> bool:
    return weigh.is_slow(Case(state(*places, mean=mean), POLICY, BALANCED, NOTHING_AROUND, LATELY))


def test_it_is_as_slow_as_most_locations_see_it():
    assert weigh.fast(state(seen(0.1), seen(0.3), seen(2.0))) == 0.3


def test_a_location_that_is_not_heard_any_more_does_not_count():
    blind = seen(2.0, last_heard=3 * MINUTE)
    assert weigh.fast(state(seen(0.1, 40), seen(0.3, 20), blind)) == 0.1
    assert weigh.fast(state(seen(0.1, 40), seen(0.3, 20), seen(2.0, MINUTE))) == 0.3


def test_a_location_of_which_nothing_is_known_does_not_count():
    assert weigh.fast(state(seen(0.4), Place(), Place())) == 0.4
    assert weigh.fast(state(Place(), Place(), Place())) == 0.0


@pytest.mark.parametrize(("now", "slow"), [(0.69, True), (0.4, True), (0.3, False), (0.0, False)])
def test_what_is_going_by_is_not_told_any_more(now, slow):
    assert is_slow(*[seen(now)] * 3) is slow


@pytest.mark.parametrize(("now", "slow"), [(0.26, True), (0.17, True), (0.15, False)])
def test_a_slight_slowness_must_be_felt_still(now, slow):
    assert is_slow(*[seen(now)] * 3, mean=0.26) is slow
