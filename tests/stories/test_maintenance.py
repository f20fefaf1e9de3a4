"""Announced work from the file to page, calendar, mail and routes, over restarts and reloads."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from icalendar import Calendar

from incidents import words
from incidents.events import MaintenanceEvent, Recorded
from incidents.journal import Journal
from incidents.letterheads import Letterhead
from incidents.maintenance import Maintenance
from incidents.model import ComponentStatus, Subscriber, SubscriberState
from incidents.outbox import OutboxRunner
from incidents.policy import Policy
from incidents.ports import Append, Store
from incidents.sending import Channel, Message
from incidents.subscriptions import Links
from monitor.brain import Timekeeper
from monitor.config.load import load
from monitor.pipeline import Pipeline
from monitor.storage import open_store
from tests.clock import FakeClock
from tests.stories.story import Story

HEAD = """
version: 1
page: {name: Acme, url: https://status.example, timezone: Europe/Berlin}
defaults: {interval: 30s, confirm: {fail: 3/3, recover: 2/2}}
channels: {mail: {host: 127.0.0.1, port: 25, tls: none, from: status@acme.example}}
routes: {team: {to: "mail:team@acme.example"}}
components:
  shop: {name: Shop, checks: {web: {http: https://shop.example/}}}
  mail: {name: Mail, checks: {web: {http: https://mail.example/}}}
"""
WORK = """
maintenance:
  disks:
    title: New disks
    components: [shop]
    starts: 2026-11-21 14:00
    lasts: 1h
"""
MOVED = WORK.replace("14:00", "15:00")
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
"""13:00 in Berlin."""
HOUR = timedelta(hours=1)


# What is read ---------------------------------------------------------------------------------


def story(tmp_path: Path) -> Story:
    return Story(tmp_path, HEAD + WORK).passes("10m")


def test_it_is_announced_on_its_page_and_on_the_page_of_all(tmp_path) -> None:
    found = story(tmp_path)
    (work,) = found.replay.board.maintenances.values()
    assert "in 50 minutes" in found.reads(f"/maintenance/{work.id}")
    assert "Sat 21 Nov, 14:00 – 15:00 CET" in found.reads("/maintenance")
    assert found.headline() == "Everything is working."


def test_while_it_runs_the_headline_says_so_and_a_failure_is_none(tmp_path) -> None:
    found = story(tmp_path).passes("55m").fails("shop/web").passes("20m")
    assert found.headline() == "Shop is under maintenance since 14:00."
    found.recovers("shop/web").passes("50m")
    assert found.headline() == "Everything is working."
    assert found.replay.board.incidents == {}
    assert found.shown("shop")[-1] == "under_maintenance"


def test_what_outlasts_it_is_an_incident_from_its_end_on(tmp_path) -> None:
    found = story(tmp_path).passes("55m").fails("shop/web").passes("60m")
    assert found.headline() == "Shop is down since 15:00."


def test_what_others_do_meanwhile_is_an_incident_at_once(tmp_path) -> None:
    found = story(tmp_path).passes("55m").fails("mail/web").passes("5m")
    assert found.headline().startswith("Mail is down since 14:0")


def test_the_calendar_has_it_at_the_right_instant(tmp_path) -> None:
    found = story(tmp_path)
    (event,) = Calendar.from_ical(found.source("/maintenance.ics")).walk("VEVENT")
    assert event["DTSTART"].dt == NOON + HOUR
    assert event["DTEND"].dt == NOON + 2 * HOUR


# The real parts -------------------------------------------------------------------------------


@dataclass
class Post:
    """Keeps what is sent, over any channel; implements Sender."""

    sent: list[tuple[str, Message]] = field(default_factory=list)

    async def send(self, address: str, message: Message) -> None:
        self.sent.append((address, message))

    async def close(self) -> None:
        """Nothing is open."""

    def subjects(self, address: str) -> list[str]:
        return [message.subject for to, message in self.sent if to == address]


@dataclass
class Life:
    """One life of the brain and the sender, on a store that outlives them."""

    store: Store
    clock: FakeClock
    post: Post
    heard: list[Recorded] = field(default_factory=list)

    @contextlib.asynccontextmanager
    async def lived(self, policy: Policy) -> AsyncIterator[Life]:
        """Run by a policy; at the end it dies without saving anything."""
        self.journal = Journal(self.store.events, policy, self.clock)
        outbox = self._outbox(policy)
        self.journal.listen(self.heard.extend)
        self.journal.listen(lambda _: outbox.wake())
        await self.journal.start()
        self.pipeline = Pipeline(
            policy=policy, signals=self.store.signals, journal=self.journal, clock=self.clock,
            recheck=lambda _: None,
        )  # fmt: skip
        self.keeper = Timekeeper(self.pipeline, self.journal, self.clock)
        self.journal.listen(self.keeper.follow)
        await self.pipeline.restore()
        self.keeper.rebuild()
        tasks = [asyncio.create_task(self.keeper.run()), asyncio.create_task(outbox.run())]
        yield self
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _outbox(self, policy: Policy) -> OutboxRunner:
        mail = Channel("mail", "", dict, lambda _: self.post)
        return OutboxRunner(
            events=self.store.events, outbox=self.store.outbox, policy=policy,
            channels={"mail": (mail, self.post)},
            letterheads={"": Letterhead("Acme", "https://status.example", "Europe/Berlin")},
            links=Links([b"a key for tests, long enough"]),
            clock=self.clock, chance=lambda: 1.0,
        )  # fmt: skip

    async def reload(self, policy: Policy) -> None:
        await self.pipeline.adopt(policy)
        self.keeper.rebuild()

    async def subscribe(self, name: str, language: str, *components: str) -> None:
        one = Subscriber(
            name, "mail", f"{name}@customer.example", self.clock.now(),
            SubscriberState.CONFIRMED, components, language, 0,
        )  # fmt: skip
        append = Append(f"subscriber:{name}", 0, self.clock.now(), name, (), subscriber=one)
        await self.store.events.append([append])

    async def settled(self) -> None:
        """Return once nothing is owed: a message that was taken but not noted comes again."""
        async with asyncio.timeout(10):
            while await self._owed():  # noqa: ASYNC110 - the store writes in a thread
                await asyncio.sleep(0.01)

    async def _owed(self) -> int:
        owed, _ = await self.store.outbox.pending()
        return owed + len(await self.store.outbox.fan_outs(1))

    @property
    def became(self) -> list[str]:
        events = [one.event for one in self.heard if isinstance(one.event, MaintenanceEvent)]
        return [event.TYPE.removeprefix("maintenance_") for event in events]

    @property
    def only(self) -> Maintenance:
        (found,) = self.journal.board.maintenances.values()
        return found


async def comes(holds: Callable[[], bool]) -> None:
    """Return once threads have brought it about."""
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110 - the store writes in a thread
            await asyncio.sleep(0.01)


def policy_of(tmp_path: Path, maintenance: str) -> Policy:
    path = tmp_path / "checks.yaml"
    path.write_text(HEAD + maintenance)
    loaded = load(path, environ={})
    assert loaded.config is not None
    assert not [str(one) for one in loaded.warnings if "maintenance" in str(one)]
    return loaded.config.policy


@pytest.fixture
async def life(tmp_path: Path) -> AsyncIterator[Life]:
    store = open_store(f"sqlite:{tmp_path / 'upfront.db'}")
    await store.start()
    yield Life(store, FakeClock(NOON), Post())
    await store.close()


ANNA, BERT = "anna@customer.example", "bert@customer.example"
TEAM = "team@acme.example"


async def test_each_who_is_concerned_is_told_once_of_all_of_it(life: Life, tmp_path) -> None:
    await life.subscribe("anna", "de", "shop")
    await life.subscribe("bert", "en", "mail")
    async with life.lived(policy_of(tmp_path, WORK)):
        await comes(lambda: len(life.post.subjects(ANNA)) == 1)
        for told in (2, 3):  # one after the other: what is sent at once arrives in any order
            await life.clock.advance(HOUR)
            await comes(lambda told=told: len(life.post.subjects(ANNA)) == told)
            await comes(lambda told=told: len(life.post.subjects(TEAM)) == told)
    german = words.load("de")
    assert life.post.subjects(ANNA) == [
        german(f"maintenance.subject.{event}", title="New disks")
        for event in ("scheduled", "started", "completed")
    ]
    assert life.post.subjects(BERT) == []
    (first, *_) = [message for to, message in life.post.sent if to == ANNA]
    assert "Sa., 21. Nov., 14:00 – 15:00 MEZ" in first.text
    assert f"https://status.example/maintenance/{life.only.id}" in first.text
    types = [message.data["type"] for to, message in life.post.sent if to == TEAM]
    assert types == ["maintenance.scheduled", "maintenance.started", "maintenance.completed"]


async def test_a_crash_at_any_point_tells_nothing_twice(life: Life, tmp_path) -> None:
    await life.subscribe("anna", "en")
    policy = policy_of(tmp_path, WORK)
    for wanted in (1, 1, 2, 2, 3, 3):
        async with life.lived(policy):
            await comes(lambda wanted=wanted: len(life.post.subjects(ANNA)) == wanted)
            await life.settled()
            assert life.journal.board.confirmed_status("shop") is (
                ComponentStatus.MAINTENANCE if wanted == 2 else ComponentStatus.OPERATIONAL
            )
        await life.clock.advance(HOUR / 2)
    assert len(life.post.subjects(TEAM)) == 3
    (span,) = [
        span
        for span in await life.store.events.spans(NOON)
        if span.status is ComponentStatus.MAINTENANCE
    ]
    assert (span.from_at, span.to_at) == (NOON + HOUR, NOON + 2 * HOUR)


async def test_a_reload_moves_it_and_another_takes_it_away(life: Life, tmp_path) -> None:
    await life.subscribe("anna", "en")
    async with life.lived(policy_of(tmp_path, WORK)):
        await comes(lambda: len(life.post.subjects(ANNA)) == 1)
        await life.reload(policy_of(tmp_path, MOVED))
        await life.clock.advance(HOUR * 1.5)
        assert life.became == ["scheduled", "changed"]
        await life.reload(policy_of(tmp_path, ""))
        await comes(lambda: len(life.post.subjects(ANNA)) == 3)
        await life.clock.advance(3 * HOUR)
    assert life.post.subjects(ANNA)[1:] == [
        "Maintenance changed: New disks",
        "Maintenance cancelled: New disks",
    ]
    assert life.became == ["scheduled", "changed", "cancelled"]


async def test_a_date_after_a_clock_change_begins_at_its_local_time(life: Life, tmp_path) -> None:
    weekly = WORK.replace("2026-11-21 14:00", "2027-03-21 04:00") + "    repeat: FREQ=WEEKLY\n"
    life.clock = FakeClock(datetime(2027, 3, 27, 12, tzinfo=UTC))
    async with life.lived(policy_of(tmp_path, weekly)):
        await comes(lambda: "scheduled" in life.became)
        await life.clock.advance(timedelta(hours=13, minutes=59))
        assert "started" not in life.became
        await life.clock.advance(timedelta(minutes=1))
        await comes(lambda: "started" in life.became)
