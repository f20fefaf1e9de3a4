"""A copy that is kept up to date beside a service: what is renewed when, and over what."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from incidents.journal import Journal
from monitor.app import told
from monitor.config.config import Config
from monitor.config.load import load
from monitor.export.exporting import Exporter, export
from monitor.export.following import RENEW_EVERY, SWEEP_EVERY, Follower
from monitor.export.service import StoredService
from monitor.export.tree import Tree
from monitor.pipeline import Pipeline
from monitor.storage import open_store
from statuspage.web import made_pages
from tests.clock import FakeClock
from tests.monitor.stored import Life, down, seconds, well

FILE = """version: 1
page: {name: Acme, url: "https://status.example"}
storage: sqlite:DATABASE
defaults: {interval: 20s, timeout: 5s, confirm: {fail: 3/3, recover: 2/2}}
components:
  shop: {name: Shop, checks: {api: {tcp: "shop.example:443"}}}
  mail: {name: Mail, checks: {smtp: {tcp: "mail.example:25"}}}
"""
HOUR = seconds(3600)


@dataclass
class Place:
    """A database that a service wrote, and a copy of its pages."""

    config: Config
    database: Path
    site: Path
    life: Life
    exporter: Exporter
    follower: Follower

    @property
    def clock(self) -> FakeClock:
        return self.life.clock

    async def live(self, span: timedelta) -> None:
        """The service runs for that long."""
        await self.life.live(self.database, span)

    async def turn(self, after: timedelta = timedelta(0)) -> None:
        """Time passes, and the copy is looked after once."""
        await self.clock.advance(after)
        await self.follower.turn()

    def text(self, file: str) -> str:
        return (self.site / file).read_text()

    def headline(self) -> str:
        page = re.sub("</?time[^>]*>", "", self.text("index.html"))
        found = re.search(r"<h1[^>]*>(.*)</h1>", page)
        assert found is not None
        return found[1]

    def made_at(self, file: str) -> datetime:
        """When a page was made, by what it says."""
        at = self.text(file).partition('data-made-at="')[2].partition('"')[0]
        return datetime.fromisoformat(at)


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    file, database, site = tmp_path / "checks.yaml", tmp_path / "upfront.db", tmp_path / "site"
    file.write_text(FILE.replace("DATABASE", str(database)))
    config = load(file).config
    assert config is not None
    life, tree = Life(config.policy, down(1200, 1500, only="shop/")), Tree(site)
    service = StoredService(told, config, life.clock)
    tree.open()
    exporter = Exporter(tree, service, made_pages())
    yield Place(config, database, site, life, exporter, Follower(exporter, life.clock))
    service.close()
    tree.close()


async def test_it_tells_what_the_service_would(place: Place) -> None:
    await place.live(seconds(1300))
    await export(place.exporter)
    assert place.headline() == "Shop is down since 09:20."
    assert "We look into it" in place.text("index.html") or "Next update" in place.text(
        "index.html"
    )
    await place.live(seconds(900))
    await export(place.exporter)
    assert place.headline() == "Everything is working."
    assert place.exporter.failed == 0


async def test_how_fast_it_answers_is_told_up_to_the_last_minute(place: Place) -> None:
    await place.live(seconds(100))
    await export(place.exporter)
    status = json.loads(place.text("badge/latency.json"))
    assert "ms" in status["message"]


async def test_the_same_instants_of_freshness_hold_as_in_the_service(place: Place) -> None:
    await place.live(seconds(1000))
    place.exporter.service.look()
    found = place.exporter.service.snapshot()
    store = open_store(f"sqlite:{place.database}")
    await store.start()
    journal = Journal(store.events, place.config.policy, place.clock)
    await journal.start()
    pipeline = Pipeline(
        policy=place.config.policy, signals=store.signals, journal=journal, clock=place.clock,
        recheck=place.life.rechecks.append,
    )  # fmt: skip
    await pipeline.restore()
    assert found.last_result_at == pipeline.last_result_at
    assert found.fresh_until == pipeline.fresh_until
    await store.close()


async def test_when_no_results_come_the_copy_says_that_it_does_not_know(place: Place) -> None:
    await place.live(seconds(1000))
    await place.turn()
    assert place.headline() == "Everything is working."
    assert "operational" in place.text("api/v2/summary.json")
    await place.turn(after=seconds(61))
    assert place.headline().startswith("We cannot tell at the moment")
    assert not (place.site / "api/v2/summary.json").exists()
    assert "We cannot tell" in place.text("components/mail/index.html")


async def test_a_change_is_there_after_the_next_look(place: Place) -> None:
    await place.live(seconds(1000))
    await place.turn()
    await place.live(seconds(300))
    await place.turn()
    assert place.headline() == "Shop is down since 09:20."
    (incident,) = (place.site / "incidents").iterdir()
    await place.live(seconds(600))
    await place.turn()
    assert "Resolved" in place.text(f"incidents/{incident.name}/index.html")


async def test_while_nothing_changes_what_ages_is_renewed_every_minute(place: Place) -> None:
    await place.live(seconds(1000))
    await place.turn()
    began = place.clock.now()
    await place.live(seconds(50))
    await place.turn()
    assert place.made_at("index.html") == began
    await place.live(seconds(10))
    await place.turn()
    now = began + RENEW_EVERY
    assert place.made_at("index.html") == place.made_at("components/mail/index.html") == now
    assert json.loads(place.text("copy.json"))["made_at"].startswith("2026-03-02T09:17:40")


async def test_all_the_rest_is_renewed_now_and_then(place: Place) -> None:
    await place.live(seconds(2400))
    await place.turn()
    lost = place.site / "history/2026-03/index.html"
    lost.unlink()
    await place.live(SWEEP_EVERY - seconds(30))
    await place.turn()
    assert not lost.exists()
    await place.live(SWEEP_EVERY)
    await place.turn()
    assert lost.exists()


async def test_what_is_over_is_written_once(place: Place) -> None:
    await place.live(seconds(2400))
    await place.turn()
    (incident,) = (place.site / "incidents").iterdir()
    over = (incident / "index.html", place.site / "history/2026-03/index.html")
    written = [path.stat().st_ino for path in over]
    began = place.made_at("index.html")
    await place.live(2 * SWEEP_EVERY)
    await place.turn()
    assert place.made_at("index.html") > began
    assert [path.stat().st_ino for path in over] == written


async def test_what_is_no_more_goes(place: Place) -> None:
    await place.live(seconds(1000))
    await place.turn()
    assert (place.site / "components/mail/index.html").exists()
    policy = place.config.policy
    components = {"shop": policy.components["shop"]}
    place.follower.adopt(replace(place.config, policy=replace(policy, components=components)))
    await place.turn()
    assert not (place.site / "components/mail").exists()
    assert (place.site / "components/shop/index.html").exists()


async def test_while_storage_cannot_be_read_it_goes_on_with_what_it_knows(place: Place) -> None:
    await place.live(seconds(1000))
    await place.turn()
    away = place.database.rename(place.database.with_name("away.db"))
    with capture_logs() as lines:
        await place.turn(after=seconds(30))
        assert place.headline() == "Everything is working."
        await place.turn(after=seconds(40))
        await place.turn(after=seconds(40))
    assert place.headline().startswith("We cannot tell at the moment")
    (told,) = [line["error"] for line in lines if line["log_level"] == "error"]
    assert "There is no database" in told
    away.rename(place.database)
    await place.live(seconds(60))
    await place.turn()
    assert place.headline() == "Everything is working."


async def test_nothing_is_written_before_anything_could_be_read(place: Place) -> None:
    await place.turn()
    assert not (place.site / "index.html").exists()
    await place.live(seconds(100))
    await place.turn(after=seconds(1))
    assert place.headline() == "Everything is working."


async def test_a_database_that_was_put_back_is_told_as_it_is(place: Place) -> None:
    await place.live(seconds(1000))
    backup = place.database.read_bytes()
    await place.live(seconds(300))
    await place.turn()
    assert place.headline() == "Shop is down since 09:20."
    place.exporter.service.close()
    for name in ("upfront.db-wal", "upfront.db-shm"):
        place.database.with_name(name).unlink(missing_ok=True)
    place.database.write_bytes(backup)
    place.life.answer = well
    await place.live(seconds(60))
    await place.turn()
    assert place.headline() == "Everything is working."


async def test_a_file_that_cannot_be_written_is_said_and_tried_again(place: Place) -> None:
    await place.live(seconds(1000))
    (place.site / "history").write_text("mine")
    with capture_logs() as lines:
        await place.turn()
        await place.turn(after=seconds(1))
    assert "history" in str(lines)
    assert not (place.site / "copy.json").exists()
    (place.site / "history").unlink()
    await place.turn(after=seconds(1))
    assert (place.site / "copy.json").exists()
    assert (place.site / "history/index.html").exists()


async def test_a_document_that_cannot_be_made_stays_as_it_was(place: Place) -> None:
    await place.live(seconds(1000))
    await export(place.exporter)

    def break_it(*_: object, **__: object) -> None:
        raise ValueError("no")

    kept = place.text("history/index.html")
    routes = tuple(
        replace(route, render=break_it) if route.path == "/history" else route
        for route in made_pages()
    )
    again = Exporter(place.exporter.tree, place.exporter.service, routes)
    await place.live(seconds(60))
    await export(again)
    assert again.failed == 1
    assert place.text("history/index.html") == kept
