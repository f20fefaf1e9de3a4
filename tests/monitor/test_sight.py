"""What operators are told when we cannot see, and that canaries are nobody's results."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from structlog.testing import capture_logs

from checks.model import Outcome, Result
from incidents.board import Board
from incidents.commands import Warn
from incidents.events import Recorded, WarningRaised
from incidents.fleet import Fleet
from incidents.journal import Journal
from incidents.policy import CheckPolicy, Policy
from incidents.ports import Store
from incidents.signals import LocationState
from monitor.metrics import PrometheusMeter
from monitor.pipeline import Pipeline
from monitor.sight import Sight, Sighted, remarks
from monitor.storage import open_store
from tests.clock import START, FakeClock
from tests.incidents.world import component, policy

MINUTE = timedelta(minutes=1)
CANARY = CheckPolicy("_connectivity/1", MINUTE, timedelta(seconds=3), ("fra", "iad"))
CANARIES = {CANARY.check: CANARY}
NONE: frozenset[str] = frozenset()
FRA, BOTH = frozenset({"fra"}), frozenset({"fra", "iad"})


def answer(outcome: Outcome = Outcome.PASS) -> Result:
    return Result(CANARY.check, "fra", START, START, outcome, 0.01)


def told(sight: Sight, *turns: tuple[frozenset[str], str]) -> list[Mapping[str, object]]:
    """What the log says, a minute each: what is blind, and where a canary answered before that."""
    with capture_logs() as lines:
        for minute, (blind, answered) in enumerate(turns):
            for location in answered.split():
                sight.count(msgspec.structs.replace(answer(), location=location))
            sight.look(blind, CANARIES, START + minute * MINUTE)
    return lines


def test_a_location_that_goes_blind_is_told_once_and_loudly():
    [line] = told(Sight(), (FRA, "fra"), (FRA, ""), (FRA, ""))
    assert (line["log_level"], line["location"]) == ("error", "fra")
    assert str(line["event"]).startswith("a location is blind: no canary answers there")


def test_one_that_sees_again_is_told_with_how_long_it_did_not():
    _, line = told(Sight(), (FRA, ""), (FRA, ""), (FRA, ""), (NONE, "fra"))
    assert line["event"] == "a location sees again"
    assert (line["location"], line["blind_for"]) == ("fra", "3 minutes")


def test_nobody_sees_again_before_a_canary_has_answered_there():
    sight = Sight()
    assert len(told(sight, (FRA, "fra"), (NONE, ""), (FRA, "iad"), (NONE, ""))) == 1
    assert sight.blind == FRA
    assert len(told(sight, (FRA, "fra"), (NONE, ""), (NONE, "fra"))) == 1
    assert sight.blind == NONE


def test_where_no_canary_is_asked_any_more_nobody_is_held_for_blind():
    sight = Sight()
    told(sight, (BOTH, ""))
    with capture_logs() as lines:
        sight.look(NONE, {"_connectivity/1": replace(CANARY, locations=("fra",))}, START)
    assert [line["location"] for line in lines if "location" in line] == ["iad"]
    assert sight.blind == FRA


def test_being_blind_everywhere_is_told_of_by_itself():
    lines = told(Sight(), (FRA, ""), (BOTH, ""), (FRA, "iad"), (BOTH, ""))
    everywhere = [line for line in lines if "all locations" in str(line["event"])]
    assert [line["log_level"] for line in everywhere] == ["error", "error"]
    assert len(lines) == 6


def test_operators_are_told_once_of_what_lasts_and_not_of_what_passes():
    sight = Sight()
    sight.look(BOTH, CANARIES, START, 5)
    assert sight.look(BOTH, CANARIES, START + MINUTE / 2, 6) == []
    sight.count(msgspec.structs.replace(answer(), location="iad"))
    assert sight.look(FRA, CANARIES, START + MINUTE, 7) == [Sighted("fra", 7, START)]
    assert sight.look(FRA, CANARIES, START + 2 * MINUTE, 8) == []
    sight.count(answer())
    assert sight.look(NONE, CANARIES, START + 3 * MINUTE, 9) == [Sighted("fra", 9)]
    assert sight.look(NONE, CANARIES, START + 4 * MINUTE, 10) == []


def test_what_lasts_is_a_warning_of_the_location_until_it_sees_again():
    world = Fleet(), Board(), Policy()
    [blind] = Sighted("fra", 7, START).commands(*world)
    assert blind.subject == "check:_connectivity/fra"
    assert f"No canary answers from fra since {START:%H:%M} UTC: " in blind.warnings[0]
    assert Sighted("fra", 9).commands(*world) == (Warn("_connectivity/fra", (), 9),)


def test_whoever_asks_how_we_are_is_told_where_we_are_blind():
    assert remarks(NONE, CANARIES) == ()
    assert remarks(FRA, CANARIES) == ("no canary answers at fra",)
    assert remarks(BOTH, CANARIES) == (
        "no canary answers at fra, iad (that is everywhere: nothing is judged)",
    )


@pytest.mark.parametrize(
    ("outcome", "value"), [(Outcome.PASS, 1), (Outcome.SLOW, 1), (Outcome.FAIL, 0)]
)
def test_a_canary_is_up_when_it_answers(outcome: Outcome, value: float):
    meter = PrometheusMeter()
    Sight(meter).count(answer(outcome))
    labels = {"canary": CANARY.check, "location": "fra"}
    assert meter.registry.get_sample_value("upfront_canary_up", labels) == value


def test_of_a_canary_that_could_not_be_asked_nothing_is_claimed():
    meter = PrometheusMeter()
    Sight(meter).count(answer(Outcome.ERROR))
    labels = {"canary": CANARY.check, "location": "fra"}
    assert math.isnan(meter.registry.get_sample_value("upfront_canary_up", labels) or 0)


@dataclass
class Scene:
    """A pipeline on a real store, with two locations and a canary; `heard` is all it wrote."""

    store: Store
    clock: FakeClock = field(default_factory=FakeClock)
    meter: PrometheusMeter = field(default_factory=PrometheusMeter)
    heard: list[Recorded] = field(default_factory=list)

    async def start(self) -> Scene:
        by = replace(policy(component("shop", "api")), canaries=CANARIES)
        self.journal = Journal(self.store.events, by, self.clock)
        self.journal.listen(self.heard.extend)
        await self.journal.start()
        self.pipeline = Pipeline(
            policy=by, signals=self.store.signals, journal=self.journal, clock=self.clock,
            recheck=lambda wish: None, meter=self.meter,
        )  # fmt: skip
        await self.pipeline.restore()
        return self


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    store = open_store(f"sqlite:{tmp_path / 'upfront.db'}")
    await store.start()
    yield await Scene(store).start()
    await store.close()


async def test_what_a_canary_answers_is_kept_and_counts_among_no_checks(scene):
    await scene.pipeline.take([answer()])
    assert [one.signal.check async for one in scene.store.signals.since(0)] == [CANARY.check]
    assert (list(scene.pipeline.verdicts), scene.pipeline.waiting) == (["shop/api"], 1)
    assert (scene.pipeline.last_result_at, scene.pipeline.fresh_until) == (None, None)
    counted = {"check": CANARY.check, "outcome": "pass"}
    assert scene.meter.registry.get_sample_value("upfront_results_total", counted) is None


async def test_a_location_that_stays_blind_is_told_to_the_operators_routes(scene):
    async def seen_from_iad(blind: bool) -> None:
        result = msgspec.structs.replace(answer(), location="iad", known_at=scene.clock.now())
        await scene.pipeline.take([LocationState("fra", scene.clock.now(), blind), result])

    await seen_from_iad(blind=True)
    assert not [one for one in scene.heard if isinstance(one.event, WarningRaised)]
    await scene.clock.advance(MINUTE)
    await seen_from_iad(blind=True)
    [told] = [one for one in scene.heard if isinstance(one.event, WarningRaised)]
    assert told.subject == "check:_connectivity/fra"
    assert (scene.pipeline.blind, list(scene.journal.board.warnings)) == (
        FRA, ["_connectivity/fra"],
    )  # fmt: skip
    await scene.pipeline.take(
        [msgspec.structs.replace(answer(), at=scene.clock.now(), known_at=scene.clock.now())]
    )
    await seen_from_iad(blind=False)
    assert (scene.pipeline.blind, scene.journal.board.warnings) == (NONE, {})
