"""The one sentence in large type."""

from datetime import timedelta

import pytest

from incidents import impact, words
from incidents.detect import AWAITING_BEAT
from incidents.events import ComponentUnknown
from incidents.model import ComponentStatus
from statuspage.views.headline import headline
from statuspage.views.standing import standings
from statuspage.views.times import times_of
from tests.statuspage import examples, scenes
from tests.statuspage.scenes import DEGRADED, MAJOR, OPERATIONAL, PARTIAL, UNKNOWN, Scene

WORDS = words.load("en")


def said(snapshot):
    return headline(snapshot, standings(snapshot), times_of(snapshot, WORDS))


@pytest.mark.parametrize(
    ("snapshot", "sentence", "state"),
    [
        (examples.all_good, "Everything is working.", OPERATIONAL),
        (examples.one_slow, "Checkout is slow since 14:02.", DEGRADED),
        (
            examples.major_outage,
            "Payments is down since 14:02; Checkout and Invoices are affected.",
            MAJOR,
        ),
        (
            examples.recovering,
            "Everything is working again; we are still watching Payments.",
            OPERATIONAL,
        ),
        (
            examples.one_unknown,
            "We cannot tell at the moment: our monitoring has not heard from Payments since 14:02.",
            UNKNOWN,
        ),
        (
            examples.stale,
            "We cannot tell at the moment: our monitoring has not reported since 14:02.",
            UNKNOWN,
        ),
        (
            examples.no_results,
            "We cannot tell yet: the first results are on their way.",
            UNKNOWN,
        ),
        (examples.no_components, "Nothing is watched here yet.", UNKNOWN),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_situation_is_told_in_one_sentence(snapshot, sentence, state):
    found = said(snapshot())
    assert (found.sentence, found.state) == (sentence, state)


@pytest.mark.parametrize(
    ("affected", "ago", "sentence"),
    [
        ({"search": PARTIAL}, {"minutes": 5}, "Search is partly down since 14:09."),
        ({"search": DEGRADED}, {"days": 2}, "Search is slow since Thu 14:14."),
        ({"search": DEGRADED}, {"days": 20}, "Search is slow since 1 Nov 14:14."),
        (
            {"search": MAJOR, "signin": MAJOR},
            {"minutes": 5},
            "Search and Sign-in are down since 14:09.",
        ),
        (
            {"search": MAJOR, "signin": DEGRADED},
            {"minutes": 5},
            "Search is down since 14:09; Sign-in is affected.",
        ),
        (
            {"checkout": MAJOR, "payments": MAJOR},
            {"minutes": 5},
            "Payments is down since 14:09; Checkout is affected.",
        ),
        (
            dict.fromkeys(("search", "signin", "mail", "api", "phone"), DEGRADED),
            {"minutes": 5},
            "Search, Public API and 3 more are slow since 14:09.",
        ),
    ],
)
def test_trouble_names_what_where_and_since_when(affected, ago, sentence):
    scene = Scene()
    scene.open("Trouble", scene.ago(**ago), affected, "We know.")
    assert said(scene.snapshot()).sentence == sentence


def test_an_unpublished_incident_changes_nothing():
    scene = Scene()
    scene.open("Trouble", scene.ago(minutes=5), {"search": MAJOR}, "", public=False)
    assert said(scene.snapshot()).sentence == "Everything is working."


def test_an_incident_without_components_is_told_by_its_title():
    scene = Scene()
    scene.open("Letters arrive late", scene.ago(minutes=5), {}, "We know.")
    assert said(scene.snapshot()).sentence == "We are looking into a problem: Letters arrive late"


def test_trouble_beside_silence_says_both():
    scene = Scene()
    scene.open("Trouble", scene.ago(minutes=5), {"search": MAJOR}, "We know.")
    scene.lose("mail", scene.ago(minutes=9))
    found = said(scene.snapshot())
    assert found.sentence == "Search is down since 14:09."
    assert found.beside == "We cannot tell about Mail delivery."


def test_what_is_not_known_is_told_beside_what_works():
    assert said(examples.one_unknown()).beside == "Everything else is working."


def test_what_is_still_to_report_for_the_first_time_alarms_nobody():
    scene = Scene()
    at = scene.ago(minutes=9)
    scene.add("component:mail", at, ComponentUnknown(at, AWAITING_BEAT))
    scene.silent += impact.unknown_spans("mail", at, None)
    found = said(scene.snapshot())
    assert found.sentence == "Everything that we have heard from is working."
    assert found.beside == "Still to report for the first time: Mail delivery."
    assert found.state is UNKNOWN


def test_results_that_are_old_make_every_measured_component_unknown():
    snapshot = examples.stale()
    found = {name: standing.status for name, standing in standings(snapshot).items()}
    assert found.pop("phone") is OPERATIONAL
    assert set(found.values()) == {UNKNOWN}


def test_staleness_begins_after_the_instant_until_which_results_are_fresh():
    scene = Scene()
    at_the_edge = scene.snapshot(fresh_until=scene.now)
    past_it = scene.snapshot(fresh_until=scene.now - timedelta(milliseconds=1))
    assert said(at_the_edge).state is ComponentStatus.OPERATIONAL
    assert said(past_it).state is ComponentStatus.UNKNOWN


def test_a_name_cannot_turn_the_direction_of_the_sentence():
    hostile = scenes.component("x", "Pay\u202ements\x00\n now")
    scene = Scene(components=(hostile,))
    scene.open("Trouble", scene.ago(minutes=5), {"x": MAJOR}, "We know.")
    assert said(scene.snapshot()).sentence == "Payments now is down since 14:09."
