"""What is due by time alone."""

from dataclasses import replace

import pytest

from incidents.commands import KeepPromise, Publish, Resolve, TellChanges
from incidents.model import ComponentStatus, IncidentStatus
from incidents.policy import PromisePolicy
from incidents.promises import next_due
from tests.incidents.test_lifecycle import DRAFT, HOLD, MAJOR, OK, Story, down, touched
from tests.incidents.world import at, component, policy, seconds


def due(story: Story):
    return next_due(story.incident, story.policy)


def test_a_hold_ends():
    found = due(down(HOLD))
    assert (found.at, found.command) == (at(180), Publish("one"))


def test_a_draft_waits_for_an_operator():
    assert due(down(DRAFT)) is None


def test_a_promise_is_kept_a_minute_before_it_would_break():
    found = due(down())
    assert (found.at, found.command) == (at(1800 - 60), KeepPromise("one", at(1800)))


def test_a_short_promise_is_kept_when_a_tenth_of_it_is_left():
    story = down()
    first = story.incident.updates[0]
    story.incident = replace(story.incident, updates=(replace(first, promised_at=at(100)),))
    assert due(story).at == at(90)


@pytest.mark.parametrize(
    ("relapses", "watch"), [(0, 300), (1, 600), (2, 1200), (4, 4800), (5, 4800), (99, 4800)]
)
def test_a_watch_doubles_with_each_relapse_up_to_sixteen_times(relapses, watch):
    story = down()
    story.see(OK, 60)
    promised = replace(story.incident.updates[-1], promised_at=at(99_999))
    story.incident = replace(story.incident, relapses=relapses, updates=(promised,))
    found = due(story)
    assert (found.at, found.command) == (at(60 + watch), Resolve("one", at(60)))


def test_what_got_worse_is_told_when_the_last_update_has_stood_for_a_while():
    story = down()
    story.see(MAJOR, 5, "search")
    found = due(story)
    assert (found.at, type(found.command)) == (at(30), TellChanges)
    story.do(found.command, 30)
    assert isinstance(due(story).command, KeepPromise)


def test_the_soonest_that_any_member_promises_is_promised_and_not_what_others_do():
    spans = {"shop": 1800, "mail": 1200, "search": 600}
    story = Story(
        policy(*(component(name, promise=promise(count)) for name, count in spans.items()))
    )
    for count, name, promised in ((0, "shop", 1800), (40, "mail", 40 + 1200)):
        story.see(MAJOR, count, name)
        assert story.incident.promised_at == at(promised)
    story.policy = policy(*(component(name, promise=promise(300)) for name in spans))
    story.do(KeepPromise("one", at(40 + 1200)), 50)
    assert story.incident.promised_at == at(50 + 300)


def promise(count: float) -> PromisePolicy:
    return PromisePolicy(critical=seconds(count))


def test_nothing_is_due_where_an_operator_wrote():
    story = touched()
    assert due(story) is None
    story.see(OK, 60)
    assert due(story) is None


def test_nothing_is_due_when_it_is_over_or_read_only():
    story = down()
    story.incident = replace(story.incident, status=IncidentStatus.RESOLVED)
    assert due(story) is None
    assert due_read_only() is None


def due_read_only():
    story = down()
    story.incident = replace(story.incident, read_only=True)
    return due(story)


def test_a_key_names_subject_purpose_and_instant():
    assert due(down(HOLD)).key == ("incident:one", "Publish", at(180))


def test_a_long_incident_is_told_of_at_every_promise():
    story = down()
    for _ in range(5):
        found = due(story)
        count = (found.at - at(0)) / seconds(1)
        assert story.do(found.command, count)
        assert story.incident.promised_at > found.at
    assert story.incident.components == {"checkout": ComponentStatus.MAJOR_OUTAGE}
    assert story.incident.components["checkout"] is MAJOR
