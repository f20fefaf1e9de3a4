"""The second world is the same for the same seed, and its truth is what it says."""

import itertools
import math
from collections import defaultdict

import pytest

from bench.world import stream
from bench.world.almanac import DAY, at_local, instant, local
from bench.world.characters import LOCATIONS, canaries, services
from bench.world.driving import run
from bench.world.effects import Course, Effect, Timeline, Why
from bench.world.faults import APART
from bench.world.habits import HIGHEST_SURGE, WIDEST_STEP
from bench.world.happenings import MAJOR, Happening, Truth
from bench.world.scenario import Plan, World, build
from bench.world.scoring import score
from checks.model import Outcome
from incidents.policy import Confirm

TINY = Plan("tiny", services=3, days=0.2, learn=0.1)


@pytest.fixture(scope="module")
def full() -> World:
    return build(Plan("tests"))


def quiet(*happenings: Happening, plan: Plan = TINY) -> World:
    """A world where nothing happens but this."""
    return World(plan, services(plan.seed, plan.services), canaries(plan.seed), happenings)


def test_the_same_seed_gives_the_same_bytes():
    first, again = (repr(list(stream.planned(build(TINY)))).encode() for _ in range(2))
    assert first == again
    assert first != repr(list(stream.planned(build(Plan("other", 3, 0.2, 0.1))))).encode()


def test_a_recheck_is_the_same_each_time_and_disturbs_no_other_probe():
    undisturbed, world = list(stream.planned(build(TINY))), build(TINY)
    asked = [world.recheck("svc00/http", "ams", 4000.0, 2.0) for _ in range(2)]
    assert asked[0] == asked[1]
    assert list(stream.planned(world)) == undisturbed


def test_results_arrive_in_order_though_they_were_not_known_in_it():
    arrivals = list(stream.planned(build(Plan("busy", 3, 2, 1))))
    times = [at for at, _ in arrivals]
    known = [result.known_at for _, result in arrivals]
    assert times == sorted(times)
    assert known != sorted(known)
    assert all(instant(at) >= result.known_at for at, result in arrivals)


def test_there_are_enough_faults_of_enough_kinds(full: World):
    faults = full.of(Truth.FAULT)
    assert 100 <= len(faults) <= 140
    assert len({fault.kind for fault in faults}) >= 15
    assert all(fault.end - fault.start >= 300 for fault in faults)
    assert all(fault.accept and fault.services for fault in faults)
    assert all(full.plan.judged_from < fault.start < fault.end < full.plan.end for fault in faults)


def test_faults_keep_apart_from_one_another_and_from_our_own_outages(full: World):
    by_service: dict[str, list[Happening]] = defaultdict(list)
    for fault in full.of(Truth.FAULT):
        assert not any(one.touches(fault.start, fault.end) for one in full.of(Truth.OURS))
        for name in fault.services:
            by_service[name].append(fault)
    for mine in by_service.values():
        for before, after in itertools.pairwise(mine):
            assert after.start - before.end >= APART


def test_a_service_that_is_cut_off_answers_elsewhere(full: World):
    cut = [fault for fault in full.of(Truth.FAULT) if fault.kind == "cut off"]
    assert cut
    for fault in cut:
        (place,) = fault.locations
        (effect,) = fault.effects
        assert effect.locations == (place,)


def test_what_is_benign_is_as_small_as_the_decree_says(full: World):
    for happening in full.of(Truth.BENIGN):
        assert happening.step is None or abs(happening.step) <= WIDEST_STEP
        for effect in happening.effects:
            assert effect.fails < 1 or effect.locations or effect.end - effect.start <= 45.001
            assert happening.kind != "surge" or effect.slow <= HIGHEST_SURGE
            assert effect.slow <= 3.2
    assert math.exp(2 * WIDEST_STEP) == pytest.approx(1.18)


def test_a_nightly_batch_keeps_to_the_local_clock_when_clocks_change():
    assert local("Europe/Berlin", at_local("Europe/Berlin", 3, 2.0)) == 3 * DAY + 2 * 3600
    before, after = (at_local("Europe/Berlin", day, 2.0) % DAY for day in (3, 10))
    assert after - before == 3600


def test_the_timeline_knows_what_holds_when():
    one, other = Effect(("a",), 10, 30, slow=2), Effect(("a",), 20, 40, slow=3)
    timeline = Timeline([one, other])
    held = [timeline.at(at) for at in (9, 10, 20, 30, 40)]
    assert held == [(), (one,), (one, other), (other,), ()]


def test_a_leak_slows_little_by_little():
    leak = Effect(("a",), 0, 100, slow=3, course=Course.RISING)
    assert [leak.slowness(at) for at in (0, 50, 100)] == [1, 2, 3]


def test_a_bad_backend_is_met_by_one_request_in_three_and_sticks():
    effect = Effect(("a",), 0, 30_000, backends=3, sticky=300)
    places = range(len(LOCATIONS))
    met = [effect.meets(at, place, 0.5) for at in range(0, 30_000, 300) for place in places]
    assert sum(met) == pytest.approx(len(met) / 3, rel=0.2)
    assert all(effect.meets(at, 1, 0.1) == effect.meets(at, 1, 0.9) for at in range(0, 3000, 100))


def test_a_full_outage_fails_every_probe_of_its_services_and_no_other():
    down = Effect(("svc01/http",), 9000, 12_000, fails=1.0, why=Why.REFUSED)
    fault = Happening("down", Truth.FAULT, ("svc01",), 9000, 12_000, (down,), (), (MAJOR,))
    results = [result for _, result in stream.planned(quiet(fault))]
    struck = [one for one in results if instant(9000) <= one.at < instant(12_000)]
    failed = [one for one in struck if one.outcome is Outcome.FAIL]
    assert {one.check for one in failed if "refused" in one.reason} == {"svc01/http"}
    assert all(one in failed for one in struck if one.check == "svc01/http")


def test_a_plain_rule_finds_an_outage_through_the_products_own_replay():
    down = Effect(("svc01/http",), 12_000, 13_200, fails=1.0, why=Why.STATUS_502)
    fault = Happening("down", Truth.FAULT, ("svc01",), 12_000, 13_200, (down,), (), (MAJOR,))
    world = quiet(fault)
    found = score(world, run(world, Confirm()))
    (judged,) = found.faults
    assert judged.seconds is not None
    assert judged.seconds < 60
    assert (judged.incidents, judged.right, judged.reached) == (1, True, 1.0)
    assert (found.false, found.blamed) == ([], [])
    assert found.rechecks > 0
