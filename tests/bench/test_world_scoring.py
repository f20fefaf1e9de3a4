"""What was shown is held against the truth as the rules of the second world say."""

import json
from dataclasses import asdict

import pytest

from bench.world.almanac import instant
from bench.world.characters import canaries, services
from bench.world.driving import Run
from bench.world.effects import Effect
from bench.world.happenings import MAJOR, PARTIAL, Happening, Truth
from bench.world.printing import false_list, missed_list, quantile, report, span
from bench.world.scenario import Plan, World
from bench.world.scoring import Score, joined, outside, poisson_interval, pooled, score
from incidents.events import MACHINE, CheckJudged, Recorded, StatusChanged
from incidents.model import ComponentStatus, Judgement, Verdict

PLAN = Plan("scoring", services=2, days=1, learn=0)
FINE = ComponentStatus.OPERATIONAL
START, END = 20_000.0, 23_000.0


def happening(kind: str, truth: Truth, start: float, end: float, **more) -> Happening:
    effect = Effect(("svc00/http",), start, end, more.get("locations", ()))
    return Happening(kind, truth, more.pop("services", ("svc00",)), start, end, (effect,), **more)


FAULT = happening("down", Truth.FAULT, START, END, accept=(MAJOR,))


def world(*happenings: Happening) -> World:
    return World(
        PLAN, services(PLAN.seed, PLAN.services), canaries(PLAN.seed), happenings or (FAULT,)
    )


def log(*changes: tuple[float, str, str, ComponentStatus]) -> list[Recorded]:
    """When, in which incident, which component, and as what it is shown from then on."""
    return [
        Recorded(
            position,
            f"incident:{incident}",
            position,
            instant(at),
            MACHINE,
            StatusChanged(component, status, instant(at)),
        )
        for position, (at, incident, component, status) in enumerate(changes, 1)
    ]


def scored(*changes: tuple[float, str, str, ComponentStatus], of: World | None = None) -> Score:
    return score(of or world(), Run(log(*changes), 100, (), 0.001))


def shown(start: float, end: float, *, incident: str = "one", component: str = "svc00"):
    return (start, incident, component, MAJOR), (end, incident, component, FINE)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (START + 30, END + 60, {"seconds": 30, "lag": 60, "right": True, "incidents": 1}),
        (END - 1, END + 60, {"seconds": END - 1 - START, "late": False}),
        (END + 60, END + 90, {"seconds": None, "late": True, "incidents": 1}),
        (START - 60, END, {"seconds": None, "masked": True, "incidents": 0}),
        (START - 900, START - 600, {"seconds": None, "masked": False, "incidents": 0}),
    ],
    ids=["found", "just in time", "late", "masked", "missed"],
)
def test_a_fault_is_found_before_its_end_or_not(start: float, end: float, expected: dict):
    (fault,) = scored(*shown(start, end)).faults
    assert {name: getattr(fault, name) for name in expected} == expected


@pytest.mark.parametrize(
    ("component", "at", "false"),
    [
        ("svc00", START + 10, 0),
        ("svc00", END + 590, 0),
        ("svc00", END + 610, 1),
        ("svc00", START - 10, 1),
        ("svc01", START + 10, 1),
    ],
)
def test_what_is_shown_outside_a_fault_of_its_own_is_false(component: str, at: float, false: int):
    assert len(scored(*shown(at, at + 5, component=component)).false) == false


def test_a_relapse_is_neither_a_second_incident_nor_a_second_false_alarm():
    twice = *shown(START + 10, START + 60), *shown(START + 90, END)
    (fault,) = scored(*twice).faults
    assert (fault.incidents, fault.relapses) == (1, 1)
    assert len(scored(*shown(100, 200), *shown(300, 400)).false) == 1


def test_two_incidents_for_one_fault_are_counted():
    twice = *shown(START + 10, START + 60), *shown(START + 90, END, incident="two")
    assert scored(*twice).faults[0].incidents == 2


def test_what_opens_in_our_own_outage_is_blamed_and_not_false():
    ours = happening("prober loss", Truth.OURS, 5000, 5300)
    found = scored(*shown(5100, 5400), of=world(FAULT, ours))
    assert (len(found.blamed), found.blamed[0].cause, found.false) == (1, "prober loss", [])


def test_a_false_alarm_goes_by_the_shortest_thing_that_was_going_on():
    batch = happening("nightly batch", Truth.BENIGN, 5000, 8000)
    reboot = happening("reboot", Truth.BENIGN, 6000, 6040)
    of = world(FAULT, batch, reboot)
    alarms = [scored(*shown(at, at + 5), of=of).false[0] for at in (5500, 6100, 6300, 9000)]
    assert [alarm.others for alarm in alarms] == [(), ("nightly batch",), (), ()]
    assert [alarm.cause for alarm in alarms] == [
        "nightly batch",
        "reboot",
        "nightly batch",
        "ordinary noise",
    ]


def test_a_worst_status_that_nobody_would_accept_is_wrong():
    (fault,) = scored((START + 10, "one", "svc00", PARTIAL), (END, "one", "svc00", FINE)).faults
    assert (fault.right, fault.worst) == (False, "partial_outage")


@pytest.mark.parametrize(("named", "expected"), [(("ams",), True), (("nyc",), False), ((), False)])
def test_a_fault_of_one_location_has_to_be_told_with_that_location(named, expected: bool):
    cut = happening("cut off", Truth.FAULT, START, END, locations=("ams",), accept=(PARTIAL,))
    at = instant(START + 300)
    verdict = Verdict("svc00/http", Judgement.PARTIAL, at, at, locations=named)
    events = CheckJudged(verdict, 1), StatusChanged("svc00", PARTIAL, at)
    told = [
        Recorded(number, "incident:one", number, at, MACHINE, event)
        for number, event in enumerate(events, 1)
    ]
    assert score(world(cut), Run(told, 1, (), 0)).faults[0].named is expected


def test_open_time_and_rechecks_count_while_healthy_only():
    rechecks = ((100.0, "svc00/http"), (START + 5, "svc00/http"), (50.0, "_connectivity/1"))
    found = score(world(), Run(log(*shown(100, 200), *shown(START, END)), 10, rechecks, 0))
    assert found.open_seconds == 100
    assert found.healthy_seconds == 2 * PLAN.end - (END + 600 - START)
    assert (found.rechecks, found.healthy_rechecks) == (3, 1)


def test_worlds_are_pooled_by_adding_them_up():
    one = scored(*shown(100, 200))
    both = pooled([one, one])
    assert (both.seeds, len(both.false), len(both.faults)) == (["scoring"] * 2, 2, 2)
    assert both.healthy_seconds == 2 * one.healthy_seconds


def test_a_score_is_printed_with_its_targets_and_written_as_json():
    found = scored(*shown(100, 200), *shown(START + 30, END + 60))
    text = "\n".join(report(found))
    assert "target <= 0.5" in text
    assert "1  ordinary noise" in text
    assert len(list(false_list(found))) == 1
    assert list(missed_list(found)) == []
    assert json.loads(json.dumps(asdict(found)))["faults"][0]["seconds"] == 30


@pytest.mark.parametrize(
    ("count", "low", "high"), [(0, 0.0, 3.689), (1, 0.0253, 5.572), (10, 4.795, 18.39)]
)
def test_the_interval_is_the_exact_one_of_poisson(count: int, low: float, high: float):
    assert poisson_interval(count) == (pytest.approx(low, abs=1e-3), pytest.approx(high, rel=1e-3))


def test_spans_are_joined_and_cut():
    assert joined([(5, 9), (0, 2), (1, 3)]) == [(0, 3), (5, 9)]
    assert outside((2, 10), [(0, 3), (5, 9)]) == 3


def test_quantiles_count_what_never_came():
    assert quantile([1, 2, float("inf")], 0.5) == 2
    assert span(quantile([1, float("inf")], 0.95)) == "miss"
