"""The schema, as the steps that lead to it; a step that was released is never changed."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlite_utils import Database, Migrations

from incidents.ports import StorageError

MIGRATIONS = Migrations("upfront")


def migrate(database: Database, path: Path) -> None:
    """Apply what is missing.

    Raises:
        StorageError: A newer Upfront has been here.
    """
    refuse_newer(database, path)
    MIGRATIONS.apply(database)


def refuse_newer(database: Database, path: Path) -> None:
    """Leave alone what this version does not know.

    Raises:
        StorageError: A newer Upfront has been here.
    """
    with closing(sqlite3.connect(":memory:")) as blank:
        known = {step.name for step in MIGRATIONS.pending(Database(blank))}
    newer = [step.name for step in MIGRATIONS.applied(database) if step.name not in known]
    if newer:
        raise StorageError(
            f"{path} was written by a newer Upfront (it has {newer[-1]}); run that one, or name"
            " another file under `storage`."
        )


@MIGRATIONS(name="0001_signals")
def _signals(database: Database) -> None:
    database.execute("""
        CREATE TABLE series (
            id INTEGER PRIMARY KEY,
            check_id TEXT NOT NULL,
            location TEXT NOT NULL,
            revision TEXT NOT NULL,
            UNIQUE (check_id, location, revision)
        )""")
    # `results.py` says what the numbers mean; results and signals share the positions.
    database.execute("""
        CREATE TABLE results (
            position INTEGER PRIMARY KEY,
            series INTEGER NOT NULL,
            at INTEGER NOT NULL,
            code INTEGER NOT NULL,
            latency INTEGER,
            detail TEXT
        )""")
    database.execute("""
        CREATE TABLE signals (
            position INTEGER PRIMARY KEY,
            type TEXT NOT NULL,
            at INTEGER NOT NULL,
            data TEXT NOT NULL
        )""")
    database.execute("""
        CREATE TABLE states (
            fold TEXT NOT NULL,
            key TEXT NOT NULL,
            version INTEGER NOT NULL,
            data BLOB NOT NULL,
            PRIMARY KEY (fold, key)
        ) WITHOUT ROWID""")
    database.execute("""
        CREATE TABLE progress (
            name TEXT PRIMARY KEY,
            value INTEGER NOT NULL,
            series INTEGER NOT NULL DEFAULT 0
        ) WITHOUT ROWID""")


@MIGRATIONS(name="0002_rollups")
def _rollups(database: Database) -> None:
    # By instant first: rows are added at one end and deleted at the other.
    for table in ("minutes", "quarters", "days"):
        database.execute(f"""
            CREATE TABLE {table} (
                at INTEGER NOT NULL,
                series INTEGER NOT NULL,
                passed INTEGER NOT NULL,
                slow INTEGER NOT NULL,
                failed INTEGER NOT NULL,
                errors INTEGER NOT NULL,
                p50 INTEGER,
                p95 INTEGER,
                sketch BLOB NOT NULL,
                PRIMARY KEY (at, series)
            ) WITHOUT ROWID""")


@MIGRATIONS(name="0003_events")
def _events(database: Database) -> None:
    database.execute("""
        CREATE TABLE events (
            position INTEGER PRIMARY KEY AUTOINCREMENT,
            subject TEXT NOT NULL,
            sequence INTEGER NOT NULL,
            at INTEGER NOT NULL,
            type TEXT NOT NULL,
            version INTEGER NOT NULL,
            actor TEXT NOT NULL,
            data TEXT NOT NULL,
            UNIQUE (subject, sequence)
        )""")
    database.execute("""
        CREATE TABLE spans (
            component TEXT NOT NULL,
            from_at INTEGER NOT NULL,
            to_at INTEGER,
            status TEXT NOT NULL,
            cause TEXT NOT NULL
        )""")
    database.execute("CREATE INDEX spans_by_cause ON spans (cause)")
    database.execute("CREATE INDEX spans_by_end ON spans (to_at)")
    database.execute("""
        CREATE TABLE subscribers (
            id TEXT PRIMARY KEY,
            channel TEXT NOT NULL,
            address TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            state TEXT NOT NULL,
            components TEXT NOT NULL,
            language TEXT NOT NULL,
            confirmed_position INTEGER,
            UNIQUE (channel, address)
        ) WITHOUT ROWID""")


@MIGRATIONS(name="0004_outbox")
def _outbox(database: Database) -> None:
    database.execute("""
        CREATE TABLE fan_outs (
            event_position INTEGER PRIMARY KEY,
            cursor TEXT NOT NULL
        )""")
    # The recipient comes first, so that one who leaves is found in every event.
    database.execute("""
        CREATE TABLE deliveries (
            id INTEGER PRIMARY KEY,
            recipient TEXT NOT NULL,
            channel TEXT NOT NULL,
            event_position INTEGER NOT NULL,
            address TEXT NOT NULL,
            language TEXT NOT NULL,
            key TEXT NOT NULL,
            state TEXT NOT NULL,
            attempts INTEGER NOT NULL,
            owed_at INTEGER NOT NULL,
            due_at INTEGER NOT NULL,
            leased INTEGER NOT NULL DEFAULT 0,
            settled_at INTEGER,
            error TEXT NOT NULL,
            UNIQUE (recipient, channel, event_position)
        )""")
    database.execute(
        "CREATE INDEX deliveries_due ON deliveries (channel, due_at, owed_at)"
        " WHERE state = 'pending'"
    )
    database.execute(
        "CREATE INDEX deliveries_settled ON deliveries (settled_at) WHERE settled_at IS NOT NULL"
    )


@MIGRATIONS(name="0005_endpoints")
def _endpoints(database: Database) -> None:
    # `data` holds the endpoint as JSON, its secrets encrypted; the columns are for retention.
    database.execute("""
        CREATE TABLE endpoints (
            id TEXT PRIMARY KEY,
            state TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            data TEXT NOT NULL
        ) WITHOUT ROWID""")


@MIGRATIONS(name="0006_spans_of_components")
def _spans_of_components(database: Database) -> None:
    database.execute("DROP INDEX spans_by_cause")
    database.execute("CREATE INDEX spans_by_cause ON spans (cause, component)")


@MIGRATIONS(name="0007_subscribers_of_pages")
def _subscribers_of_pages(database: Database) -> None:
    # No page yet: the store is told at start which one stands first.
    database.execute("ALTER TABLE subscribers RENAME TO subscribers_before")
    database.execute("""
        CREATE TABLE subscribers (
            id TEXT PRIMARY KEY,
            channel TEXT NOT NULL,
            address TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            state TEXT NOT NULL,
            components TEXT NOT NULL,
            language TEXT NOT NULL,
            confirmed_position INTEGER,
            page TEXT NOT NULL,
            UNIQUE (channel, address, page)
        ) WITHOUT ROWID""")
    columns = "id, channel, address, created_at, state, components, language, confirmed_position"
    database.execute(f"INSERT INTO subscribers SELECT {columns}, '' FROM subscribers_before")
    database.execute("DROP TABLE subscribers_before")
