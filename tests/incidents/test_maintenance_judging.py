"""While work is done checks go on: what fails opens no incident, and teaches nothing."""

import math
from dataclasses import replace
from datetime import timedelta

import pytest

from checks.model import Result
from incidents.detect.learned.state import Learned
from incidents.events import MaintenanceCompleted, MaintenanceStarted, Opened
from incidents.folds import Folds
from incidents.impact import flatten
from incidents.model import ComponentStatus
from incidents.policy import MaintenancePlan, Policy
from tests.incidents.world import FAIL, NOON, PASS, World, at, between, component, policy

BEGIN, END = 600, 1200
SHOP = policy(component("shop"), component("till", depends_on=("shop",)))


def under_work(policy: Policy, *components: str) -> Policy:
    """That policy with ten minutes of work on these components."""
    plan = MaintenancePlan(
        "disks", "New disks", at(BEGIN).replace(tzinfo=None), "Etc/UTC", timedelta(seconds=600),
        components=components,
    )  # fmt: skip
    return replace(policy, maintenance={"disks": plan})


def shown(world: World, component: str) -> list[tuple[ComponentStatus, float]]:
    """What was shown of a component, and from when on."""
    spans = [span for found in world.replay.spans.values() for span in found]
    return [
        (span.status, (span.from_at - NOON).total_seconds())
        for span in flatten(spans)
        if span.component == component and span.status is not ComponentStatus.UNKNOWN
    ]


def test_what_fails_and_is_well_again_within_the_work_opens_nothing():
    world = World(under_work(SHOP, "shop"), between(700, 1000, FAIL, "shop/api")).run(2400)
    assert world.incidents == []
    assert shown(world, "shop") == [(ComponentStatus.MAINTENANCE, BEGIN)]
    assert len(world.events(MaintenanceStarted)) == len(world.events(MaintenanceCompleted)) == 1


def test_what_still_fails_when_the_work_is_over_opens_then():
    world = World(under_work(SHOP, "shop"), between(700, 2000, FAIL, "shop/api")).run(3600)
    (incident,) = world.incidents
    assert incident.onset_at == incident.opened_at == at(END)
    assert shown(world, "shop") == [
        (ComponentStatus.MAINTENANCE, BEGIN),
        (ComponentStatus.MAJOR_OUTAGE, END),
    ]
    assert incident.status.over


def test_all_that_still_fails_when_the_work_is_over_opens_one_incident():
    many = policy(*(component(f"part{number}") for number in range(12)))
    world = World(under_work(many), between(700, 2000, FAIL)).run(3600)
    (incident,) = world.incidents
    assert len(incident.timeline) == 12
    assert incident.onset_at == at(END)


def test_what_begins_to_fail_at_the_end_of_the_work_counts_from_its_end():
    world = World(under_work(SHOP, "shop"), between(1170, 2000, FAIL, "shop/api")).run(3600)
    (incident,) = world.incidents
    assert incident.onset_at == at(END)
    assert incident.opened_at >= at(END)


def test_an_incident_that_was_open_goes_on():
    world = World(under_work(SHOP, "shop"), between(300, 900, FAIL, "shop/api")).run(3600)
    (incident,) = world.incidents
    assert incident.onset_at == at(300)
    assert incident.status.over
    assert shown(world, "shop")[:2] == [
        (ComponentStatus.MAJOR_OUTAGE, 300),
        (ComponentStatus.MAINTENANCE, 900),
    ]


def test_other_components_open_incidents_as_ever_and_the_covered_one_does_not_join():
    world = World(under_work(SHOP, "shop"), between(700, 1000, FAIL)).run(2400)
    (incident,) = world.incidents
    assert set(incident.timeline) == {"till"}


@pytest.mark.parametrize("sort", [ComponentStatus.OPERATIONAL, ComponentStatus.MAINTENANCE])
def test_work_that_is_not_felt_opens_nothing_either(sort):
    quiet = under_work(SHOP, "shop")
    plan = replace(quiet.maintenance["disks"], status=sort)
    policy = replace(quiet, maintenance={"disks": plan})
    world = World(policy, between(700, 1000, FAIL, "shop/api")).run(2400)
    assert world.events(Opened) == []


# Learning -------------------------------------------------------------------------------------


def learned(maintained: bool) -> Learned:
    """What is learned of a check that is ten times as slow, and fails, for ten minutes."""
    plain = policy(component("shop"), confirm=None)
    folds = Folds(under_work(plain, "shop") if maintained else plain)
    folds.adopt(folds.policy, NOON)
    for count in range(0, 1200, 10):
        slow = count >= BEGIN
        outcome = FAIL if slow and count % 40 == 0 else PASS
        seconds = 0.1 * (10 if slow else 1) * (1 + 0.05 * math.sin(count))
        result = Result("shop/api", "local", at(count), at(count), outcome, seconds, "")
        folds.feed(result, count + 1)
        if count == BEGIN - 10:
            before = folds.states["shop/api"]
    state = folds.states["shop/api"]
    assert isinstance(state, Learned)
    assert isinstance(before, Learned)
    if maintained:
        assert (state.course, state.rate, state.habits) == (
            before.course, before.rate, before.habits,
        )  # fmt: skip
        assert [place.level for place in state.places] == [place.level for place in before.places]
    return state


def test_what_is_usual_stays_what_it_was_before_the_work():
    assert learned(maintained=True).rate < learned(maintained=False).rate


def test_it_learns_again_once_the_work_is_over():
    found = under_work(policy(component("shop"), confirm=None), "shop")
    folds = Folds(found)
    folds.adopt(found, NOON)
    counts = []
    for count in range(0, 2400, 10):
        result = Result("shop/api", "local", at(count), at(count), PASS, 0.1, "")
        folds.feed(result, count + 1)
        state = folds.states["shop/api"]
        assert isinstance(state, Learned)
        level = state.places[0].level
        counts.append(level.count if level else 0)
    during = counts[BEGIN // 10 : END // 10]
    assert len(set(during)) == 1
    assert counts[-1] > during[0] > counts[0]
