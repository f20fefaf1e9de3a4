"""Who is told of announced work, and in which words."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from incidents import maintenance_life, words
from incidents.commands import AnnounceWork, CancelWork, ChangeWork, EndWork, StartWork
from incidents.events import Recorded
from incidents.letterheads import Letterhead
from incidents.maintenance import Work
from incidents.model import ComponentStatus, Impact, Shift, Subscriber, SubscriberState
from incidents.notifications import Told, Writer, told
from incidents.policy import MaintenancePlan, Policy, Route, Target
from incidents.recipients import for_subscribers, operators, wanted_by
from incidents.subscriptions import Links
from tests.incidents.world import component, policy

STARTS = datetime(2026, 11, 29, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
HEAD = Letterhead("Acme", "https://status.acme.example", timezone="Europe/Berlin")
LINKS = Links([b"a key for tests, long enough"])
WORK = Work("New  disks", STARTS, STARTS + 2 * HOUR, ("shop", "pay"))
PLAN = MaintenancePlan("disks", WORK.title, STARTS.replace(tzinfo=None), "Etc/UTC", 2 * HOUR)
ACME = replace(policy(component("shop"), component("pay"), component("mail")),
               maintenance={"disks": PLAN})  # fmt: skip
MOVED = replace(WORK, starts_at=STARTS + HOUR, ends_at=STARTS + 3 * HOUR)
SHIFTS = {"shop": Shift(ComponentStatus.OPERATIONAL, ComponentStatus.MAINTENANCE)}
ALL = {
    "scheduled": AnnounceWork("m", "disks", WORK),
    "changed": ChangeWork("m", MOVED),
    "started": StartWork("m", STARTS),
    "completed": EndWork("m", STARTS + 2 * HOUR),
    "cancelled": CancelWork("m"),
}


def became(*names: str, work: Work = WORK, quiet: bool = False) -> Told:
    """What a message tells of the last of these."""
    found, history = None, []
    for name in names:
        command = replace(ALL[name], quiet=quiet)
        if isinstance(command, AnnounceWork):
            command = replace(command, work=work)
        (event,) = maintenance_life.decide(found, command, ACME, SHIFTS)
        sequence = len(history) + 1
        history.append(Recorded(sequence, "maintenance:m", sequence, STARTS, "machine", event))
        found = maintenance_life.evolve(found, history[-1])
    return told(history[-1], tuple(history))


def written(found: Told, language: str = "en"):
    return Writer(ACME, HEAD, LINKS, language).for_subscribers(found)


@pytest.mark.parametrize(
    ("events", "subject", "body"),
    [
        (
            ("scheduled",),
            "Planned maintenance: New disks",
            "Planned work on Shop and Pay: Sun 29 Nov, 01:00 – 03:00 UTC.",
        ),
        (
            ("scheduled", "changed"),
            "Maintenance changed: New disks",
            "The time has changed. Now: Sun 29 Nov, 02:00 – 04:00 UTC.",
        ),
        (
            ("scheduled", "started"),
            "Maintenance has begun: New disks",
            "The work has begun. It should be over by Sun 29 Nov, 03:00 UTC.",
        ),
        (
            ("scheduled", "started", "completed"),
            "Maintenance is over: New disks",
            "The work is over.",
        ),
        (
            ("scheduled", "cancelled"),
            "Maintenance cancelled: New disks",
            "The work is cancelled and will not take place.",
        ),
    ],
)
def test_each_step_has_its_words(events, subject, body):
    found = written(became(*events))
    assert found is not None
    assert (found.subject, found.url) == (subject, "https://status.acme.example/maintenance/m")
    assert body in found.text
    assert "Unsubscribe" in found.html


def test_a_letter_says_when_in_the_zone_of_the_page():
    found = written(became("scheduled"))
    assert found is not None
    assert "When: Sun 29 Nov, 02:00 – 04:00 CET" in " ".join(found.text.split())


def test_a_description_is_the_announcement():
    found = written(became("scheduled", work=replace(WORK, description="They are **larger**.")))
    assert found is not None
    assert "They are larger." in found.text
    assert "<strong>larger</strong>" in found.html.replace(' style=""', "")


def test_it_is_told_in_the_language_of_who_reads_it():
    found = written(became("scheduled"), "de")
    german = words.load("de")
    assert found is not None
    assert found.subject == german("maintenance.subject.scheduled", title="New disks")
    assert "Geplante Arbeiten" in found.text


def test_programs_are_told_in_the_words_of_the_api():
    found = written(became("scheduled", "started"))
    assert found is not None
    assert found.data["type"] == "maintenance.started"
    data = found.data["data"]
    assert data["maintenance"]["status"] == "in_progress"
    assert data["maintenance"]["scheduled_for"] == "2026-11-29T02:00:00.000+01:00"
    (affected,) = data["update"]["affected_components"]
    assert (affected["old_status"], affected["new_status"]) == ("operational", "under_maintenance")


def test_the_team_reads_whose_page_it_is():
    found = Writer(ACME, HEAD, LINKS, "en").for_operators(became("scheduled"))
    assert found is not None
    assert found.subject == "[Acme] Planned maintenance: New disks"
    assert "Unsubscribe" not in found.html


# Who ------------------------------------------------------------------------------------------


def subscriber(*components: str) -> Subscriber:
    return Subscriber("s", "mail", "a@b", STARTS, SubscriberState.CONFIRMED, components)


@pytest.mark.parametrize(
    ("components", "wanted"), [((), True), (("pay",), True), (("mail",), False)]
)
def test_those_are_told_who_asked_for_a_component_that_it_concerns(components, wanted):
    assert wanted_by(subscriber(*components), became("scheduled")) is wanted


def test_what_is_quiet_is_told_to_nobody():
    found = became("scheduled", quiet=True)
    assert not for_subscribers(found)
    assert operators(found, routed()) == ()


def routed(**changes) -> Policy:
    to = (Target("mail", "team@acme.example"),)
    return replace(ACME, routes=(replace(Route("team", to), **changes),))


@pytest.mark.parametrize(
    ("changes", "goes"),
    [
        ({}, True),
        ({"components": frozenset({"pay"})}, True),
        ({"components": frozenset({"mail"})}, False),
        ({"impact": frozenset({Impact.MAJOR})}, False),
    ],
)
def test_it_goes_over_routes_that_take_what_has_no_impact(changes, goes):
    assert bool(operators(became("scheduled"), routed(**changes))) is goes
