"""What a reload leaves alone, takes along, starts anew and gives up; all of it or nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest

from incidents.events import (
    CheckForgotten,
    ComponentMoved,
    MembersMoved,
    Recorded,
    SubscriptionConfirmed,
    UpdatePosted,
)
from incidents.journal import Journal
from incidents.model import ComponentStatus, Judgement, Subscriber, SubscriberState
from incidents.policy import Policy
from incidents.ports import Append, Events, FoldState, StorageError, Store
from incidents.signals import Recheck
from incidents.surroundings import HABITS
from monitor.pipeline import Pipeline
from monitor.storage import open_store
from tests.clock import FakeClock
from tests.incidents.world import FAIL, NOON, PASS, component, policy, result

SHOP = policy(component("shop", "api", "edge"), component("search"))
TILL = policy(component("till", "api", "edge", aliases=("shop",)), component("search"))


class Refusing:
    """The log of a store that takes nothing while `full` is set."""

    def __init__(self, events: Events) -> None:
        self._events = events
        self.full = False

    def __getattr__(self, name: str) -> object:
        return getattr(self._events, name)

    async def append(self, appends: Sequence[Append]) -> tuple[Recorded, ...]:
        if self.full:
            raise StorageError("the disk is full")
        return await self._events.append(appends)


@dataclass
class Scene:
    """A pipeline on a real store; `heard` is all that the log told."""

    store: Store
    clock: FakeClock = field(default_factory=lambda: FakeClock(NOON))
    heard: list[Recorded] = field(default_factory=list)
    rechecks: list[Recheck] = field(default_factory=list)
    log: Refusing = field(init=False)
    journal: Journal = field(init=False)
    pipeline: Pipeline = field(init=False)

    async def start(self, by: Policy) -> Scene:
        self.log = Refusing(self.store.events)
        self.journal = Journal(self.log, by, self.clock)
        self.journal.listen(self.heard.extend)
        await self.journal.start()
        self.pipeline = Pipeline(
            policy=by, signals=self.store.signals, journal=self.journal, clock=self.clock,
            recheck=self.rechecks.append,
        )  # fmt: skip
        await self.pipeline.restore()
        return self

    async def sees(self, check: str, outcomes: str, after: float = 0, **more: object) -> None:
        """One result a second: P, F."""
        for index, letter in enumerate(outcomes):
            await self.clock.advance(timedelta(seconds=1))
            outcome = PASS if letter == "P" else FAIL
            await self.pipeline.take([result(outcome, after + index, check=check, **more)])

    def told(self, kind: type) -> list:
        return [one.event for one in self.heard if isinstance(one.event, kind)]

    @property
    def judged(self) -> dict[str, Judgement]:
        return {check: found.judgement for check, found in self.pipeline.verdicts.items()}


def keys(states: Sequence[FoldState]) -> set[str]:
    """The checks that states are kept of."""
    return {state.key for state in states if state.fold != HABITS}


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = open_store(f"sqlite:{tmp_path / 'upfront.db'}")
    await opened.start()
    yield opened
    await opened.close()


@pytest.fixture
async def scene(store: Store) -> Scene:
    found = await Scene(store).start(SHOP)
    await found.sees("shop/api", "FFF")
    await found.sees("shop/edge", "PP")
    await found.sees("search/api", "PP")
    return found


async def test_the_same_again_changes_nothing(scene: Scene) -> None:
    before, verdicts = len(scene.heard), dict(scene.pipeline.verdicts)
    await scene.pipeline.adopt(policy(component("shop", "api", "edge"), component("search")))
    assert len(scene.heard) == before
    assert dict(scene.pipeline.verdicts) == verdicts


async def test_another_interval_or_threshold_leaves_the_evidence(scene: Scene) -> None:
    await scene.pipeline.adopt(
        policy(component("shop", "api", "edge"), component("search"), interval=timedelta(minutes=2))
    )
    assert scene.judged["shop/api"] is Judgement.FAILING
    await scene.sees("shop/api", "PP", after=10)
    assert scene.judged["shop/api"] is Judgement.HEALTHY


async def test_another_question_begins_with_no_evidence_and_the_incident_ends_by_it(
    scene: Scene,
) -> None:
    found = policy(component("shop", "api", "edge"), component("search"))
    checks = {**found.checks, "shop/api": replace(found.checks["shop/api"], revision="other")}
    await scene.pipeline.adopt(replace(found, checks=checks))
    await scene.sees("shop/api", "P", after=10)
    assert scene.judged["shop/api"] is Judgement.UNKNOWN  # that was an answer to the old one
    await scene.sees("shop/api", "P", after=11, revision="other")
    assert scene.judged["shop/api"] is Judgement.HEALTHY
    [incident] = scene.journal.board.open_incidents()
    assert incident.components == {"shop": ComponentStatus.OPERATIONAL}


async def test_what_moved_keeps_evidence_incident_public_id_and_bars(scene: Scene) -> None:
    public_id = scene.journal.board.components["shop"].public_id
    since_at = scene.journal.board.components["shop"].since_at
    await scene.pipeline.adopt(TILL)
    assert scene.judged["till/api"] is Judgement.FAILING
    assert scene.told(ComponentMoved) == [ComponentMoved("shop")]
    [incident] = scene.journal.board.open_on("till")
    assert incident.components == {"till": ComponentStatus.MAJOR_OUTAGE}
    assert set(incident.checks) == {"till/api", "till/edge"}
    assert scene.journal.board.open_on("shop") == []
    assert "shop" not in scene.journal.board.components
    till = scene.journal.board.components["till"]
    assert (till.public_id, till.since_at, till.name) == (public_id, since_at, "Till")
    assert {span.component for span in await scene.store.events.spans(NOON)} == {"till"}


async def test_an_incident_goes_on_under_the_new_id_to_its_end(scene: Scene) -> None:
    await scene.pipeline.adopt(TILL)
    await scene.sees("till/api", "PP", after=20)
    [incident] = scene.journal.board.incidents.values()
    assert incident.recovered_at is not None
    assert scene.told(UpdatePosted)[-1].body.startswith("Till is working again")


async def test_latency_follows_what_moved(scene: Scene) -> None:
    await scene.pipeline.adopt(TILL)
    await scene.sees("till/edge", "P", after=30)
    found = await scene.store.latencies.latency(
        ["till/edge", "shop/edge"], NOON, timedelta(minutes=15)
    )
    assert [sum(point.count for point in found[name]) for name in found] == [3, 0]


async def test_latency_follows_an_alias_that_was_added_too_late(scene: Scene) -> None:
    await scene.pipeline.adopt(policy(component("till", "edge"), component("search")))
    await scene.sees("till/edge", "PP", after=30)
    await scene.pipeline.adopt(
        policy(component("till", "edge", aliases=("shop",)), component("search"))
    )
    found = await scene.store.latencies.latency(["till/edge"], NOON, timedelta(minutes=15))
    assert sum(point.count for point in found["till/edge"]) == 4
    assert {span.component for span in await scene.store.events.spans(NOON)} == {"till"}


async def test_subscriptions_follow_what_moved(scene: Scene) -> None:
    asked = Subscriber(
        "s1", "mail", "a@example.org", NOON, SubscriberState.CONFIRMED, ("search", "shop")
    )
    confirmed = (SubscriptionConfirmed(),)
    await scene.journal.append(
        [Append("subscriber:s1", 0, NOON, "visitor", confirmed, subscriber=asked)]
    )
    await scene.pipeline.adopt(TILL)
    kept = await scene.store.events.subscriber("s1")
    assert kept is not None
    assert kept.components == ("search", "till")


async def test_a_move_is_made_once_also_after_a_crash(scene: Scene, store: Store) -> None:
    await scene.pipeline.adopt(TILL)
    again = await Scene(store, scene.clock).start(TILL)
    assert again.judged == scene.judged
    assert len(again.told(ComponentMoved)) == len(again.told(MembersMoved)) == 1
    assert len(again.journal.board.incidents) == 1


async def test_what_moved_while_nothing_ran_is_taken_along_too(scene: Scene, store: Store) -> None:
    """Nothing was saved: every result is folded again, under the new ids."""
    again = await Scene(store, scene.clock).start(TILL)
    assert again.judged["till/api"] is Judgement.FAILING
    [incident] = again.journal.board.incidents.values()
    assert set(incident.components) == {"till"}
    await again.pipeline.save()
    _, states = await store.signals.load_states()
    assert keys(states) == {"till/api", "till/edge", "search/api"}


async def test_a_check_that_went_to_another_component_takes_its_failure_there(
    scene: Scene,
) -> None:
    found = policy(component("shop", "edge"), component("search", "api", "shop"))
    moved = replace(found.checks["search/shop"], aliases=("shop/api",))
    await scene.pipeline.adopt(replace(found, checks={**found.checks, "search/shop": moved}))
    assert scene.journal.board.status("shop") is ComponentStatus.OPERATIONAL
    assert scene.journal.board.status("search") is ComponentStatus.MAJOR_OUTAGE
    assert scene.judged["search/shop"] is Judgement.FAILING


async def test_what_is_removed_is_no_longer_monitored_and_never_resolved(scene: Scene) -> None:
    await scene.pipeline.adopt(policy(component("search")))
    assert len(scene.told(CheckForgotten)) == 2
    [incident] = scene.journal.board.open_incidents()
    assert "no longer monitor" in incident.updates[-1].body
    await scene.pipeline.save()
    _, states = await scene.store.signals.load_states()
    assert keys(states) == {"search/api"}


async def test_an_id_that_is_used_again_is_another_component(scene: Scene) -> None:
    await scene.pipeline.adopt(TILL)
    both = policy(component("till", "api", "edge"), component("shop"), component("search"))
    await scene.pipeline.adopt(both)
    known = scene.journal.board.components
    assert known["shop"].public_id != known["till"].public_id
    assert len(known["shop"].public_id) == 12


async def test_a_component_whose_checks_are_all_new_is_unknown(scene: Scene) -> None:
    await scene.pipeline.adopt(policy(component("shop", "api", "edge"), component("search", "new")))
    assert scene.journal.board.status("search") is ComponentStatus.UNKNOWN
    await scene.sees("search/new", "P", after=40)
    assert scene.journal.board.status("search") is ComponentStatus.OPERATIONAL


async def test_while_nothing_can_be_recorded_the_old_one_stays_whole(scene: Scene) -> None:
    before, verdicts = scene.pipeline.policy, dict(scene.pipeline.verdicts)
    scene.log.full = True
    with pytest.raises(StorageError):
        await scene.pipeline.adopt(TILL)
    assert scene.pipeline.policy is scene.journal.policy is before
    assert dict(scene.pipeline.verdicts) == verdicts
    scene.log.full = False
    await scene.sees("shop/api", "F", after=50)
    assert "shop" in scene.journal.board.components
    await scene.pipeline.adopt(TILL)
    assert scene.judged["till/api"] is Judgement.FAILING
    assert scene.pipeline.policy is scene.journal.policy is TILL


async def test_what_is_to_be_woken_is_woken_under_its_new_id(scene: Scene) -> None:
    await scene.pipeline.adopt(TILL)
    await scene.clock.advance(timedelta(hours=1))
    await scene.pipeline.wake()
    assert scene.judged["till/edge"] is Judgement.UNKNOWN
    assert scene.journal.board.status("till") is not ComponentStatus.OPERATIONAL
