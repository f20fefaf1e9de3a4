"""Many readers: on a cold page, and what they add to the lag of detection.

Run: .venv/bin/python -m bench.readers [--rounds 5] [--seconds 15]

The whole product on one core, 200 http checks every 2 s in 50 components; the readers are a
process of their own on the other cores. Cold: 64 fresh connections at once as soon as the port
listens after a start; then again and again from a fault until after the page shows it, so that
rendering falls among them. Lag: faults are told by mail with nobody reading, then with 512 kept
connections that ask without a pause, then with 512 that ask once a second. It counts from the
first failing answer, so that the interval is not in it; what lies before is the scheduler's lag.
Detected is when the event was made that moves the component, told when the mail was taken.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import re
import sqlite3
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import uvloop

from bench import product
from tests.service import Service, service
from tests.smtp import Sink, smtp_sink

READERS_COLD = 64
READERS = 512
KUMA_SECONDS = 16.0
"""Slowest answer of Uptime Kuma to 64 readers of a cold page (DESIGN 15)."""

COMPONENTS = 50
CHECKS = 200
INTERVAL_SECONDS = 2.0
FAULTS = 10
"""In each window; every fault has a component of its own."""

REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n\r\n"
TOLD = """\
channels:
  mail: {{host: 127.0.0.1, port: {port}, tls: none, from: status@acme.example}}
routes:
  oncall: {{to: "mail:oncall@acme.example"}}
"""


@dataclass
class Targets:
    """One server for all checks; a part fails once it is told to."""

    failing: set[int] = field(default_factory=set)
    seen: dict[int, float] = field(default_factory=dict)
    """When a part first answered with its failure."""

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            part = int(head.split(b"/")[1])
            status = b"200 OK"
            if part in self.failing:
                self.seen.setdefault(part, time.time())
                status = b"503 Service Unavailable"
            writer.write(b"HTTP/1.1 " + status + b"\r\nContent-Length: 2\r\n\r\nok")
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


def config(mail_port: int, target_port: int) -> str:
    defaults = product.HEAD.format(interval=f"{INTERVAL_SECONDS:.0f}s", timeout="1s")
    lines = [defaults + TOLD.format(port=mail_port) + "components:"]
    for part in range(COMPONENTS):
        lines += [f"  part-{part}:", f"    name: Part {part} of {COMPONENTS}", "    checks:"]
        for number in range(CHECKS // COMPONENTS):
            url = f"http://127.0.0.1:{target_port}/{part}/{number}"
            lines.append(f"      api-{number}: {{http: '{url}', confirm: {{fail: 3/3}}}}")
    return "\n".join(lines) + "\n"


async def asked(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Ask for the page on a connection and take all of it."""
    writer.write(REQUEST)
    head = await reader.readuntil(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200"), head
    await reader.readexactly(int(head.lower().partition(b"content-length: ")[2].split()[0]))


async def fresh(port: int) -> float:
    """Seconds that a reader with a fresh connection waits for the page."""
    began = time.perf_counter()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    await asked(reader, writer)
    took = time.perf_counter() - began
    writer.close()
    return took


async def crowd(port: int) -> float:
    """The slowest answer of many readers at once."""
    return max(await asyncio.gather(*(fresh(port) for _ in range(READERS_COLD))))


async def kept(port: int, until: float, pause: float, found: list[float]) -> None:
    """One reader that asks over a kept connection until an instant."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while time.monotonic() < until:
        began = time.perf_counter()
        await asked(reader, writer)
        found.append(time.perf_counter() - began)
        await asyncio.sleep(pause)
    writer.close()


async def read(port: int, seconds: float, pause: float) -> None:
    """The readers, as a process; tells how many answers there were and how slow."""
    found: list[float] = []
    until = time.monotonic() + seconds
    async with asyncio.TaskGroup() as tasks:
        for number in range(READERS):
            tasks.create_task(kept(port, until, pause, found))
            await asyncio.sleep(pause / READERS if number else 0)
    p99 = statistics.quantiles(found, n=100)[98]
    print(f"{len(found) / seconds:,.0f} requests/s, p99 {p99 * 1e3:.0f} ms", end="")


async def just_started(folder: Path, text: str, core: int, rounds: int) -> list[float]:
    """The slowest answer right after each start."""
    found = []
    async with service(folder, text) as running:
        for _ in range(rounds):
            await running.launch()
            assert running.process
            os.sched_setaffinity(running.process.pid, {core})
            await product.listening(running.public, running.process)
            found.append(await crowd(running.public))
            await running.stop()
    return found


async def just_changed(running: Service, targets: Targets, part: int) -> list[float]:
    """The slowest answers of crowd after crowd, from a fault until after it is on the page."""
    found: list[float] = []
    before = await opened(running)
    targets.failing.add(part)
    async with asyncio.timeout(30):
        while await opened(running) == before:
            found += [await crowd(running.public) for _ in range(5)]
    found += [await crowd(running.public) for _ in range(5)]
    return found


async def opened(running: Service) -> int:
    """How many parts the page tells as not working."""
    return (await running.get("/api/v2/summary.json")).count("_outage")


async def told_after(sink: Sink, targets: Targets, part: int, delay: float) -> float:
    """Seconds from the first failing answer to a mail that names the component."""
    await asyncio.sleep(delay)
    targets.failing.add(part)
    name = f"Part {part} of"
    async with asyncio.timeout(60), sink.arrived:
        await sink.arrived.wait_for(
            lambda: any(name in str(mail.message["Subject"]) for mail in sink.mails)
        )
    return time.time() - targets.seen[part]


def detected_after(running: Service, targets: Targets, parts: Sequence[int]) -> list[float]:
    """Seconds from the first failing answers to the events that moved the components."""
    path = running.config.parent / ".data" / "upfront.db"
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        query = "SELECT at, data FROM events WHERE type = 'status_changed' ORDER BY position DESC"
        first = {json.loads(data)["component"]: at / 1e6 for at, data in database.execute(query)}
    return [first[f"part-{part}"] - targets.seen[part] for part in parts]


async def lag(running: Service) -> dict[str, float]:
    """The scheduler's lag so far: sum, count and buckets."""
    _, text = await running.ask("/metrics", internal=True)
    pattern = r'^upfront_scheduler_lag_seconds_(\w+)(?:\{.*?le="(.+?)".*?\})? (\S+)$'
    found = re.findall(pattern, text, re.MULTILINE)
    return {le or name: float(value) for name, le, value in found}


def most(before: dict[str, float], after: dict[str, float]) -> str:
    """The bucket in which the longest lag of a window lies."""
    count = after["count"] - before["count"]
    buckets = [le for le in after if le[0].isdigit() or le == "+Inf"]
    return min(
        (le for le in buckets if after[le] - before[le] >= count),
        key=float,
    )


async def window(
    name: str, running: Service, sink: Sink, targets: Targets, parts: Sequence[int],
    seconds: float, pause: float | None,
) -> tuple[float, float, float]:  # fmt: skip
    """Faults with or without readers; mean seconds of scheduling, detecting and telling."""
    readers, before = None, await lag(running)
    if pause is not None:
        readers = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bench.readers",
            "--read", str(running.public), "--seconds", str(seconds), "--pause", str(pause),
            stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        await asyncio.sleep(2)
    step = (seconds - 2 - 2 * INTERVAL_SECONDS - 2) / len(parts)
    took = await asyncio.gather(
        *(told_after(sink, targets, part, step * turn) for turn, part in enumerate(parts))
    )
    after, load = await lag(running), ""
    if readers:
        assert readers.returncode is None, "the readers left before the last mail"
        load = (await readers.communicate())[0].decode()
        assert readers.returncode == 0, "the readers failed"
    found = detected_after(running, targets, parts)
    detected, told = statistics.mean(found), statistics.mean(took)
    late = (after["sum"] - before["sum"]) / (after["count"] - before["count"])
    print(
        f"| {name} | {late * 1e3:.0f} ms, all within {most(before, after)} s "
        f"| {detected:.3f} s, most {max(found):.3f} s | {told:.3f} s, most {max(took):.3f} s "
        f"| {load} |"
    )
    return late, detected, told


async def measure(folder: Path, rounds: int, seconds: float) -> None:
    core, targets = product.step_aside(), Targets()
    server = await asyncio.start_server(targets.answer, "127.0.0.1", 0, backlog=1024)
    async with smtp_sink() as sink:
        body = config(sink.port, server.sockets[0].getsockname()[1])
        started = await just_started(folder, body, core, rounds)
        tell("just started", started)
        async with service(folder, body) as running:
            await running.launch()
            assert running.process
            os.sched_setaffinity(running.process.pid, {core})
            await product.until_serving(running)
            await asyncio.sleep(3 * INTERVAL_SECONDS)
            parts = iter(range(COMPONENTS))
            changed: list[float] = []
            for _ in range(rounds):
                changed += await just_changed(running, targets, next(parts))
            tell("just changed", changed)
            await asyncio.sleep(3 * INTERVAL_SECONDS)
            print("| faults | scheduler lag, mean | detected | told | load |")
            found = [
                await window(
                    name, running, sink, targets,
                    [next(parts) for _ in range(FAULTS)], seconds, pause,
                )
                for name, pause in (("idle", None), ("no pause", 0.0), ("once a second", 1.0))
            ]  # fmt: skip
            for name, loaded in zip(("no pause", "once a second"), found[1:], strict=True):
                late, detected, told = (a - b for a, b in zip(loaded, found[0], strict=True))
                print(
                    f"| added, {name} | scheduler {late:.3f} s | detected {detected:.3f} s "
                    f"| both {late + detected:.3f} s "
                    f"| told, scheduler included {late + told:.3f} s |"
                )
            await running.stop()
    server.close()


def tell(name: str, found: Sequence[float]) -> None:
    slowest = max(found)
    print(
        f"| {READERS_COLD} at once, {name}, {len(found)} rounds | slowest {slowest * 1e3:.0f} ms "
        f"| median round {statistics.median(found) * 1e3:.0f} ms | 1/{KUMA_SECONDS / slowest:.0f} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=15.0)
    parser.add_argument("--read", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--pause", type=float, default=0.0, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.read:
        uvloop.run(read(given.read, given.seconds, given.pause))
        return
    with product.folder() as folder:
        uvloop.run(measure(folder, given.rounds, given.seconds))


if __name__ == "__main__":
    main()
