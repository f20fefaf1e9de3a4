"""The life of an incident: given events, when a command comes, then these events."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.commands import (
    Discard,
    EditUpdate,
    Forget,
    IncidentCommand,
    KeepPromise,
    Observe,
    PostUpdate,
    Publish,
    Resolve,
    TellChanges,
)
from incidents.events import (
    MACHINE,
    CheckForgotten,
    CheckJudged,
    ChecksRecovered,
    Discarded,
    Event,
    Opened,
    Published,
    Recorded,
    Relapsed,
    Retitled,
    StatusChanged,
    Unknown,
    UpdateEdited,
    UpdatePosted,
    decode,
    encode,
    shape,
)
from incidents.evolution import evolve
from incidents.impact import worst_of
from incidents.lifecycle import decide
from incidents.model import (
    ComponentStatus,
    Incident,
    IncidentStatus,
    Judgement,
    Phrase,
    Shift,
    Verdict,
)
from incidents.policy import Policy, PromisePolicy, Publication, PublicationMode
from incidents.promises import next_due
from incidents.updates import is_worse, told
from tests.incidents.world import NOON, at, component, policy, seconds, verdict

OK, SLOW, PARTIAL, MAJOR = (
    ComponentStatus.OPERATIONAL,
    ComponentStatus.DEGRADED,
    ComponentStatus.PARTIAL_OUTAGE,
    ComponentStatus.MAJOR_OUTAGE,
)
INVESTIGATING, IDENTIFIED, MONITORING, RESOLVED, POSTMORTEM = IncidentStatus
JUDGED = {
    OK: Judgement.HEALTHY,
    SLOW: Judgement.DEGRADED,
    PARTIAL: Judgement.PARTIAL,
    MAJOR: Judgement.FAILING,
}
AUTO = Publication()
HOLD = Publication(PublicationMode.HOLD, seconds(180))
DRAFT = Publication(PublicationMode.DRAFT)
NEVER = Publication(PublicationMode.NEVER)


def shop(publish: Publication = AUTO) -> Policy:
    promise = PromisePolicy(critical=seconds(1800), major=seconds(3600), minor=seconds(14400))
    return policy(
        *(component(name, publish=publish, promise=promise) for name in ("checkout", "search"))
    )


def observe(status: ComponentStatus, count: float, name: str = "checkout") -> Observe:
    seen = verdict(JUDGED[status], onset=count, check=f"{name}/api")
    return Observe("one", name, seen, status, position=int(count) + 1)


class Story:
    """An incident as commands move it on."""

    def __init__(self, policy: Policy | None = None):
        self.policy = policy or shop()
        self.incident: Incident | None = None
        self.log: list[Recorded] = []

    def do(self, command: IncidentCommand, count: float, actor: str = MACHINE) -> list[Event]:
        events = decide(self.incident, command, at(count), self.policy)
        self.happen(*events, count=count, actor=actor)
        return list(events)

    def happen(self, *events: Event, count: float, actor: str = MACHINE) -> None:
        for event in events:
            sequence = len(self.log) + 1
            recorded = Recorded(sequence, "incident:one", sequence, at(count), actor, event)
            self.log.append(recorded)
            self.incident = evolve(self.incident, recorded)

    def see(self, status: ComponentStatus, count: float, name: str = "checkout") -> list[Event]:
        return self.do(observe(status, count, name), count)


def kinds(events: list[Event]) -> list[type[Event]]:
    return [type(event) for event in events]


def down(publish: Publication = AUTO) -> Story:
    story = Story(shop(publish))
    story.see(MAJOR, 0)
    return story


# Many at once ---------------------------------------------------------------------------------


def test_a_long_title_is_renewed_when_it_reads_otherwise_and_whenever_it_is_told():
    names = [f"part{number:03}" for number in range(158)]
    story = Story(policy(*(component(name) for name in names)))
    for name in names:
        story.see(MAJOR, 0, name)
    renewed = [one.event.title for one in story.log if isinstance(one.event, Retitled)]
    assert len(renewed) == 98 + 6
    five = "Part000, Part001, Part002, Part003, Part004"
    assert renewed[-1] == f"{five} and 145 more are down"
    story.do(next_due(story.incident, story.policy).command, 30)
    assert story.incident.title == f"{five} and 153 more are down"
    assert story.incident.untold == 0


# Opening --------------------------------------------------------------------------------------


def test_a_failure_opens_an_incident_and_says_so_at_once():
    opened, judged, changed, published, posted = Story().see(MAJOR, 0)
    title = Phrase("title", {"major_outage": "Checkout"})
    assert opened == Opened("Checkout is down", at(0), Publication(), title)
    assert isinstance(judged, CheckJudged)
    assert changed == StatusChanged("checkout", MAJOR, at(0))
    assert published == Published()
    assert (posted.status, posted.automatic) == (INVESTIGATING, True)
    assert posted.body == "Checkout is down. We are looking into it."
    assert posted.components == {"checkout": Shift(OK, MAJOR)}


@pytest.mark.parametrize(
    ("status", "title", "promise"),
    [
        (MAJOR, "Checkout is down", 1800),
        (PARTIAL, "Checkout is partly down", 3600),
        (SLOW, "Checkout is slow", 14400),
    ],
)
def test_the_worse_it_is_the_sooner_customers_hear_more(status, title, promise):
    story = Story()
    story.see(status, 0)
    assert story.incident.title == title
    assert story.incident.promised_at == at(promise)


def test_what_is_well_opens_nothing():
    assert Story().see(OK, 0) == []


@pytest.mark.parametrize("publish", [HOLD, DRAFT, NEVER])
def test_an_incident_held_back_says_nothing_in_public(publish):
    story = Story(shop(publish))
    assert kinds(story.see(MAJOR, 0)) == [Opened, CheckJudged, StatusChanged]
    assert not story.incident.public


@pytest.mark.parametrize(
    "command",
    [
        Publish("one"),
        Resolve("one", at(0)),
        PostUpdate("one", IDENTIFIED, "?"),
        KeepPromise("one", at(0)),
        Discard("one", "?"),
        EditUpdate("one", "x", "?"),
        Forget("one", "checkout/api", "checkout", None, at(0)),
    ],
)
def test_nothing_can_be_asked_of_an_incident_that_is_not_there(command):
    assert Story().do(command, 0) == []


# Publication ----------------------------------------------------------------------------------


def test_a_hold_ends_in_publication_with_the_facts_of_then():
    story = down(HOLD)
    story.see(SLOW, 60, "search")
    assert story.incident.publish_due_at == at(180)
    published, posted = story.do(Publish("one"), 180)
    assert published == Published()
    assert posted.body == "Checkout is down, Search is slow. We are looking into it."


def test_what_recovers_within_its_hold_is_never_told():
    story = down(HOLD)
    assert story.see(OK, 60)[-1] == Discarded("recovered within the hold")
    assert not story.incident.open
    assert story.do(Publish("one"), 180) == []


@pytest.mark.parametrize("publish", [DRAFT, NEVER])
def test_what_nobody_published_is_watched_and_put_away(publish):
    story = down(publish)
    story.see(OK, 60)
    assert story.incident.open
    assert kinds(story.do(Resolve("one", at(60)), 360)) == [Discarded]


def test_a_draft_that_an_operator_publishes_is_public():
    story = down(DRAFT)
    assert kinds(story.do(Publish("one"), 60, "ann")) == [Published, UpdatePosted]


def test_what_was_discarded_stays_so():
    story = down(HOLD)
    story.do(Discard("one", "a test of ours"), 10, "ann")
    assert [story.see(SLOW, 20), story.do(Publish("one"), 180)] == [[], []]


def test_what_is_public_cannot_be_discarded():
    assert down().do(Discard("one", "oops"), 10) == []


# Change ---------------------------------------------------------------------------------------


def test_a_component_that_joins_is_told_and_named():
    _, _, retitled, posted = down().see(MAJOR, 60, "search")
    both = Phrase("title", {"major_outage": "Checkout\nSearch"})
    assert retitled == Retitled("Checkout and Search are down", phrase=both)
    assert posted.body == "Search is now down, Checkout is still down. We are looking into it."
    assert posted.components == {"checkout": Shift(MAJOR, MAJOR), "search": Shift(OK, MAJOR)}


def test_worse_is_told_and_better_is_not_until_it_is_well():
    story = Story()
    story.see(SLOW, 0)
    assert kinds(story.see(MAJOR, 60))[-1] is UpdatePosted
    assert kinds(story.see(SLOW, 120)) == [CheckJudged, StatusChanged]


def test_changes_on_the_heels_of_an_update_are_told_together_after_a_while():
    story = down()
    assert kinds(story.see(MAJOR, 5, "search")) == [CheckJudged, StatusChanged, Retitled]
    assert story.do(TellChanges("one", story.incident.sequence), 29) == []
    (posted,) = story.do(TellChanges("one", story.incident.sequence), 30)
    assert posted.components["search"] == Shift(OK, MAJOR)


def test_a_cause_that_joins_on_the_heels_of_an_update_is_told_soon():
    story = Story(policy(component("checkout", depends_on=("search",)), component("search")))
    story.see(MAJOR, 0)
    story.see(MAJOR, 1, "search")
    due = next_due(story.incident, story.policy)
    assert due.at == at(2)
    (posted,) = story.do(due.command, 2)
    assert posted.body.startswith("Search is now down, Checkout is still down.")


def test_another_check_of_the_component_changes_no_words():
    second = replace(observe(MAJOR, 30), verdict=verdict(onset=30, check="checkout/edge"))
    assert kinds(down().do(second, 30)) == [CheckJudged]


def test_a_healthy_check_does_not_join():
    assert down().see(OK, 30, "search") == []


def test_a_status_found_later_to_have_begun_earlier_is_back_dated():
    story = Story()
    story.see(SLOW, 60)
    story.do(replace(observe(MAJOR, 30)), 90)
    assert story.incident.onset_at == at(30)
    assert [change.status for change in story.incident.timeline["checkout"]] == [MAJOR]


# Recovery -------------------------------------------------------------------------------------


def test_recovery_is_said_watched_and_then_called_an_end():
    story = down()
    posted = story.see(OK, 60)[-1]
    assert (posted.status, posted.promised_at) == (MONITORING, at(60 + 1800))
    assert story.do(Resolve("one", at(60)), 359) == []
    resolved = story.do(Resolve("one", at(60)), 360)[-1]
    assert (resolved.status, resolved.promised_at) == (RESOLVED, None)
    assert resolved.body.endswith("We are sorry for the trouble.")
    assert story.incident.resolved_at == at(360)


def test_it_has_not_recovered_before_the_last_component_has():
    story = down()
    story.see(MAJOR, 10, "search")
    assert kinds(story.see(OK, 60)) == [CheckJudged, StatusChanged]
    assert story.see(OK, 90, "search")[-1].status is MONITORING


def test_a_relapse_returns_to_the_same_incident_and_is_watched_twice_as_long():
    story = down()
    story.see(OK, 60)
    events = story.see(MAJOR, 100)
    assert kinds(events) == [CheckJudged, StatusChanged, Relapsed, Retitled, UpdatePosted]
    assert events[-1].status is INVESTIGATING
    assert story.incident.title == "Checkout is down"
    assert events[-1].body == "Checkout is down again. We are looking into it."
    story.see(OK, 200)
    assert story.do(Resolve("one", at(200)), 200 + 599) == []
    assert kinds(story.do(Resolve("one", at(200)), 200 + 600)) == [UpdatePosted]


def test_a_watch_that_was_overtaken_by_a_relapse_ends_nothing():
    story = down()
    story.see(OK, 60)
    story.see(MAJOR, 100)
    assert story.do(Resolve("one", at(60)), 360) == []


def test_a_failure_after_the_end_is_not_of_this_incident():
    story = down()
    story.see(OK, 60)
    story.do(Resolve("one", at(60)), 360)
    assert story.see(MAJOR, 400) == []


def test_what_is_over_goes_by_a_title_that_says_so_and_is_retitled_once():
    story = Story()
    story.see(SLOW, 0)
    story.see(MAJOR, 40)
    story.see(SLOW, 50, "search")
    was = Phrase("past_title", {"major_outage": "Checkout", "degraded_performance": "Search"})
    retitled = Retitled("Checkout was down, Search was slow", phrase=was)
    assert retitled not in story.see(OK, 60)
    assert retitled in story.see(OK, 90, "search")
    assert story.incident.title_phrase == story.incident.updates[-1].title_phrase == was
    assert story.incident.updates[-1].title == "Checkout was down, Search was slow"
    assert story.incident.updates[0].title == "Checkout is slow"
    assert kinds(story.do(Resolve("one", at(90)), 390)) == [UpdatePosted]


# Operators ------------------------------------------------------------------------------------


def test_an_operator_who_ends_it_leaves_no_title_that_says_it_goes_on():
    story = touched()
    story.see(OK, 60)
    assert story.incident.title == "Checkout is down"
    story.do(PostUpdate("one", MONITORING, "A new disk is in."), 70, "ann")
    assert story.incident.title == "Checkout was down"
    down_again = Phrase("title", {"major_outage": "Checkout"})
    assert Retitled("Checkout is down", phrase=down_again) in story.see(MAJOR, 80)
    story.do(PostUpdate("one", RESOLVED, "Now it is."), 90, "ann")
    assert story.incident.title == "Checkout was down"


@pytest.mark.parametrize("actor", [MACHINE, "ann"])
def test_a_title_that_an_operator_gave_is_left_alone(actor):
    story = down()
    story.happen(Retitled("Pay later", automatic=False), count=5, actor=actor)
    story.see(MAJOR, 40, "search")
    story.see(OK, 50)
    story.see(OK, 60, "search")
    story.do(Resolve("one", at(60)), 360)
    assert (story.incident.status, story.incident.title) == (RESOLVED, "Pay later")
    assert story.incident.title_phrase is None


def touched() -> Story:
    story = down()
    story.do(PostUpdate("one", IDENTIFIED, "A disk is full."), 30, "ann")
    return story


def test_an_operators_post_carries_a_promise_and_no_machine_label():
    post = touched().log[-1]
    assert (post.actor, post.event.automatic) == ("ann", False)
    assert post.event.promised_at == at(30 + 1800)


def test_an_operator_may_promise_otherwise():
    posted = down().do(PostUpdate("one", IDENTIFIED, "A disk is full.", at(600)), 30)[-1]
    assert posted.promised_at == at(600)


def test_once_an_operator_wrote_facts_follow_and_words_do_not():
    story = touched()
    assert kinds(story.see(MAJOR, 60, "search")) == [CheckJudged, StatusChanged]
    assert kinds(story.see(OK, 90)) == [CheckJudged, StatusChanged]
    assert kinds(story.see(OK, 99, "search")) == [CheckJudged, StatusChanged, ChecksRecovered]
    assert story.do(Resolve("one", at(99)), 9999) == []
    assert story.do(KeepPromise("one", story.incident.promised_at), 1800) == []
    assert kinds(story.see(MAJOR, 10_000)) == [CheckJudged, StatusChanged, Relapsed]


def test_an_operator_ends_it_and_adds_a_postmortem():
    story = touched()
    story.do(PostUpdate("one", RESOLVED, "Replaced."), 90, "ann")
    assert not story.incident.open
    assert story.do(PostUpdate("one", IDENTIFIED, "Hm."), 95, "ann") == []
    story.do(PostUpdate("one", POSTMORTEM, "What we learnt."), 99, "ann")
    assert story.incident.status is POSTMORTEM
    assert story.incident.resolved_at == at(90)


def test_an_operators_post_makes_a_draft_public():
    events = down(DRAFT).do(PostUpdate("one", IDENTIFIED, "A disk is full."), 30, "ann")
    assert kinds(events) == [Published, UpdatePosted]


def test_an_edit_keeps_the_posts_identity():
    story = down()
    first = story.incident.updates[0]
    events = story.do(EditUpdate("one", first.id, "Checkout is down for all."), 30, "ann")
    assert events == [UpdateEdited(first.id, "Checkout is down for all.")]
    edited = story.incident.updates[0]
    assert (edited.id, edited.body, edited.edited_at) == (
        first.id,
        "Checkout is down for all.",
        at(30),
    )
    assert story.incident.touched
    assert story.do(EditUpdate("one", "nowhere", "?"), 40) == []


# Promises -------------------------------------------------------------------------------------


def test_a_promise_is_kept_with_the_truth_and_made_anew():
    story = down()
    (posted,) = story.do(KeepPromise("one", at(1800)), 1740)
    assert posted.body == "Checkout is still down. We have no more news yet."
    assert (posted.status, posted.automatic) == (INVESTIGATING, True)
    assert posted.promised_at == at(1740 + 1800)
    assert story.do(KeepPromise("one", at(1800)), 1740) == []


def test_while_it_is_watched_the_truth_is_that_it_works():
    story = down()
    story.see(OK, 60)
    (posted,) = story.do(KeepPromise("one", at(1860)), 1800)
    assert (posted.status, posted.body) == (
        MONITORING,
        "Checkout is still working. We keep watching until we are sure.",
    )


# No longer monitored --------------------------------------------------------------------------


def forget(status: ComponentStatus | None, name: str = "checkout") -> Forget:
    return Forget("one", f"{name}/api", name, status, at(50))


def test_a_check_that_is_gone_never_resolves_an_incident():
    story = down()
    forgotten, posted = story.do(forget(None), 50)
    assert forgotten == CheckForgotten("checkout/api")
    assert posted.body == "We no longer monitor Checkout, so we cannot see how it goes on."
    assert (posted.status, posted.promised_at) == (INVESTIGATING, None)
    assert story.incident.open
    assert story.incident.recovered_at is None


def test_a_held_incident_whose_check_is_gone_is_put_away():
    assert down(HOLD).do(forget(None), 50)[-1] == Discarded("no longer monitored")


def test_the_checks_that_are_left_decide():
    story = down()
    assert story.do(forget(OK), 50)[-1].status is MONITORING


def test_the_members_that_are_left_decide():
    story = down()
    story.see(MAJOR, 10, "search")
    assert kinds(story.do(forget(None), 50)) == [CheckForgotten]
    assert story.see(OK, 60, "search")[-1].body.startswith("Search is working again.")


# What holds for all of it ---------------------------------------------------------------------


def test_an_event_of_a_later_version_makes_it_read_only():
    story = down()
    story.happen(Unknown("moved", 7, b"{}"), count=10)
    assert story.incident.read_only
    assert [story.see(OK, 60), story.do(PostUpdate("one", IDENTIFIED, "?"), 70)] == [[], []]


def test_an_incident_that_begins_with_an_unknown_event_is_kept():
    story = Story()
    story.happen(Unknown("opened", 2, b"{}"), count=0)
    assert (story.incident.read_only, story.incident.opened_at) == (True, NOON)


STATUSES = st.sampled_from([OK, SLOW, PARTIAL, MAJOR])
NAMES = st.sampled_from(["checkout", "search"])


COUNTS = st.integers(0, 5000)
CHANGES = st.tuples(STATUSES, NAMES)
OTHERS = st.one_of(
    st.just(Publish("one")),
    st.builds(Resolve, st.just("one"), COUNTS.map(at)),
    st.builds(KeepPromise, st.just("one"), COUNTS.map(at)),
    st.builds(PostUpdate, st.just("one"), st.sampled_from(IncidentStatus), st.sampled_from("ab")),
    st.just(Discard("one", "not ours")),
    st.just(TellChanges("one", 1)),
    st.builds(forget, st.none() | STATUSES, NAMES),
)


def timed(count: int, said: tuple[ComponentStatus, str] | IncidentCommand):
    """What is said then: a command, or that a component changed."""
    return count, observe(said[0], count, said[1]) if isinstance(said, tuple) else said


COMMANDS = st.lists(st.builds(timed, COUNTS, CHANGES | OTHERS), max_size=25).map(
    lambda all: sorted(all, key=lambda c: c[0])
)
PUBLISH = st.sampled_from([Publication(), HOLD, DRAFT, NEVER])


@given(PUBLISH, COMMANDS)
def test_the_same_command_twice_changes_nothing(publish, commands):
    story = Story(shop(publish))
    for count, command in commands:
        story.do(command, count)
        assert story.do(command, count) == []


@given(PUBLISH, COMMANDS)
def test_what_every_incident_keeps(publish, commands):
    story = Story(shop(publish))
    for count, command in commands:
        before = story.incident
        story.do(command, count)
        after = story.incident
        if before and not before.open:
            assert not after.open
        if after is None:
            continue
        assert after.sequence == len(story.log)
        assert bool(after.updates) <= after.public
        for update in after.updates:
            owed = not update.status.over and "no longer monitor" not in update.body
            assert (update.promised_at is not None) == owed
        for changes in after.timeline.values():
            instants = [change.at for change in changes]
            assert instants == sorted(set(instants))
        assert len({update.id for update in after.updates}) == len(after.updates)
        assert after.standing == Counter(after.components.values())
        assert after.suffered == Counter(map(worst_of, after.timeline.values()))
        worse = [is_worse(told(after, name), now) for name, now in after.components.items()]
        assert after.untold == sum(worse)


@given(PUBLISH, COMMANDS)
def test_an_incident_is_the_same_when_its_log_is_read_back(publish, commands):
    story = Story(shop(publish))
    for count, command in commands:
        story.do(command, count)
    read: Incident | None = None
    for recorded in story.log:
        event = decode(*shape(recorded.event), encode(recorded.event))
        read = evolve(read, replace(recorded, event=event))
    assert read == story.incident


def test_a_verdict_survives_the_log():
    judged = CheckJudged(Verdict("a/b", Judgement.PARTIAL, at(0), at(9), "why", "s", ("fra",)), 7)
    assert decode(*shape(judged), encode(judged)) == judged
