"""Opening a database: what can be in the way, and the words for it."""

import json
import os
import re
import sqlite3
import stat
from contextlib import closing

import pytest
from sqlite_utils import Database

from incidents.events import SubscriptionRequested
from incidents.ports import StorageError
from monitor.storage import open_store
from monitor.storage.migrations import MIGRATIONS
from monitor.storage.sqlite import SqliteStore
from tests.contracts.examples import named, numbered, passing
from tests.monitor.storage.treacherous import treacherous


async def opened_and_closed(path):
    store = SqliteStore(path)
    await store.start()
    await store.close()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "data" / "upfront.db"


async def test_the_directory_and_a_private_file_are_made(path):
    await opened_and_closed(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


async def test_a_second_process_is_told_who_holds_the_database(path):
    first, second = SqliteStore(path), SqliteStore(path)
    await first.start()
    with pytest.raises(StorageError, match=rf"is held by process {os.getpid()}; stop it first"):
        await second.start()
    await second.close()
    await first.close()
    await opened_and_closed(path)


async def test_a_failed_start_lets_go_of_the_lock(path):
    path.parent.mkdir()
    path.write_bytes(b"this is a text" * 100)
    for _ in range(2):
        with pytest.raises(StorageError, match=r"upfront\.db is not a database; move it away"):
            await opened_and_closed(path)
    path.unlink()
    await opened_and_closed(path)


async def test_a_missing_directory_is_named(tmp_path):
    with pytest.raises(StorageError, match=r"The directory .*/not/there does not exist; make it"):
        await opened_and_closed(tmp_path / "not" / "there" / "upfront.db")


async def test_a_directory_in_place_of_the_file_is_refused(path):
    path.mkdir(parents=True)
    with pytest.raises(StorageError, match="cannot be written to"):
        await opened_and_closed(path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
async def test_a_read_only_directory_is_told(path):
    path.parent.mkdir(mode=0o500)
    with pytest.raises(StorageError, match=r"Permission denied.*check the rights"):
        await opened_and_closed(path)


async def test_the_database_of_another_program_is_left_alone(path):
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE notes (text)")
    with pytest.raises(StorageError, match="is the database of another program"):
        await opened_and_closed(path)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("notes",)]


async def test_a_newer_database_is_refused(path):
    await opened_and_closed(path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at)"
            " VALUES ('upfront', '9999_beyond', 'later')"
        )
    with pytest.raises(StorageError, match=r"written by a newer Upfront \(it has 9999_beyond\)"):
        await opened_and_closed(path)


async def test_a_full_disk_at_the_start_is_told(path):
    with treacherous() as disk:
        disk.full = True
        with pytest.raises(StorageError, match="is full; free some space"):
            await opened_and_closed(path)
        disk.full = False
        await opened_and_closed(path)


async def test_a_database_of_the_first_migration_is_brought_up_to_date(path):
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as connection:
        second = MIGRATIONS.pending(Database(connection))[1]
        MIGRATIONS.apply(Database(connection), stop_before=second.name)
        with connection:
            connection.execute("INSERT INTO series VALUES (1, 'shop/api', 'here', 'r1')")
            connection.execute("INSERT INTO results VALUES (41, 1, -98000000000000, 0, 100, NULL)")
    store = SqliteStore(path)
    await store.start()
    await store.signals.add(numbered(passing(), after=await store.signals.last_position()))
    [_, second] = [item async for item in store.signals.since(0)]
    assert second.position == 42
    assert len(await store.events.append([named("Shop")])) == 1
    await store.close()


OLD_SUBSCRIBER = (
    "s1", "mail", "ada@example.org", 1_764_000_000_000_000, "confirmed", '["shop"]', "de", 7,
)  # fmt: skip
OLD_ENDPOINT = {
    "id": "s2", "url": "https://hooks.example/x", "created_at": "2026-11-21T12:00:00Z",
    "sealed": "c2VhbGVk", "state": "active",
}  # fmt: skip
OLD_REQUEST = '{"components":["shop"],"language":"de"}'


async def test_subscriptions_from_before_there_were_pages_go_on_on_the_first_one(path):
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as connection:
        MIGRATIONS.apply(Database(connection), stop_before="0007_subscribers_of_pages")
        with connection:
            connection.execute(
                "INSERT INTO subscribers VALUES (?, ?, ?, ?, ?, ?, ?, ?)", OLD_SUBSCRIBER
            )
            connection.execute(
                "INSERT INTO endpoints VALUES ('s2', 'active', 1, ?)", (json.dumps(OLD_ENDPOINT),)
            )
            connection.execute(
                "INSERT INTO events VALUES (1, 'subscriber:s1', 1, 1, 'subscription_requested',"
                " 1, 'subscriber', ?)",
                (OLD_REQUEST,),
            )
    store = SqliteStore(path)
    await store.start()
    await store.house("main")
    [asked] = await store.events.load("subscriber:s1")
    found = await store.events.subscribers_at("mail", "ada@example.org")
    endpoint = await store.endpoints.endpoint("s2")
    owed = await store.outbox.subscribers_after("", 10, before=8)
    await store.close()
    assert asked.event == SubscriptionRequested(("shop",), "de")
    assert found.keys() == {"main"}
    assert (found["main"].components, found["main"].confirmed_position) == (("shop",), 7)
    assert owed == (found["main"],)
    assert endpoint is not None
    assert (endpoint.page, endpoint.state, endpoint.sealed) == ("main", "active", b"sealed")


@pytest.mark.parametrize("address", ["postgres://x", "sqlite:", "upfront.db", ""])
def test_an_unknown_address_is_refused(address):
    with pytest.raises(StorageError, match=re.escape(f"{address!r} is not known")):
        open_store(address)


async def test_using_a_closed_store_is_told(path):
    store = SqliteStore(path)
    await store.start()
    await store.close()
    with pytest.raises(StorageError, match="is closed"):
        await store.events.append([named("Shop")])
