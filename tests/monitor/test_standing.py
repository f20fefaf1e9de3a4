"""The metrics say what stands now, published or not, and nothing of what is gone."""

from __future__ import annotations

from datetime import timedelta

from prometheus_client import generate_latest

from incidents.board import Board
from incidents.events import (
    ComponentRegistered,
    ComponentRemoved,
    ComponentUnknown,
    Event,
    Opened,
    Recorded,
    StatusChanged,
)
from incidents.model import ComponentStatus, Judgement, Verdict
from incidents.policy import CheckPolicy, Publication, PublicationMode
from monitor.metrics import PrometheusMeter
from monitor.standing import Standing
from tests.clock import START

HELD = Publication(PublicationMode.HOLD, timedelta(minutes=3))


def board(*events: tuple[str, Event]) -> Board:
    """The board after these events, each with its subject."""
    folded = Board()
    for position, (subject, event) in enumerate(events, 1):
        sequence = folded.sequences.get(subject, 0) + 1
        folded.apply(Recorded(position, subject, sequence, START, "upfront", event))
    return folded


def registered(*names: str) -> list[tuple[str, Event]]:
    return [(f"component:{name}", ComponentRegistered(name, name.title())) for name in names]


def verdicts(**judgements: Judgement) -> dict[str, Verdict]:
    found = {name.replace("__", "/"): judgement for name, judgement in judgements.items()}
    return {check: Verdict(check, judgement, START, START) for check, judgement in found.items()}


class Scene:
    def __init__(self) -> None:
        self.meter = PrometheusMeter()
        self.standing = Standing(self.meter)
        self.read = self.meter.registry.get_sample_value

    def verdict(self, check: str) -> float | None:
        labels = {"check": check, "component": check.partition("/")[0]}
        return self.read("upfront_check_verdict", labels)

    def status(self, component: str) -> float | None:
        return self.read("upfront_component_status", {"component": component})

    def open(self, impact: str) -> float | None:
        return self.read("upfront_open_incidents", {"impact": impact})


def test_verdicts_follow_what_is_held():
    scene = Scene()
    scene.standing.show(verdicts(shop__a=Judgement.HEALTHY, shop__b=Judgement.FAILING), Board())
    assert (scene.verdict("shop/a"), scene.verdict("shop/b")) == (0, 3)
    scene.standing.show(verdicts(shop__a=Judgement.UNKNOWN, shop__b=Judgement.FAILING), Board())
    assert (scene.verdict("shop/a"), scene.verdict("shop/b")) == (-1, 3)


def test_all_series_of_a_check_that_is_gone_vanish():
    scene = Scene()
    scene.standing.show(verdicts(shop__a=Judgement.HEALTHY, shop__b=Judgement.FAILING), Board())
    scene.meter.count("upfront_results_total", check="shop/b", outcome="fail")
    scene.standing.show(verdicts(shop__a=Judgement.HEALTHY), Board())
    assert scene.verdict("shop/a") == 0
    assert "shop/b" not in generate_latest(scene.meter.registry).decode()


def test_a_status_is_not_held_back_by_a_hold_of_publication():
    scene = Scene()
    scene.standing.show(
        {},
        board(
            *registered("shop", "pay"),
            ("incident:one", Opened("Shop is down", START, HELD)),
            (
                "incident:one",
                StatusChanged("shop", ComponentStatus.MAJOR_OUTAGE, START),
            ),
        ),
    )
    assert (scene.status("shop"), scene.status("pay")) == (3, 0)
    assert [scene.open(impact) for impact in ("none", "minor", "major", "critical")] == [0, 0, 0, 1]


def test_a_component_that_nobody_can_judge_is_unknown():
    scene = Scene()
    unknown = ("component:shop", ComponentUnknown(START, "no results"))
    scene.standing.show({}, board(*registered("shop"), unknown))
    assert scene.status("shop") == -1


def test_a_removed_component_vanishes():
    scene = Scene()
    scene.standing.show({}, board(*registered("shop", "pay")))
    scene.standing.show(
        {}, board(*registered("shop", "pay"), ("component:pay", ComponentRemoved()))
    )
    assert scene.status("shop") == 0
    assert scene.status("pay") is None


def canaries(*names: str, locations: tuple[str, ...] = ("fra", "iad")) -> dict[str, CheckPolicy]:
    second = timedelta(seconds=1)
    return {name: CheckPolicy(name, second, second, locations) for name in names}


def blind(scene: Scene, location: str) -> float | None:
    return scene.read("upfront_location_blind", {"location": location})


def test_a_location_is_shown_blind_while_it_is():
    scene = Scene()
    scene.standing.show_sight(canaries("_connectivity/1"), frozenset({"fra"}))
    assert (blind(scene, "fra"), blind(scene, "iad")) == (1, 0)
    scene.standing.show_sight(canaries("_connectivity/1"), frozenset())
    assert (blind(scene, "fra"), blind(scene, "iad")) == (0, 0)


def test_without_canaries_nobody_claims_that_a_location_sees():
    scene = Scene()
    scene.standing.show_sight({}, frozenset())
    assert b"upfront_location_blind{" not in generate_latest(scene.meter.registry)


def test_a_canary_and_a_location_that_are_gone_vanish():
    scene = Scene()
    one, two = ({"canary": f"_connectivity/{n}", "location": "fra"} for n in (1, 2))
    for labels in (one, two):
        scene.meter.gauge("upfront_canary_up", 1, **labels)
    scene.standing.show_sight(canaries("_connectivity/1", "_connectivity/2"), frozenset())
    scene.standing.show_sight(canaries("_connectivity/1", locations=("fra",)), frozenset())
    assert scene.read("upfront_canary_up", one) == 1
    assert scene.read("upfront_canary_up", two) is None
    assert (blind(scene, "fra"), blind(scene, "iad")) == (0, None)
