"""The lines that the log has of incidents."""

from __future__ import annotations

from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from incidents.commands import PostUpdate
from incidents.model import IncidentStatus
from incidents.policy import Policy, Publication, PublicationMode
from incidents.replay import Replay
from monitor.incident_log import log_incidents
from tests.incidents.world import World, at, between, component, policy, seconds

SHOP = policy(component("shop"), watch=seconds(60))


def lines(replay: Replay) -> list[tuple[str, str, str]]:
    """What is logged of all that was recorded: level, event, and who did it."""
    with capture_logs() as found:
        log_incidents(replay.log, replay.board)
    return [(line["log_level"], line["event"], line.get("by", "")) for line in found]


def test_an_incident_opens_and_is_resolved_in_a_line_each():
    world = World(SHOP, between(600, 900))
    world.run(2400)
    with capture_logs() as found:
        log_incidents(world.replay.log, world.replay.board)
    opened, resolved = found
    (incident,) = world.incidents
    assert opened == {
        "log_level": "warning", "event": "incident opened", "id": incident.id, "component": "shop",
        "components": 1, "title": "Shop was down", "impact": "critical",
        "evidence": next(iter(incident.checks.values())).evidence,
    }  # fmt: skip
    assert (resolved["event"], resolved["id"]) == ("incident resolved", incident.id)
    assert resolved["by"] == "machine"
    assert "min" in resolved["lasted"]


def test_a_relapse_is_a_line_too():
    first, second = between(600, 700), between(760, 900)

    def outcomes(*probed):
        return max(first(*probed), second(*probed), key=lambda one: one != "pass")

    world = World(replace(SHOP, watch=seconds(300)), outcomes).run(2400)
    assert [event for _, event, _ in lines(world.replay)] == [
        "incident opened", "incident relapsed", "incident resolved",
    ]  # fmt: skip


def test_who_ended_it_is_named_and_a_postmortem_ends_nothing():
    world = World(SHOP, between(600, 9000)).run(900)
    (incident,) = world.incidents
    for status, seconds_later in ((IncidentStatus.RESOLVED, 0), (IncidentStatus.POSTMORTEM, 60)):
        post = PostUpdate(incident.id, status, f"It is {status}.")
        world.replay.record(post, at(900 + seconds_later), "anna")
    assert lines(world.replay)[1:] == [("info", "incident resolved", "anna")]


@pytest.fixture
def held() -> Policy:
    hold = Publication(PublicationMode.HOLD, seconds(600))
    return policy(component("shop", publish=hold))


def test_what_nobody_is_told_of_is_in_the_log_all_the_same(held: Policy):
    world = World(held, between(600, 700)).run(2400)
    assert lines(world.replay) == [
        ("warning", "incident opened", ""),
        ("info", "incident discarded", "machine"),
    ]
