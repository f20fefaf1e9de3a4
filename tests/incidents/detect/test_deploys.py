"""A release that is marked: what it may break without anyone being told, and for how long."""

import pytest

from incidents.model import Judgement
from incidents.signals import DeployMarker
from tests.incidents.detect.scripted import (
    HOUR,
    MINUTE,
    Look,
    Script,
    Scripted,
    Sight,
    down,
    learning,
    well,
)
from tests.incidents.world import FAIL, at

BEGAN = 12 * HOUR


def errors(share: float, *spans: tuple[float, float]) -> Script:
    def script(look: Look) -> Sight:
        ill = look.within(*spans) and look.chance.random() < share
        return (FAIL, 0.01) if ill else well(look)

    return script


def slow(look: Look) -> Sight:
    outcome, took = well(look)
    return outcome, took * 4 if look.within((BEGAN, BEGAN + 8 * MINUTE)) else took


def released(script: Script, *, ends: float | None = 10 * MINUTE, marked: bool = True) -> Scripted:
    """A world in which a release begins at noon and midnight, and ends after so many seconds."""
    world = Scripted(learning(), script).run(BEGAN)
    if marked:
        world.tell(DeployMarker("checkout", at(BEGAN), began=True))
    if ends is not None and marked:
        world.run(BEGAN + ends).tell(DeployMarker("checkout", at(BEGAN + ends), began=False))
    return world


@pytest.mark.parametrize(
    "script", [errors(0.5, (BEGAN, BEGAN + 8 * MINUTE)), slow, down((BEGAN, BEGAN + 75))]
)
def test_what_a_marked_release_breaks_for_a_while_opens_nothing(script):
    assert released(script).run(BEGAN + 2 * HOUR).incidents == []
    assert released(script, marked=False).run(BEGAN + 2 * HOUR).incidents


def test_a_total_outage_of_several_minutes_is_told_though_a_release_runs():
    world = released(down((BEGAN, BEGAN + HOUR)), ends=None).run(BEGAN + 5 * MINUTE)
    found = world.first_wrong()
    assert found.judgement is Judgement.FAILING
    assert found.onset_at <= at(BEGAN + MINUTE)


def test_what_the_release_leaves_broken_is_told_soon_after_its_end():
    world = released(errors(0.6, (BEGAN, BEGAN + 3 * HOUR)))
    assert world.told[-1].judgement is Judgement.HEALTHY
    found = world.run(BEGAN + 30 * MINUTE).first_wrong()
    assert found.onset_at >= at(BEGAN + 10 * MINUTE)


def test_what_failed_before_its_end_says_nothing_after_it():
    world = released(errors(0.9, (BEGAN, BEGAN + 10 * MINUTE)))
    assert world.state.suspicion is None
    assert world.state.deploy_until is None


def test_a_release_that_nobody_ends_is_over_after_half_an_hour():
    world = released(errors(0.6, (BEGAN, BEGAN + 3 * HOUR)), ends=None).run(BEGAN + HOUR)
    assert at(BEGAN + 30 * MINUTE) <= world.first_wrong().at


def test_a_release_of_another_component_means_nothing():
    world = Scripted(learning(), down((BEGAN, BEGAN + HOUR))).run(BEGAN)
    world.tell(DeployMarker("mail", at(BEGAN), began=True)).run(BEGAN + 3 * MINUTE)
    assert world.first_wrong().judgement is Judgement.FAILING


def test_an_end_without_a_beginning_changes_nothing():
    world = Scripted(learning(), well).run(HOUR)
    before = world.state
    assert world.tell(DeployMarker("checkout", at(HOUR), began=False)).state == before
