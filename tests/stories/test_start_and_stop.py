"""How the service ends and begins: well, or with a sentence that says what to do."""

from __future__ import annotations

import asyncio
import json
import random
import signal
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.imported import imported
from tests.service import Service, free_port, from_scratch, service
from tests.stories import ledger
from tests.stories.town import Town, owes_nothing, town, until

STOPS_WITHIN_SECONDS = 5.0

CONFIG = """
version: 1
page: {name: Acme, url: "http://127.0.0.1:{public}"}
server: {public: "127.0.0.1:{public}", internal: "127.0.0.1:{internal}"}
storage: sqlite:upfront.db
defaults: {interval: 1s, timeout: 1s}
components:
  page: {checks: {answers: {http: "http://127.0.0.1:{public}/healthz"}}}
"""


@pytest.fixture
async def story(tmp_path: Path) -> AsyncIterator[Town]:
    async with town(tmp_path, random.Random(1)) as made:
        yield made


@pytest.fixture
async def alone(tmp_path: Path) -> AsyncIterator[Service]:
    async with service(tmp_path, CONFIG, imported) as made:
        yield made


async def metric(running: Service, name: str) -> float:
    """The value of a metric without labels."""
    _, text = await running.ask("/metrics", internal=True)
    return next(float(line.split()[1]) for line in text.splitlines() if line.startswith(f"{name} "))


async def test_a_stop_is_quick_and_leaves_one_file_that_is_whole(story: Town) -> None:
    await story.service.start()
    began = time.monotonic()
    await story.stop()
    assert time.monotonic() - began < STOPS_WITHIN_SECONDS
    assert not story.database.with_name("upfront.db-wal").exists()
    assert story.kept.events


async def test_after_a_quick_restart_nothing_was_ever_unknown(tmp_path: Path) -> None:
    # An interval beside which a restart is quick, however busy the machine is.
    text = CONFIG.replace("interval: 1s", "interval: 10s")
    async with service(tmp_path, text, imported) as patient:
        database = patient.config.with_name("upfront.db")
        await patient.start()
        await until(lambda: ledger.results(database), "a first result")
        assert await patient.stop() == 0
        before = ledger.read(database)
        assert before.events[-1].type == "component_known"
        await patient.start()
        await until(lambda: ledger.results(database) > before.raw.total(), "a new result")
        assert await patient.stop() == 0
        assert ledger.read(database).events == before.events


async def test_a_mail_in_flight_is_waited_for_and_not_sent_again(story: Town) -> None:
    await story.service.start()
    story.sink.answering.clear()
    assert await story.service.post("/subscribe", address="reader@example.com") == 303
    await until(lambda: story.sink.to("reader@example.com"), "a mail")
    story.service.signal(signal.SIGTERM)
    await until(lambda: b"stopping" in story.service.log.read_bytes(), "the stop to begin")
    story.sink.answering.set()
    assert await story.service.ended() == 0
    owed = ledger.read(story.database).deliveries
    assert [one.state for one in owed if one.address == "reader@example.com"] == ["sent"]


async def test_a_mail_server_that_never_answers_does_not_hold_up_the_stop(story: Town) -> None:
    await story.service.start()
    story.sink.answering.clear()
    assert await story.service.post("/subscribe", address="reader@example.com") == 303
    await until(lambda: story.sink.to("reader@example.com"), "a mail")
    began = time.monotonic()
    assert await story.service.stop() == 0
    assert time.monotonic() - began < 3 * STOPS_WITHIN_SECONDS
    story.sink.answering.set()
    await story.service.start()
    await until(lambda: owes_nothing(story.database), "the mail to be settled")
    assert len({mail.key for mail in story.sink.to("reader@example.com")}) == 1


async def test_a_stop_at_any_instant_of_the_start_is_a_stop(alone: Service) -> None:
    alone.begin = from_scratch
    chance = random.Random(7)
    for _ in range(4):
        await alone.launch()
        await asyncio.sleep(chance.uniform(0.2, 1.2))
        began = time.monotonic()
        # Before it can handle the signal, the signal ends it.
        assert await alone.stop() in (0, -signal.SIGTERM), alone.printed()
        assert time.monotonic() - began < STOPS_WITHIN_SECONDS
    await alone.start()
    assert await alone.stop() == 0


async def test_a_killed_confirmation_either_holds_or_can_be_made_again(story: Town) -> None:
    await story.service.start()
    link = await story.subscribe("reader@example.com")
    for _ in range(2):
        asked = asyncio.ensure_future(story.service.post(link))
        await asyncio.sleep(story.chance.uniform(0, 0.02))
        await story.service.kill()
        await asyncio.wait({asked})
        said = asked.exception() is None and asked.result() == 200
        record = ledger.read(story.database).subscribers["reader@example.com"]
        assert record.state == "confirmed" or not said
        await story.service.start()
    await story.confirm("reader@example.com", link)
    await story.stop()
    assert story.kept.subscribers["reader@example.com"].state == "confirmed"


async def test_a_second_service_on_the_database_names_the_first(
    alone: Service, tmp_path: Path
) -> None:
    await alone.start()
    assert alone.process is not None
    text = alone.config.read_text().replace(str(alone.public), str(free_port()))
    second = sibling(alone, text.replace(str(alone.internal), str(free_port())))
    status, printed = await second.refusal()
    assert status == 2
    assert f"upfront.db is held by process {alone.process.pid}; stop it first" in printed
    assert "Traceback" not in printed
    assert await alone.stop() == 0


async def test_a_port_in_use_is_named_with_its_setting(alone: Service) -> None:
    await alone.start()
    second = sibling(alone, alone.config.read_text().replace("upfront.db", "other.db"))
    status, printed = await second.refusal()
    assert status == 2
    assert f"cannot listen on 127.0.0.1:{alone.public} (server.public)" in printed
    assert "another program listens there already" in printed
    assert "Traceback" not in printed


@pytest.mark.parametrize(
    ("storage", "expected"),
    [
        ("notes.txt", "notes.txt is not a database; move it away"),
        ("foreign.db", "foreign.db is the database of another program"),
        ("/sys/kernel/upfront.db", "cannot be used: Permission denied"),
        ("not/there/upfront.db", "No such file or directory"),
    ],
)
async def test_storage_that_cannot_be_used_is_refused(
    alone: Service, tmp_path: Path, storage: str, expected: str
) -> None:
    (tmp_path / "notes.txt").write_text("Remember the milk. " * 100)
    with closing(sqlite3.connect(tmp_path / "foreign.db")) as foreign:
        foreign.execute("CREATE TABLE notes (text)")
    text = alone.config.read_text().replace("sqlite:upfront.db", f"sqlite:{storage}")
    status, printed = await sibling(alone, text).refusal()
    assert status == 2
    assert printed.startswith("upfront: ")
    assert expected in printed
    assert "Traceback" not in printed


async def test_mistakes_are_shown_with_their_places(alone: Service) -> None:
    text = alone.config.read_text().replace("interval: 1s", "intervall: 1s")
    status, printed = await sibling(alone, text).refusal()
    assert status == 1
    assert "second.yaml:6:12: " in printed
    assert 'unknown key "intervall" in defaults, did you mean "interval"?' in printed


async def test_on_a_full_disk_it_lives_says_so_and_recovers(alone: Service) -> None:
    await alone.start()
    database = alone.config.with_name("upfront.db")
    await until(lambda: ledger.results(database) > 1, "results")
    alone.limit_files_to(8192)
    await until(lambda: "storage cannot write" in alone.printed(), "the log to tell")
    status, _ = await alone.ask("/healthz")
    assert status == 200
    assert await metric(alone, "upfront_storage_write_failures_total") > 0
    waiting = await metric(alone, "upfront_storage_queued_signals")
    assert waiting > 0
    before = ledger.results(database)
    alone.limit_files_to(None)
    await until(lambda: ledger.results(database) >= before + waiting, "what waited to be written")
    await until(lambda: "storage writes again" in alone.printed(), "the log to tell of its end")
    status, text = await alone.ask("/api/v2/summary.json")
    assert (status, json.loads(text)["status"]["indicator"]) == (200, "none")
    assert await alone.stop() == 0


def sibling(first: Service, text: str) -> Service:
    """Another service beside the first, on a file of its own."""
    config = first.config.with_name("second.yaml")
    config.write_text(text)
    return Service(config, first.public, first.internal, begin=first.begin)
