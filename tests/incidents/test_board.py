"""What stands now, folded from the log."""

from incidents.board import Board
from incidents.commands import MarkKnown, MarkUnknown, Register
from incidents.decisions import prepare
from incidents.events import (
    ComponentUnknown,
    Published,
    Recorded,
    SubscriptionConfirmed,
    WarningCleared,
    WarningRaised,
)
from incidents.model import ComponentStatus
from incidents.policy import Publication, PublicationMode
from incidents.promises import next_due
from tests.incidents.world import FAIL, NOON, World, at, between, component, policy


def recorded(position: int, subject: str, event, sequence: int = 1) -> Recorded:
    return Recorded(position, subject, sequence, at(position), "machine", event)


def read_back(world: World) -> Board:
    board = Board()
    for one in world.replay.log:
        board.apply(one)
    return board


def test_every_process_that_reads_the_log_sees_the_same():
    world = World(policy(), between(60, 120)).run(1000)
    assert read_back(world) == world.replay.board


def test_an_event_read_twice_counts_once():
    world = World(policy(), between(60, 120)).run(1000)
    board = read_back(world)
    for one in world.replay.log:
        board.apply(one)
    assert board == world.replay.board


def test_incidents_are_found_by_what_they_affect_while_they_go_on():
    world = World(policy(), between(60, 120)).run(80)
    board = world.replay.board
    assert board.open_on("checkout") == board.open_incidents() == board.public_incidents()
    world.run(1000)
    assert board.open_on("checkout") == board.open_incidents() == []
    assert len(board.public_incidents()) == 1


def test_the_newest_incident_stands_first():
    world = World(policy(), between(60, 120)).run(1000)
    world.outcomes = between(2000, 2100)
    world.run(4000)
    found = world.replay.board.public_incidents()
    assert [one.onset_at for one in found] == sorted((one.onset_at for one in found), reverse=True)
    assert len(found) == 2


def test_a_component_is_shown_by_public_incidents_only():
    hold = Publication(PublicationMode.DRAFT)
    world = World(policy(component("checkout", publish=hold)), between(60, 9999)).run(80)
    board = world.replay.board
    assert board.open_incidents()
    assert board.status("checkout") is ComponentStatus.OPERATIONAL
    (incident,) = board.open_incidents()
    subject = f"incident:{incident.id}"
    board.apply(recorded(board.position + 1, subject, Published(), incident.sequence + 1))
    assert board.status("checkout") is ComponentStatus.MAJOR_OUTAGE


def test_what_cannot_be_told_keeps_its_last_status_beside_it():
    world = World(policy(), between(60, 9999)).run(80)
    board = world.replay.board
    unknown = ComponentUnknown(at(90), "no result")
    board.apply(recorded(board.position + 1, "component:checkout", unknown, 9))
    assert board.components["checkout"].unknown_since == at(90)
    assert board.confirmed_status("checkout") is ComponentStatus.MAJOR_OUTAGE


def test_warnings_stand_until_they_are_cleared():
    board = Board()
    board.apply(recorded(1, "check:a/b", WarningRaised("disk", 5)))
    board.apply(recorded(2, "check:a/b", WarningRaised("certificate", 6), 2))
    board.apply(recorded(3, "check:a/b", WarningCleared("disk", 7), 3))
    assert board.warnings == {"a/b": {"certificate"}}
    assert board.warned_position == {"a/b": 7}
    board.apply(recorded(4, "check:a/b", WarningCleared("certificate", 8), 4))
    assert board.warnings == {}


def test_events_of_other_subjects_only_move_the_position():
    board = Board()
    board.apply(recorded(7, "subscriber:x", SubscriptionConfirmed()))
    assert (board.position, board.sequences, board.incidents) == (7, {"subscriber:x": 1}, {})


# What is written along ------------------------------------------------------------------------


def written(board: Board, command, count: float):
    append = prepare(board, command, at(count), policy())
    if append:
        for sequence, event in enumerate(append.events, append.expected + 1):
            board.apply(
                Recorded(board.position + 1, append.subject, sequence, at(count), "m", event)
            )
    return append


def test_a_time_without_knowledge_is_written_as_a_span_and_closed():
    board = Board()
    written(board, Register("checkout", "abc", "Checkout"), 0)
    opened = written(board, MarkUnknown("checkout", at(5), "no result"), 10)
    closed = written(board, MarkKnown("checkout", at(50)), 51)
    assert opened.spans.keys() == closed.spans.keys()
    ((begun,),), ((ended,),) = opened.spans.values(), closed.spans.values()
    assert (begun.from_at, begun.to_at, ended.to_at) == (at(5), None, at(50))
    assert written(board, MarkKnown("checkout", at(60)), 61) is None


def test_an_incidents_spans_are_written_once_it_is_public_from_its_onset():
    hold = Publication(PublicationMode.HOLD, at(100) - NOON)
    world = World(policy(component("checkout", publish=hold)), between(60, 9999, FAIL))
    world.run(80)
    (incident,) = world.incidents
    due = next_due(incident, world.replay.policy)
    append = prepare(world.replay.board, due.command, due.at, world.replay.policy)
    ((span,),) = append.spans.values()
    assert (span.from_at, span.to_at, span.cause) == (at(60), None, incident.id)
    assert append.expected == incident.sequence
    assert append.told == {1}
