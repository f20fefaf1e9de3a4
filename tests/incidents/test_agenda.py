"""What is due by time alone, over all incidents and announced work."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from incidents.agenda import Agenda
from incidents.board import Board
from incidents.commands import KeepPromise, Publish, Resolve
from incidents.decisions import prepare
from incidents.events import Recorded
from incidents.maintenance_plans import planned
from incidents.model import Incident, IncidentStatus
from incidents.policy import MaintenancePlan, Policy
from tests.incidents.test_lifecycle import HOLD, OK, down
from tests.incidents.world import at

POLICY = Policy()


def held(name: str, until: float) -> Incident:
    return Incident(name, "", IncidentStatus.INVESTIGATING, at(0), at(0), publish_due_at=at(until))


def agenda(*incidents: Incident) -> Agenda:
    found = Agenda()
    found.follow(incidents, POLICY)
    return found


def test_an_empty_agenda_has_nothing_to_wait_for():
    assert Agenda().next_at() is None
    assert Agenda().due(at(0)) == ()


def test_commands_come_when_their_instant_has_in_its_order():
    found = agenda(held("b", 20), held("a", 10), held("c", 30))
    assert found.next_at() == at(10)
    assert found.due(at(9)) == ()
    assert found.due(at(25)) == (Publish("a"), Publish("b"))
    assert found.next_at() == at(30)


def test_what_was_handed_out_is_not_handed_out_again():
    found = agenda(held("a", 10))
    assert found.due(at(10)) == (Publish("a"),)
    found.follow([held("a", 10)], POLICY)
    assert (found.due(at(99)), found.next_at(), len(found)) == ((), None, 0)


def test_an_incident_that_moved_on_is_due_anew():
    found = agenda(held("a", 10))
    found.follow([held("a", 50)], POLICY)
    assert found.due(at(10)) == ()
    assert found.due(at(50)) == (Publish("a"),)


def test_an_incident_that_is_over_is_due_no_more():
    found = agenda(held("a", 10))
    found.follow([replace(held("a", 10), discarded_at=at(5))], POLICY)
    assert found.next_at() is None


def test_rebuilding_from_what_stands_hands_out_again_what_was_not_done():
    board = Board()
    story = down(HOLD)
    for recorded in story.log:
        board.apply(recorded)
    found = Agenda()
    found.rebuild(board, story.policy)
    assert found.due(at(180)) == (Publish("one"),)
    found.rebuild(board, story.policy)
    assert found.due(at(180)) == (Publish("one"),)


def test_it_follows_an_incident_through_its_life():
    story, found, issued = down(), Agenda(), []
    story.see(OK, 60)
    for _ in range(4):
        found.follow([story.incident], story.policy)
        for command in found.due(found.next_at() or at(0)):
            issued.append(command)
            story.do(command, 360)
    assert issued == [Resolve("one", at(60))]
    assert not story.incident.open


def test_a_command_that_was_in_vain_is_not_tried_for_ever():
    story, found = down(), Agenda()
    for _ in range(10):
        found.follow([story.incident], story.policy)
        found.due(at(9999))
    assert found.next_at() is None
    assert story.do(KeepPromise("one", at(1800)), 9999)


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, 50)), max_size=30))
def test_each_incident_is_due_once_at_the_instant_it_was_last_given(changes):
    found, last = Agenda(), {}
    for name, until in changes:
        found.follow([held(name, until)], POLICY)
        last[name] = until
    expected = sorted(last.items(), key=lambda item: item[1])
    issued = [command.incident for command in found.due(at(50))]
    assert sorted(issued) == sorted(last)
    assert [last[name] for name in issued] == [until for _, until in expected]


def test_announced_work_is_due_once_until_note_is_taken_anew():
    begins = at(600)
    plan = MaintenancePlan(
        "disks", "Disks", begins.replace(tzinfo=None), "Etc/UTC", timedelta(hours=1)
    )
    policy = replace(POLICY, maintenance={"disks": plan})
    board, found = Board(), Agenda()
    for command in planned(board, policy, at(0)):
        append = prepare(board, command, at(0), policy)
        assert append is not None
        board.apply(Recorded(1, append.subject, 1, append.at, "machine", append.events[0]))
    found.follow_works(board, policy, at(0))
    assert found.next_at() == begins
    assert [found.works_due(now) for now in (at(599), begins, begins)] == [False, True, False]
    assert found.next_at() is None
