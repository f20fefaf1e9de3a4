"""A changed configuration: what is registered, renamed, forgotten, removed."""

from incidents.commands import Remove
from incidents.decisions import prepare
from incidents.events import CheckForgotten, ComponentRegistered, ComponentUnknown
from incidents.model import ComponentStatus
from incidents.policy import Policy
from tests.incidents.world import (
    FAIL,
    NOON,
    PASS,
    World,
    always,
    at,
    between,
    component,
    policy,
)

TWO = policy(component("checkout", "api", "edge"), component("search"))
ONE = policy(component("search"))


def test_a_component_keeps_the_public_id_it_got_at_first_sight():
    world = World(TWO, always(PASS))
    first = world.replay.board.components["checkout"].public_id
    world.replay.adopt(policy(component("checkout", name="Till")), at(10))
    till = world.replay.board.components["checkout"]
    assert (till.public_id, till.name) == (first, "Till")
    assert len(first) == 12


def test_a_component_that_moved_keeps_it_too():
    world = World(policy(component("checkout")), always(PASS))
    first = world.replay.board.components["checkout"].public_id
    world.replay.adopt(policy(component("till", aliases=("checkout",))), at(10))
    assert world.replay.board.components["till"].public_id == first
    assert "checkout" not in world.replay.board.components


def test_the_same_configuration_again_changes_nothing():
    world = World(TWO, always(PASS))
    before = len(world.replay.log)
    world.replay.adopt(TWO, at(10))
    assert len(world.replay.log) == before


def test_a_new_component_is_unknown_until_its_first_result():
    world = World(TWO, always(PASS))
    assert world.replay.board.status("search") is ComponentStatus.UNKNOWN
    assert world.run(10).replay.board.status("search") is ComponentStatus.OPERATIONAL


def test_a_component_without_checks_is_never_unknown():
    phone = component("phone")
    world = World(Policy(components={"phone": type(phone)("phone", "Phone")}), always(PASS))
    assert world.events(ComponentUnknown) == []
    assert world.replay.board.status("phone") is ComponentStatus.OPERATIONAL


def test_a_removed_check_leaves_its_incident_and_does_not_resolve_it():
    world = World(TWO, between(60, 9999, FAIL, "checkout/api", "checkout/edge")).run(120)
    world.replay.adopt(ONE, at(130))
    assert len(world.events(CheckForgotten)) == 2
    (incident,) = world.incidents
    assert incident.open
    assert incident.forgotten == {"checkout/api", "checkout/edge"}
    assert world.story[-1].startswith("investigating: We no longer monitor Checkout")


def test_the_checks_that_stay_end_it():
    world = World(TWO, between(60, 9999, FAIL, "checkout/api")).run(120)
    world.replay.adopt(policy(component("checkout", "edge"), component("search")), at(130))
    world.run(1000)
    assert not world.incidents[0].open


def test_a_component_that_comes_back_is_registered_anew():
    world = World(TWO, always(PASS))
    world.replay.adopt(ONE, at(10))
    world.replay.adopt(TWO, at(20))
    assert world.replay.board.components["checkout"].removed_at is None
    names = [event.name for event in world.events(ComponentRegistered)]
    assert names == ["Checkout", "Search", "Checkout"]


def test_a_silence_ends_with_the_component():
    world = World(TWO, always(PASS))
    world.replay.adopt(ONE, at(10))
    closed = [one for one in world.replay.log if one.subject == "component:checkout"]
    assert type(closed[-1].event).__name__ == "ComponentRemoved"
    assert world.replay.board.components["checkout"].unknown_since is None


def test_removing_writes_the_end_of_its_silence():
    world = World(TWO, always(PASS))
    append = prepare(world.replay.board, Remove("checkout"), at(30), TWO)
    ((span,),) = append.spans.values()
    assert (span.from_at, span.to_at) == (NOON, at(30))
