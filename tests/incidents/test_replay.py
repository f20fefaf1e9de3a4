"""Stories from probes to updates: what happens out there, and what customers read of it."""

import itertools

from incidents.events import ComponentUnknown, Discarded, Opened, Relapsed, UpdatePosted
from incidents.impact import incident_spans
from incidents.model import IncidentStatus
from incidents.policy import Publication, PublicationMode
from incidents.replay import Replay
from incidents.signals import Tick
from tests.incidents.world import (
    FAIL,
    NOON,
    PASS,
    SLOW,
    THREE,
    World,
    always,
    at,
    between,
    component,
    policy,
    result,
    seconds,
)


def statuses(world: World) -> list[IncidentStatus]:
    return [event.status for event in world.events(UpdatePosted)]


def test_an_outage_from_first_failure_to_the_end():
    world = World(policy(), between(100, 200)).run(1000)
    assert world.story == [
        "investigating: Checkout is down. We are looking into it.",
        "monitoring: Checkout is working again. We keep watching until we are sure.",
        "resolved: Checkout is working normally again. We are sorry for the trouble.",
    ]
    (incident,) = world.incidents
    assert (incident.onset_at, incident.opened_at) == (at(120), at(122))
    assert incident.resolved_at == at(211 + 300)


def test_a_quiet_week_has_no_incident_and_no_rechecks():
    world = World(policy(locations=THREE, interval=seconds(600)), always(PASS)).run(7 * 86_400)
    assert (world.incidents, world.rechecks) == ([], 0)
    assert world.events(ComponentUnknown)[1:] == []


def test_a_blip_is_nobodys_incident():
    assert World(policy(), between(120, 120.5)).run(1000).incidents == []


def test_a_restart_shorter_than_eight_seconds_is_ignored_by_default():
    assert World(policy(confirm=None), between(119, 127)).run(1000).incidents == []


def test_spans_that_are_written_one_by_one_are_those_of_the_whole_incident():
    three = policy(component("checkout"), component("pay", depends_on=("checkout",)),
                   component("mail", depends_on=("checkout",)))  # fmt: skip
    fails = {"checkout/api": (100, 400), "pay/api": (130, 300), "mail/api": (190, 250)}
    world = World(
        three,
        lambda check, location, when: FAIL if at(fails[check][0]) <= when < at(fails[check][1])
        else PASS,
    )  # fmt: skip
    for until in range(100, 1000, 20):
        world.run(until)
        for incident in world.incidents:
            written = world.replay.spans[incident.id]
            assert set(written) == set(incident_spans(incident))
    (incident,) = world.incidents
    assert {span.component for span in written} == {"checkout", "pay", "mail"}


def test_slow_is_not_down():
    world = World(policy(), between(100, 300, SLOW)).run(1000)
    assert world.story[0] == "investigating: Checkout is slow. We are looking into it."


def test_a_slow_service_that_goes_down_says_so():
    def getting_worse(check, location, when):
        return SLOW if at(100) <= when < at(200) else FAIL if at(200) <= when < at(300) else PASS

    world = World(policy(), getting_worse).run(1000)
    assert [line.partition(". ")[0] for line in world.story] == [
        "investigating: Checkout is slow",
        "investigating: Checkout is now down",
        "monitoring: Checkout is working again",
        "resolved: Checkout is working normally again",
    ]


def test_a_flap_is_one_incident():
    def flapping(check, location, when):
        on = at(100) <= when < at(2000) and ((when - NOON) // seconds(120)) % 2 == 0
        return FAIL if on else PASS

    world = World(policy(), flapping).run(20_000)
    (incident,) = world.incidents
    assert len(world.events(Relapsed)) == incident.relapses == 7
    assert incident.status is IncidentStatus.RESOLVED


def test_three_locations_find_an_outage_in_ten_seconds_and_name_its_first_failure():
    world = World(policy(locations=THREE, confirm=None), between(100, 400)).run(2000)
    (incident,) = world.incidents
    assert incident.onset_at == at(100)
    assert incident.opened_at - incident.onset_at <= seconds(12)
    assert statuses(world)[-1] is IncidentStatus.RESOLVED


def test_one_cut_location_is_partial_after_its_grace_and_never_hidden():
    def cut(check, location, when):
        return FAIL if location == "fra" and when >= at(100) else PASS

    world = World(policy(locations=THREE, confirm=None), cut).run(1000)
    assert world.story == ["investigating: Checkout is partly down. We are looking into it."]
    (incident,) = world.incidents
    assert incident.checks["checkout/api"].locations == ("fra",)


def test_one_fault_under_ten_components_is_one_incident():
    shops = [component(f"shop{number}", depends_on=("database",)) for number in range(10)]
    world = World(policy(component("database"), *shops), between(100, 300)).run(3000)
    (incident,) = world.incidents
    assert len(incident.timeline) == 11
    assert incident.status is IncidentStatus.RESOLVED


def test_what_fails_together_is_told_in_two_updates_and_not_in_eleven():
    shops = [component(f"shop{number}", depends_on=("database",)) for number in range(10)]
    world = World(policy(component("database"), *shops), between(100, 9000)).run(1000)
    first, second = world.events(UpdatePosted)
    assert (len(first.components), len(second.components)) == (1, 11)
    assert second.body.startswith("Shop0, Shop1")
    assert "Database is still down" in second.body


def test_unrelated_faults_in_the_same_minute_are_two():
    def two_faults(check, location, when):
        ill = at(100) <= when < at(300)
        return (FAIL if check == "checkout/api" else SLOW) if ill else PASS

    world = World(policy(component("checkout"), component("mail")), two_faults).run(3000)
    assert len(world.incidents) == 2


def test_the_same_fault_under_two_components_in_the_same_minute_is_one():
    world = World(policy(component("checkout"), component("mail")), between(100, 300)).run(3000)
    (incident,) = world.incidents
    assert set(incident.timeline) == {"checkout", "mail"}


def test_a_hold_hides_what_recovers_within_it():
    hold = Publication(PublicationMode.HOLD, seconds(180))
    shop = policy(component("checkout", publish=hold))
    assert World(shop, between(100, 200)).run(2000).story == []
    assert len(World(shop, between(100, 200)).run(2000).events(Discarded)) == 1
    longer = World(shop, between(100, 400)).run(2000)
    (incident,) = longer.incidents
    assert incident.published_at == incident.opened_at + seconds(180)
    assert statuses(longer) == ["investigating", "monitoring", "resolved"]


def test_a_long_outage_is_written_of_before_each_promise_breaks():
    world = World(policy(), between(100, 9000)).run(9500)
    posts = [one for one in world.replay.log if isinstance(one.event, UpdatePosted)]
    for before, after in itertools.pairwise(posts):
        assert after.at <= before.event.promised_at


def test_silence_is_told_to_be_unknown():
    world = World(policy(), always(PASS)).run(65)
    world.replay.feed(Tick("checkout/api", at(150)))
    (unknown,) = world.events(ComponentUnknown)[1:]
    assert (unknown.from_at, unknown.reason) == (at(60), "no result since 12:01:00 UTC")
    assert world.incidents == []


def test_the_same_signals_again_after_a_restart_change_nothing():
    signals = [result(PASS, 0), *(result(FAIL, 30 + i) for i in range(3))]
    signals += [result(PASS, 60 + i) for i in range(2)]
    first = Replay(policy())
    first.start(NOON)
    for signal in signals:
        first.feed(signal)
    again = Replay(policy(), board=first.board)
    again.start(NOON)
    for signal in signals:
        again.feed(signal)
    assert again.log == []
    assert again.verdicts == first.verdicts


def test_after_a_crash_before_the_log_was_written_replay_opens_the_same_incident():
    signals = [result(PASS, 0), *(result(FAIL, 30 + i) for i in range(3))]
    replays = [Replay(policy()), Replay(policy())]
    for replay in replays:
        replay.start(NOON)
        for signal in signals:
            replay.feed(signal)
    one, other = (replay.board.incidents.keys() for replay in replays)
    assert one == other
    assert len(replays[0].board.incidents) == 1


def test_two_failures_one_after_another_are_two_incidents():
    world = World(policy(), between(100, 200)).run(1000)
    world.outcomes = between(2000, 2100)
    world.run(4000)
    assert len(world.events(Opened)) == 2
    assert len({incident.id for incident in world.incidents}) == 2


def test_what_is_due_follows_the_policy_that_holds_now():
    world = World(policy(), between(100, 200)).run(300)
    assert world.replay.next_at() == at(211 + 300)
    world.replay.adopt(policy(watch=seconds(900)), at(300))
    assert world.replay.next_at() == at(211 + 900)
    world.run(1200)
    (incident,) = world.incidents
    assert incident.resolved_at == at(211 + 900)
