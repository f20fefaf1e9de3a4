"""Event to visible: how long until page, feed and API show it, for nobody and for 100,000.

Run: .venv/bin/python -m bench.visible [--subscribers 100000] [--faults 12]

The whole product on one core, once without subscribers and once with that many, who are told by
mail of each update; the mail server is a process of its own and takes everything. One target
after another fails. From the instant of the event that moves the component it is counted until
page and API say that it is down, and from that of each update until the feed has it; each is
asked for every 5 ms over a kept connection. With
subscribers the mails of one fault are still going out when the next ones come.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import multiprocessing
import random
import re
import sqlite3
import statistics
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import uvloop

from bench import product
from bench.fanout import Taking, address, serve
from incidents.events import SubscriptionConfirmed
from incidents.model import Subscriber, SubscriberState
from incidents.ports import Append
from monitor.storage.sqlite import SqliteStore
from tests.service import Service, Target, target

INTERVAL_SECONDS = 2
BETWEEN_SECONDS = 4.0
SETTLED_SECONDS = 30.0
"""An update about a further component of the same incident may come so late."""
ASKED_EVERY_SECONDS = 0.005
SEEDED_AT_ONCE = 10_000

MAIL = """\
channels:
  mail: {{host: 127.0.0.1, port: {port}, tls: none, from: status@acme.example}}
"""


def config(targets: list[Target], port: int) -> str:
    lines = [MAIL.format(port=port) + "components:"]
    for number, one in enumerate(targets):
        lines += [f"  part-{number}:", f"    name: {name(number)}", "    checks:"]
        lines.append(f"      api: {{http: '{one.url}', confirm: {{fail: 2/2}}}}")
    return "\n".join(lines) + "\n"


def name(number: int) -> str:
    """A component's name; none is the beginning of another."""
    return f"Part {number:02}"


async def seed(database: Path, subscribers: int) -> None:
    """Have that many people confirmed as subscribers before the service begins."""
    database.parent.mkdir(mode=0o700)
    store = SqliteStore(database)
    await store.start()
    now = datetime.now(UTC)
    people = [
        Subscriber(str(number), "mail", address(number), now, SubscriberState.CONFIRMED)
        for number in range(subscribers)
    ]
    for start in range(0, subscribers, SEEDED_AT_ONCE):
        await store.events.append(
            [
                Append(f"subscriber:{one.id}", 0, now, "bench", (SubscriptionConfirmed(),),
                       subscriber=one)
                for one in people[start : start + SEEDED_AT_ONCE]
            ]
        )  # fmt: skip
    await store.close()


@contextlib.contextmanager
def mail_server() -> Iterator[int]:
    """A server that takes every mail; its port."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(
        target=serve, args=(theirs, Taking), daemon=True
    )
    process.start()
    try:
        yield ours.recv()
    finally:
        process.terminate()
        process.join()


@contextlib.asynccontextmanager
async def failing(count: int) -> AsyncIterator[list[Target]]:
    async with contextlib.AsyncExitStack() as stack:
        yield [await stack.enter_async_context(target()) for _ in range(count)]


def rows_of_trouble(page: str) -> set[str]:
    """The components that the page shows in trouble."""
    shown = r'"name">Part (\d+)</span>\s*<span class="word (?!operational)'
    return {f"part-{int(number)}" for number in re.findall(shown, page)}


def components_down(summary: str) -> set[str]:
    """The components that the API says are not operational."""
    found = json.loads(summary)["components"]
    return {
        f"part-{int(one['name'].removeprefix('Part '))}"
        for one in found
        if one["status"] != "operational"
    }


def updates(text: str) -> set[str]:
    """The ids of the updates that a feed holds."""
    return set(re.findall(r"#update-(\w+)", text))


DOCUMENTS: Mapping[str, Callable[[str], set[str]]] = {
    "/": rows_of_trouble,
    "/api/v2/summary.json": components_down,
    "/feed.atom": updates,
}
"""What is asked for, and what it tells."""


async def follow(running: Service, path: str, seen: dict[str, float]) -> None:
    """Note when a document first tells of what it tells, in seconds since 1970."""
    async with aiohttp.ClientSession() as client:
        while True:
            async with client.get(running.url + path) as answer:
                for key in DOCUMENTS[path](await answer.text()):
                    seen.setdefault(key, time.time())
            await asyncio.sleep(ASKED_EVERY_SECONDS)


def happened(running: Service) -> Mapping[str, float]:
    """When each component was moved and each update was posted, by their ids."""
    path = running.config.parent / ".data" / "upfront.db"
    query = "SELECT at, data FROM events WHERE type IN ('status_changed', 'update_posted')"
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        rows = [(at / 1e6, json.loads(data)) for at, data in database.execute(query)]
    found: dict[str, float] = {}
    for at, data in rows:
        found.setdefault(data.get("component") or data["update"], at)
    return found


async def measure(
    folder: Path, core: int, subscribers: int, faults: int
) -> Mapping[str, list[float]]:
    """Seconds from each event to its being visible, by document."""
    chance = random.Random(1)
    await seed(folder / ".data" / "upfront.db", subscribers)
    seen: dict[str, dict[str, float]] = {path: {} for path in DOCUMENTS}
    with mail_server() as port:
        async with failing(faults) as targets, product.upfront(
            folder, config(targets, port), core=core, interval=f"{INTERVAL_SECONDS}s", timeout="1s"
        ) as running:  # fmt: skip
            await asyncio.sleep(3 * INTERVAL_SECONDS)
            following = [asyncio.create_task(follow(running, path, seen[path])) for path in seen]
            for one in targets:
                one.fail()
                await asyncio.sleep(BETWEEN_SECONDS + chance.random())
            await asyncio.sleep(SETTLED_SECONDS)
            for task in following:
                task.cancel()
            began = happened(running)
    assert len(seen["/"]) == faults, "not every fault was seen"
    return {path: [at - began[key] for key, at in keys.items()] for path, keys in seen.items()}


def tell(subscribers: int, found: Mapping[str, list[float]]) -> None:
    for path, took in found.items():
        mean, median, most = (how(took) * 1e3 for how in (statistics.mean, statistics.median, max))
        print(
            f"| {subscribers:,} subscribers, {path} | {len(took)} | {mean:.0f} ms "
            f"| {median:.0f} ms | {most:.0f} ms |",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--subscribers", type=int, default=100_000)
    parser.add_argument("--faults", type=int, default=12)
    given = parser.parse_args()
    core = product.step_aside()
    print("| | events | mean | median | most |")
    means: list[Mapping[str, float]] = []
    for subscribers in (0, given.subscribers):
        with product.folder() as folder:
            found = uvloop.run(measure(folder, core, subscribers, given.faults))
        tell(subscribers, found)
        means.append({path: statistics.mean(took) for path, took in found.items()})
    for path in DOCUMENTS:
        print(f"| {path} | {means[1][path] / means[0][path]:.2f}x |")


if __name__ == "__main__":
    main()
