"""The database as another program reads it, beside a service that may be writing."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from checks.model import Outcome, Result
from incidents.ports import StorageError
from incidents.signals import Beat, Positioned, Tick
from monitor.storage import open_archive, open_store
from monitor.storage.archive import SLICE
from tests.clock import START

MINUTE = timedelta(minutes=1)


def result(number: int, check: str = "shop/api") -> Result:
    at = START + MINUTE * number
    return Result(check, "local", at, at + timedelta(seconds=0.1), Outcome.PASS, 0.1)


async def written(path: Path, *signals: Positioned) -> str:
    address = f"sqlite:{path}"
    store = open_store(address)
    await store.start()
    await store.signals.add(signals)
    await store.close()
    return address


async def test_signals_come_in_order_without_ticks(tmp_path: Path) -> None:
    beat = Beat("mail/backup", START)
    signals = [
        Positioned(1, result(0)),
        Positioned(2, Tick("shop/api", START)),
        Positioned(3, beat),
        Positioned(4, result(1, "mail/smtp")),
    ]
    with closing(open_archive(await written(tmp_path / "a.db", *signals))) as archive:
        found = list(archive.signals(START, START + MINUTE))
        some = list(archive.signals(START, START + MINUTE, {"shop/api"}))
        checks = archive.checks()
    assert found == [signals[0], signals[2], signals[3]]
    assert some == [signals[0], signals[2]]
    assert checks == {"shop/api", "mail/smtp"}


async def test_a_part_of_the_time_is_read_with_what_came_late_around_it(tmp_path: Path) -> None:
    signals = [Positioned(number + 1, result(number)) for number in range(600)]
    with closing(open_archive(await written(tmp_path / "a.db", *signals))) as archive:
        found = list(archive.signals(START + 200 * MINUTE, START + 210 * MINUTE))
        size = archive.size(START + 200 * MINUTE, START + 210 * MINUTE)
        span = archive.span()
    assert [one.position for one in found] == list(range(186, 226))
    assert size == len(found)
    assert span == (START, START + 599 * MINUTE)


async def test_many_are_read_slice_by_slice(tmp_path: Path) -> None:
    signals = [Positioned(number * SLICE + 7, result(number)) for number in range(4)]
    with closing(open_archive(await written(tmp_path / "a.db", *signals))) as archive:
        assert list(archive.signals(START, START + 10 * MINUTE)) == signals


async def test_a_store_without_results_has_no_span(tmp_path: Path) -> None:
    with closing(open_archive(await written(tmp_path / "a.db"))) as archive:
        assert archive.span() is None
        assert list(archive.signals(START, START + MINUTE)) == []


async def test_it_sees_what_a_running_service_commits(tmp_path: Path) -> None:
    address = await written(tmp_path / "a.db", Positioned(1, result(0)))
    store = open_store(address)
    await store.start()
    try:
        with closing(open_archive(address)) as archive:
            await store.signals.add([Positioned(2, result(1))])
            await store.signals.sync()
            assert len(list(archive.signals(START, START + MINUTE))) == 2
    finally:
        await store.close()


def test_nothing_is_made_where_there_is_nothing(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="There is no database"):
        open_archive(f"sqlite:{tmp_path / 'a.db'}")
    assert not list(tmp_path.iterdir())


def test_a_database_of_another_program_is_refused(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "a.db")) as other:
        other.execute("CREATE TABLE results (position)")
    with pytest.raises(StorageError, match="of another program"):
        open_archive(f"sqlite:{tmp_path / 'a.db'}")


async def test_a_newer_upfronts_database_is_left_alone(tmp_path: Path) -> None:
    address = await written(tmp_path / "a.db")
    with closing(sqlite3.connect(tmp_path / "a.db")) as newer:
        newer.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at)"
            " VALUES ('upfront', '9999_future', '')"
        )
        newer.commit()
    with pytest.raises(StorageError, match="newer Upfront"):
        open_archive(address)
