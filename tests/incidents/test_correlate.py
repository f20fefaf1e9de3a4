"""A changed verdict: a new incident, part of an open one, or neither."""

from dataclasses import replace

import pytest

from incidents import correlate
from incidents.board import Board
from incidents.commands import Command, MarkKnown, MarkUnknown, Observe, PostUpdate, Warn
from incidents.decisions import prepare
from incidents.events import Recorded
from incidents.fleet import Fleet
from incidents.ids import incident_id
from incidents.model import ComponentStatus, Impact, IncidentStatus, Judgement
from incidents.policy import Policy, Publication, PublicationMode
from incidents.reconcile import reconcile
from tests.incidents.world import NOON, at, component, policy, verdict

FAILING, DEGRADED, HEALTHY, UNKNOWN = (
    Judgement.FAILING,
    Judgement.DEGRADED,
    Judgement.HEALTHY,
    Judgement.UNKNOWN,
)
CHAIN = policy(
    component("database"),
    component("payments", depends_on=("database",)),
    component("checkout", depends_on=("payments",)),
    component("mail"),
)


class Room:
    """A fleet and a board that follow what is placed."""

    def __init__(self, policy: Policy = CHAIN):
        self.policy = policy
        self.fleet, self.board = Fleet(), Board()
        self.position = 0
        for command in reconcile(self.fleet, self.board, policy, NOON):
            self.record(command, 0)

    def place(self, name: str, judgement: Judgement, onset: float, position: int = 0, **changes):
        self.position = position or self.position + 1
        found = verdict(judgement, onset, name if "/" in name else f"{name}/api")
        found = replace(found, **changes)
        commands = correlate.place(self.fleet, self.board, found, self.position, self.policy)
        for command in commands:
            self.record(command, onset + 10)
        return commands

    def record(self, command: Command, count: float) -> None:
        append = prepare(self.board, command, at(count), self.policy)
        if append is None:
            return
        for sequence, event in enumerate(append.events, append.expected + 1):
            self.board.apply(
                Recorded(
                    self.board.position + 1, append.subject, sequence, at(count), "machine", event
                )
            )

    def post(self, incident: str, status: IncidentStatus, count: float) -> None:
        """Let an operator write, and what follows be done."""
        command = PostUpdate(incident, status, f"It is {status}.")
        self.record(command, count)
        for follow_up in correlate.follow_up(self.fleet, self.board, command, self.policy):
            self.record(follow_up, count)

    def end(self) -> str:
        """Let an operator resolve the one open incident; returns its id."""
        (incident,) = self.board.open_incidents()
        self.post(incident.id, IncidentStatus.RESOLVED, 60)
        return incident.id

    def groups(self) -> set[frozenset[str]]:
        return {frozenset(found.timeline) for found in self.board.incidents.values()}


def observed(commands: tuple[Command, ...]) -> list[Observe]:
    return [command for command in commands if isinstance(command, Observe)]


def test_a_failure_by_itself_opens_an_incident_named_after_check_and_onset():
    (command,) = observed(Room().place("mail", FAILING, 0))
    assert command.incident == incident_id("mail/api", at(0))
    assert command.status is ComponentStatus.MAJOR_OUTAGE


def test_health_is_no_incident():
    assert observed(Room().place("mail", HEALTHY, 0)) == []


def test_what_a_ceiling_makes_nothing_of_opens_nothing():
    room = Room(policy(component("mail", impact_at_most=Impact.NONE)))
    assert observed(room.place("mail", FAILING, 0)) == []


@pytest.mark.parametrize(
    ("first", "then", "apart", "together"),
    [
        ("payments", "checkout", 10, True),
        ("checkout", "payments", 10, True),
        ("database", "checkout", 10, True),
        ("checkout", "database", 10, True),
        ("payments", "checkout", 3600, True),
        ("database", "checkout", 3600, True),
        ("checkout", "payments", 3600, False),
        ("payments", "mail", 3600, False),
    ],
)
def test_what_depends_on_what_fails_shares_its_incident(first, then, apart, together):
    room = Room()
    room.place(first, FAILING, 0)
    room.place(then, FAILING, apart)
    assert (frozenset({first, then}) in room.groups()) is together


# One shared fault ------------------------------------------------------------------------------

APART = policy(*(component(name) for name in ("till", "mail", "search", "stock", "pay")))


@pytest.mark.parametrize(
    ("seen", "apart", "together"),
    [
        ("refused", 0, True),
        ("refused", 80, True),
        ("refused", 3600, False),
        ("status #", 0, False),
    ],
)
def test_what_begins_to_show_the_same_at_the_same_time_is_one_fault(seen, apart, together):
    room = Room(APART)
    room.place("till", FAILING, 0)
    room.place("mail", FAILING, apart, signature=seen)
    assert (frozenset({"till", "mail"}) in room.groups()) is together


def test_what_shows_in_different_ways_is_one_fault_once_many_began_at_that_moment():
    room = Room(APART)
    for number, name in enumerate(("till", "mail", "search")):
        room.place(name, FAILING, number)
    room.place("stock", DEGRADED, 5, signature="slow")
    room.place("pay", DEGRADED, 60, signature="slower")
    assert room.groups() == {frozenset({"till", "mail", "search", "stock"}), frozenset({"pay"})}


def test_what_was_found_at_the_same_time_may_have_begun_minutes_apart():
    room = Room(APART)
    room.place("till", DEGRADED, 0, at=at(400))
    room.place("mail", DEGRADED, 200, at=at(420))
    room.place("search", DEGRADED, 0, at=at(1000))
    assert room.groups() == {frozenset({"till", "mail", "search"})}
    room.place("stock", DEGRADED, 700, at=at(1010))
    assert frozenset({"stock"}) in room.groups()


def test_a_fault_that_is_over_takes_in_no_newcomer():
    room = Room(APART)
    room.place("till", FAILING, 0)
    room.place("till", HEALTHY, 30)
    room.place("mail", FAILING, 40)
    assert room.groups() == {frozenset({"till"}), frozenset({"mail"})}


def test_members_leave_one_by_one_and_the_incident_recovers_with_the_last():
    room = Room(APART)
    for number, name in enumerate(("till", "mail", "search")):
        room.place(name, FAILING, number)
    for left, name in ((True, "mail"), (True, "till"), (False, "search")):
        room.place(name, HEALTHY, 300)
        (incident,) = room.board.open_incidents()
        assert (incident.recovered_at is None) is left


@pytest.mark.parametrize(
    "otherwise",
    [{"publish": Publication(PublicationMode.DRAFT)}, {"pages": ("inside",)}],
)
def test_no_draft_becomes_public_by_company(otherwise):
    room = Room(policy(component("till"), component("inside", **otherwise)))
    room.place("till", FAILING, 0)
    room.place("inside", FAILING, 1)
    assert room.groups() == {frozenset({"till"}), frozenset({"inside"})}


def test_another_check_of_a_failing_component_joins_its_incident():
    room = Room(policy(component("mail", "smtp", "imap")))
    room.place("mail/smtp", DEGRADED, 0)
    room.place("mail/imap", FAILING, 5000)
    (incident,) = room.board.incidents.values()
    assert set(incident.checks) == {"mail/smtp", "mail/imap"}


def test_what_works_again_upstream_does_not_swallow_a_failure_hours_later():
    room = Room()
    room.place("payments", FAILING, 0)
    room.place("payments", HEALTHY, 600)
    room.place("checkout", FAILING, 800)
    assert room.groups() == {frozenset({"payments"}), frozenset({"checkout"})}


def test_a_member_stays_until_it_recovers_though_the_upstream_did():
    room = Room()
    room.place("payments", FAILING, 0)
    room.place("checkout", FAILING, 10)
    room.place("payments", HEALTHY, 100)
    (incident,) = room.board.open_incidents()
    assert incident.recovered_at is None
    room.place("checkout", HEALTHY, 200)
    assert room.board.open_incidents()[0].recovered_at is not None


def test_a_member_that_still_fails_when_its_incident_ends_opens_its_own():
    room = Room()
    room.place("payments", FAILING, 0)
    room.place("checkout", FAILING, 10)
    room.place("payments", HEALTHY, 50)
    room.end()
    (own,) = room.board.open_incidents()
    assert set(own.timeline) == {"checkout"}
    assert own.onset_at == at(10)


def test_members_that_still_fail_when_their_incident_ends_come_together_again():
    names = [f"part{number}" for number in range(12)]
    room = Room(policy(*map(component, names)))
    for name in names:
        room.place(name, FAILING, 0, signature="refused")
    room.place(names[0], HEALTHY, 50)
    room.end()
    (left,) = room.board.open_incidents()
    assert set(left.timeline) == set(names[1:])


def test_who_ends_an_incident_that_goes_on_is_not_contradicted_before_it_fails_anew():
    room = Room()
    room.place("payments", FAILING, 0)
    room.place("checkout", FAILING, 10)
    ended = room.end()
    assert room.board.open_incidents() == []
    room.place("payments", HEALTHY, 100)
    room.post(ended, IncidentStatus.POSTMORTEM, 150)
    assert room.board.open_incidents() == []
    room.place("checkout", HEALTHY, 200)
    room.place("checkout", FAILING, 300)
    (anew,) = room.board.open_incidents()
    assert set(anew.timeline) == {"checkout"}


@pytest.mark.parametrize(
    ("last", "wrong"),
    [
        ((FAILING,), {"mail/api"}),
        ((DEGRADED,), {"mail/api"}),
        ((FAILING, UNKNOWN), {"mail/api"}),
        ((FAILING, HEALTHY), set()),
        ((HEALTHY, UNKNOWN), set()),
        ((), set()),
    ],
)
def test_the_fleet_knows_which_checks_were_not_well_when_last_anybody_could_tell(last, wrong):
    room = Room()
    for count, judgement in enumerate(last):
        room.place("mail", judgement, 10 * count)
    assert room.fleet.wrong == room.fleet.copy().wrong == wrong
    room.fleet.forget("mail/api")
    assert room.fleet.wrong == set()


def test_a_replayed_verdict_changes_nothing():
    room = Room()
    room.place("mail", FAILING, 0, position=60)
    room.place("mail", HEALTHY, 100, position=80)
    before = room.board.position
    room.place("mail", FAILING, 0, position=60)
    room.place("mail", HEALTHY, 100, position=80)
    assert room.board.position == before


def test_a_replayed_silence_changes_nothing():
    room = Room()
    room.place("mail", HEALTHY, 0, position=10)
    room.place("mail", UNKNOWN, 60, position=20)
    room.place("mail", HEALTHY, 100, position=30)
    before = room.board.position
    for judgement, onset, position in ((HEALTHY, 0, 10), (UNKNOWN, 60, 20), (HEALTHY, 100, 30)):
        room.place("mail", judgement, onset, position=position)
    assert room.board.position == before


# Knowledge ------------------------------------------------------------------------------------


def test_a_component_is_unknown_only_when_all_its_checks_are():
    room = Room(policy(component("mail", "smtp", "imap")))
    room.place("mail/smtp", HEALTHY, 0)
    room.place("mail/imap", HEALTHY, 0)
    assert isinstance(room.place("mail/smtp", UNKNOWN, 100)[0], MarkKnown)
    assert isinstance(room.place("mail/imap", UNKNOWN, 100)[0], MarkUnknown)
    assert room.board.status("mail") is ComponentStatus.UNKNOWN
    room.place("mail/imap", HEALTHY, 200)
    assert room.board.status("mail") is ComponentStatus.OPERATIONAL


def test_unknown_opens_no_incident_and_ends_none():
    room = Room()
    room.place("mail", HEALTHY, 0)
    assert observed(room.place("mail", UNKNOWN, 100)) == []
    room.place("mail", FAILING, 200)
    assert observed(room.place("mail", UNKNOWN, 300)) == []
    assert room.board.status("mail") is ComponentStatus.MAJOR_OUTAGE


def test_a_failing_check_weighs_on_though_it_fell_silent():
    room = Room(policy(component("mail", "smtp", "imap")))
    room.place("mail/smtp", FAILING, 0)
    room.place("mail/smtp", UNKNOWN, 50)
    room.place("mail/imap", DEGRADED, 60)
    assert room.board.status("mail") is ComponentStatus.MAJOR_OUTAGE


def test_a_check_of_a_component_that_is_gone_is_placed_nowhere():
    room = Room()
    assert room.place("gone", FAILING, 0) == ()


def test_warnings_are_placed_once():
    room = Room()
    (command,) = correlate.warn(room.board, "mail/api", ("disk at 91 %",), 40)
    assert command == Warn("mail/api", ("disk at 91 %",), 40)
    room.record(command, 0)
    assert correlate.warn(room.board, "mail/api", ("disk at 91 %",), 40) == ()
    assert room.board.warnings == {"mail/api": {"disk at 91 %"}}
    (command,) = correlate.warn(room.board, "mail/api", (), 50)
    room.record(command, 9)
    assert room.board.warnings == {}


def test_a_fleet_restored_from_states_places_as_before():
    room = Room(policy(component("mail", "smtp", "imap")))
    held = verdict(FAILING, 0, "mail/smtp")
    room.fleet.restore(verdict(UNKNOWN, 50, "mail/smtp"), held, position=7)
    mail = room.policy.components["mail"]
    assert room.fleet.last_known(mail) is ComponentStatus.MAJOR_OUTAGE
    assert not room.fleet.can_tell(mail)
