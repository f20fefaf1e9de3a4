"""How fast stored results are replayed: results a second, in one process and in several.

Run: .venv/bin/python -m bench.backtest [--checks 1000] [--results 2000000] [--processes 1 4]
     [--only "machine code"]

A store is filled with results of checks probed once a minute from one location, one in 2,000 of
which fails and each check of which is down for ten minutes once a day; then it is replayed
by the learned rule, in Python and in machine code (which takes numba), and by a plain one.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import os
import random
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlite_utils import Database

from checks.model import Outcome, Result
from incidents.policy import CheckPolicy, Component, Confirm, Policy
from incidents.signals import Positioned
from monitor.app import archived
from monitor.archive import Slice
from monitor.backtest.playing import play
from monitor.backtest.sources import Stored
from monitor.storage import open_store
from monitor.storage.results import Book, insert

START = datetime(2026, 11, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
AT_ONCE = 20_000
RULES = (
    ("learned", None, False),
    ("learned, machine code, which is made first", None, True),
    ("confirm: {fail: 3/3}", Confirm(), False),
)
DAY = 1440
DOWN_MINUTES = 10


def policy(checks: int, confirm: Confirm | None) -> Policy:
    """So many components with one check each."""
    names = [f"part-{number}" for number in range(checks)]
    spans = MINUTE, timedelta(seconds=10)
    return Policy(
        components={name: Component(name, name, checks=(f"{name}/api",)) for name in names},
        checks={
            f"{name}/api": CheckPolicy(f"{name}/api", *spans, ("local",), confirm=confirm)
            for name in names
        },
    )


def results(checks: int, number: int) -> Iterator[Positioned]:
    """That many results, in the order in which they come."""
    chance = random.Random(1)
    for position in range(number):
        minute, check = divmod(position, checks)
        at = START + MINUTE * minute + MINUTE * check / checks
        down = (minute + check * 7) % DAY < DOWN_MINUTES
        failed = down or chance.random() < 1 / 2000
        latency = 0.1 * math.exp(chance.gauss(0, 0.2))
        known_at = at + timedelta(seconds=0 if failed else latency)
        outcome = Outcome.FAIL if failed else Outcome.PASS
        seen = (None, "connection refused") if failed else (latency, "")
        made = Result(f"part-{check}/api", "local", at, known_at, outcome, *seen)
        yield Positioned(position + 1, made)


async def empty(address: str) -> None:
    """A database with the schema and nothing in it."""
    store = open_store(address)
    await store.start()
    await store.close()


def fill(path: Path, checks: int, number: int) -> None:
    """Write the results as the store does."""
    asyncio.run(empty(f"sqlite:{path}"))
    database, book = Database(sqlite3.connect(path)), Book()
    batch: list[Positioned] = []
    for one in results(checks, number):
        batch.append(one)
        if len(batch) == AT_ONCE:
            insert(database, book, batch)
            batch.clear()
    insert(database, book, batch)
    database.conn.commit()
    database.close()


def main() -> None:
    """Fill a store, replay it, and say how fast that was."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checks", type=int, default=1000)
    parser.add_argument("--results", type=int, default=2_000_000)
    parser.add_argument("--processes", type=int, nargs="+", default=[1, os.cpu_count() or 1])
    parser.add_argument("--only", default="", help="the rules with this in their name")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "upfront.db"
        fill(path, asked.checks, asked.results)
        print(f"| {asked.results:,} results, {path.stat().st_size / 1e6:.0f} MB | seconds |"
              " results/s | CPU us/result |\n|---|---|---|---|", flush=True)  # fmt: skip
        opened = archived(f"sqlite:{path}")
        with closing(opened()) as archive:
            span = archive.span()
        assert span is not None
        source = Stored(opened, span[0], span[1] + MINUTE)
        began = Stopwatch()
        found = (step for _, step in source.steps(policy(asked.checks, None)))
        number = sum(len(step.lines) for step in found if isinstance(step, Slice))
        began.tell("reading alone", number)
        for name, confirm, fast in RULES:
            if asked.only not in name:
                continue
            judged = policy(asked.checks, confirm)
            for processes in sorted(set(asked.processes)):
                began = Stopwatch()
                played = play(judged, source, processes, lambda done: None, fast=fast)
                began.tell(f"{name}, processes: {processes}", played.folded.results)


class Stopwatch:
    """The time that passed, and the CPU time of this process and of those it waited for."""

    def __init__(self) -> None:
        """Begin to count."""
        self._seconds = time.perf_counter()
        self._cpu = sum(os.times()[:4])

    def tell(self, what: str, number: int) -> None:
        """One line of the table."""
        seconds = time.perf_counter() - self._seconds
        each = 1e6 * (sum(os.times()[:4]) - self._cpu) / number
        print(f"| {what} | {seconds:.1f} | {number / seconds:,.0f} | {each:.1f} |", flush=True)


if __name__ == "__main__":
    main()
