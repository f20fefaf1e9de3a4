"""Failing from one location only: an outage for whoever is there, unless it is our own network."""

import pytest

from incidents.model import Judgement
from tests.incidents.detect.scripted import (
    CANARIES,
    HOUR,
    MINUTE,
    Look,
    Scripted,
    Sight,
    down,
    learning,
    well,
)
from tests.incidents.world import FAIL, at, seconds


def cut_route(*spans: tuple[float, float], location: str = "fra"):
    """The service cannot be reached from one location, where canaries answer."""

    def script(look: Look) -> Sight:
        cut = look.within(*spans) and look.location == location and not look.of_canary
        return (FAIL, 0.01) if cut else well(look)

    return script


@pytest.mark.parametrize("canaries", [CANARIES, ()])
@pytest.mark.parametrize("grace", [5, 20])
def test_a_cut_route_is_partial_after_its_grace_and_names_the_location(canaries, grace):
    policy = learning(canaries=canaries, location_grace=seconds(grace * MINUTE))
    world = Scripted(policy, cut_route((HOUR, 4 * HOUR))).run(HOUR + (grace + 5) * MINUTE)
    found = world.first_wrong()
    assert (found.judgement, found.locations) == (Judgement.PARTIAL, ("fra",))
    assert found.onset_at <= at(HOUR + MINUTE)
    assert seconds(grace * MINUTE - 60) <= found.at - at(HOUR) <= seconds((grace + 3) * MINUTE)
    assert "from fra failed since" in found.evidence
    assert "from iad and sin it answers" in found.evidence


def test_what_is_shorter_than_the_grace_is_nobodys_incident():
    script = cut_route((HOUR, HOUR + 4 * MINUTE))
    assert Scripted(learning(canaries=CANARIES), script).run(2 * HOUR).incidents == []


def test_a_location_that_loses_a_packet_now_and_then_is_not_told_of():
    def lossy(look: Look) -> Sight:
        lost = look.location == "fra" and look.chance.random() < 0.05
        return (FAIL, 0.01) if lost else well(look)

    assert Scripted(learning(), lossy).run(24 * HOUR).incidents == []


def test_from_where_canaries_falter_too_it_is_our_own_trouble():
    def faltering(look: Look) -> Sight:
        if look.location != "fra" or not look.within((HOUR, 3 * HOUR)):
            return well(look)
        if look.of_canary:
            return (FAIL, 3.0) if look.chance.random() < 0.7 else well(look)
        return FAIL, 0.01

    assert Scripted(learning(canaries=CANARIES), faltering).run(4 * HOUR).incidents == []


def test_it_ends_when_the_location_reaches_it_again():
    world = Scripted(learning(), cut_route((HOUR, HOUR + 1800))).run(3 * HOUR)
    assert [one.judgement for one in world.told] == ["healthy", "partial", "healthy"]
    (incident,) = world.incidents
    assert incident.status.over


def test_the_others_seeing_it_well_does_not_end_it():
    world = Scripted(learning(), cut_route((HOUR, 5 * HOUR))).run(5 * HOUR)
    assert [one.judgement for one in world.told] == ["healthy", "partial"]


def test_when_the_others_fail_too_it_is_an_outage_in_the_same_incident():
    def grows(look: Look) -> Sight:
        if look.within((2 * HOUR, 3 * HOUR)):
            return down((2 * HOUR, 3 * HOUR))(look)
        return cut_route((HOUR, 3 * HOUR))(look)

    world = Scripted(learning(), grows).run(5 * HOUR)
    assert [one.judgement for one in world.told][:3] == ["healthy", "partial", "failing"]
    assert len(world.incidents) == 1


def test_one_location_ten_times_slower_than_the_others_is_as_usual():
    def far(look: Look) -> Sight:
        return well(look, usual=1.0 if look.location == "sin" else 0.1)

    assert Scripted(learning(), far).run(24 * HOUR).incidents == []
