"""Storage: bytes and CPU per stored result, the latency query, events and deliveries.

Run: .venv/bin/python -m bench.store [--results 1000000] [--checks 1000]
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sqlite3
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from checks.model import Outcome, Result
from incidents.events import ComponentRegistered
from incidents.model import Subscriber, SubscriberState
from incidents.ports import Append, DeliveryState, Recipient
from incidents.signals import Positioned
from monitor.storage.sqlite import SqliteStore

START = datetime(2026, 11, 21, tzinfo=UTC)
INTERVAL = timedelta(seconds=20)
BATCH = 50
FAILING_SHARE = 0.001


def results(count: int, checks: int) -> Iterator[Positioned]:
    """Every check once an interval, latencies as of a real service, a few failures."""
    chance = random.Random(1)
    for position in range(1, count + 1):
        number = position % checks
        at = START + (position // checks + number / checks) * INTERVAL
        latency = chance.lognormvariate(-2.3, 0.4)
        known_at = at + timedelta(seconds=latency, milliseconds=chance.randrange(8))
        failing = chance.random() < FAILING_SHARE
        yield Positioned(
            position,
            Result(
                check=f"component-{number // 3}/check-{number}",
                location="local",
                at=at,
                known_at=known_at,
                outcome=Outcome.FAIL if failing else Outcome.PASS,
                latency_seconds=latency,
                reason="status 503, expected 200-299" if failing else "",
                phases={"connect": 0.01, "tls": 0.02, "first_byte": 0.05},
                facts={"status": 503 if failing else 200},
                revision="5f2c6a",
            ),
        )


async def fill(store: SqliteStore, count: int, checks: int) -> None:
    """Add all of them, as the pipeline does, and prune every minute of their time."""
    batch: list[Positioned] = []
    pruned = START
    for item in results(count, checks):
        batch.append(item)
        if len(batch) == BATCH:
            await store.signals.add(batch)
            batch = []
        if item.signal.at - pruned > timedelta(minutes=1):
            pruned = item.signal.at
            await store.prune(pruned)
    await store.signals.add(batch)
    await store.signals.last_position()


async def timed(label: str, work: Callable[[], Awaitable[object]]) -> float:
    """Run it and say how long it took."""
    wall, cpu = time.perf_counter(), time.process_time()
    await work()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(f"| {label} | {wall:.3f} s, {cpu:.3f} s CPU |")
    return cpu


async def measure(path: Path, count: int, checks: int) -> None:
    store = SqliteStore(path)
    await store.start()
    cpu = await timed(f"{count:,} results of {checks:,} checks", lambda: fill(store, count, checks))
    print(f"| results per CPU second, rollups included | {count / cpu:,.0f} |")
    await latencies(store, count, checks)
    await events(store)
    await deliveries(store)
    await store.close()
    sizes(path, count)


async def latencies(store: SqliteStore, count: int, checks: int) -> None:
    names = [f"component-{number // 3}/check-{number}" for number in range(checks)]
    newest = START + (count // checks) * INTERVAL
    day, quarter = timedelta(days=1), timedelta(minutes=15)
    await timed(
        f"latency of {checks:,} checks, 24 h, 15 min steps",
        lambda: store.latencies.latency(names, newest - day, quarter),
    )
    await timed(
        "latency of one check, 24 h, 15 min steps",
        lambda: store.latencies.latency(names[:1], newest - day, quarter),
    )
    await timed(
        "latency of one check, 3 h, 1 min steps",
        lambda: store.latencies.latency(names[:1], newest - day / 8, timedelta(minutes=1)),
    )


async def events(store: SqliteStore) -> None:
    event = (ComponentRegistered("abcdefghijkl", "Shop"),)

    async def alone() -> None:
        for number in range(200):
            await store.events.append([Append(f"component:a{number}", 0, START, "m", event)])

    async def together() -> None:
        appends = [Append(f"component:b{number}", 0, START, "m", event) for number in range(10_000)]
        await store.events.append(appends)

    await timed("200 events, one after another, each synced", alone)
    await timed("10,000 events of as many subjects in one append", together)


async def deliveries(store: SqliteStore) -> None:
    count = 100_000
    people = [
        Recipient(f"s{number:06}", "mail", f"{number}@example.org") for number in range(count)
    ]
    subscriber = Subscriber("s0", "mail", "a@example.org", START, SubscriberState.CONFIRMED)
    told = Append(
        "component:told", 0, START, "m", (ComponentRegistered("abcdefghijkl", "Shop"),),
        told=frozenset({0}), subscriber=subscriber,
    )  # fmt: skip
    [event] = await store.events.append([told])
    longest = 0.0

    async def expand() -> None:
        nonlocal longest
        for start in range(0, count, 500):
            began = time.perf_counter()
            page = people[start : start + 500]
            done = start + 500 >= count
            await store.outbox.expand(event.position, page, page[-1].id, done=done, at=START)
            longest = max(longest, time.perf_counter() - began)

    async def send() -> None:
        taken = await store.outbox.lease(1_000, START, START + INTERVAL)
        await asyncio.gather(
            *[store.outbox.settle(one.id, DeliveryState.SENT, START) for one in taken]
        )

    await timed("one event expanded to 100,000 deliveries", expand)
    print(f"| longest page of 500 | {longest * 1000:.0f} ms |")
    await timed("lease and settle 1,000 of 100,000 deliveries", send)


def sizes(path: Path, count: int) -> None:
    with closing(sqlite3.connect(path)) as connection:
        page = connection.execute("PRAGMA page_size").fetchone()[0]
        try:
            found = dict(
                connection.execute("SELECT name, count(*) FROM dbstat GROUP BY name").fetchall()
            )
        except sqlite3.OperationalError:
            print("| bytes per table | this SQLite has no dbstat |")
            return
        raw = sum(found[name] for name in ("results", "series"))
        sums = sum(found[name] for name in ("minutes", "quarters", "days"))
        print(f"| bytes per raw result, all included | {raw * page / count:.1f} |")
        print(f"| bytes of rollups per result | {sums * page / count:.1f} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=int, default=1_000_000)
    parser.add_argument("--checks", type=int, default=1_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "upfront.db"
        asyncio.run(measure(path, options.results, options.checks))


if __name__ == "__main__":
    main()
