"""Start-up: from the start of the process to the first probe and to the page, 5,000 checks.

Run: .venv/bin/python -m bench.startup [--checks 5000] [--rounds 5]

The first start makes the database; the ones after it find all states of a service that was
ended. The target is a port of this process, which notes when the first probe connects.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import statistics
import time
from pathlib import Path

import uvloop

from bench import product
from tests.service import Service, service

INTERVAL = "60s"
PROBED_FOR_SECONDS = 5.0
"""How long it goes on after each start, so that the next one finds something."""


class Door:
    """Takes connections and closes them; notes the first one since it was asked."""

    def __init__(self) -> None:
        self.opened = asyncio.Event()

    async def answer(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.opened.set()
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


def config(checks: int, port: int) -> str:
    lines = [product.HEAD.format(interval=INTERVAL, timeout="5s") + "components:"]
    for number in range(checks):
        if number % 20 == 0:
            lines += [f"  part-{number // 20}:", "    checks:"]
        lines.append(f"      port-{number}: {{tcp: '127.0.0.1:{port}'}}")
    return "\n".join(lines) + "\n"


async def started(running: Service, door: Door, core: int) -> tuple[float, float, float]:
    """Seconds to the first probe, to the page, and of CPU until both."""
    door.opened.clear()
    began = time.monotonic()
    await running.launch()
    assert running.process
    os.sched_setaffinity(running.process.pid, {core})

    async def probed() -> float:
        await door.opened.wait()
        return time.monotonic() - began

    async def served() -> float:
        await product.until_serving(running)
        return time.monotonic() - began

    async with asyncio.timeout(60):
        first, page = await asyncio.gather(probed(), served())
    return first, page, product.cpu_seconds(running.process.pid)


async def measure(folder: Path, checks: int, rounds: int) -> None:
    core, door = product.step_aside(), Door()
    server = await asyncio.start_server(door.answer, "127.0.0.1", 0, backlog=1024)
    port = server.sockets[0].getsockname()[1]
    found: list[tuple[float, float, float]] = []
    async with service(folder, config(checks, port)) as running:
        for _ in range(rounds + 1):
            found.append(await started(running, door, core))
            await asyncio.sleep(PROBED_FOR_SECONDS)
            await running.stop()
    server.close()
    print(f"| {checks:,} checks | first probe | page | CPU |")
    tell("first start", found[0])
    first, page, cpu = (statistics.median(column) for column in zip(*found[1:], strict=True))
    tell(f"median of {rounds} more", (first, page, cpu))
    tell("slowest of them", max(found[1:]))


def tell(name: str, found: tuple[float, float, float]) -> None:
    print(f"| {name} | {found[0]:.2f} s | {found[1]:.2f} s | {found[2]:.2f} s |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checks", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    with product.folder() as folder:
        uvloop.run(measure(folder, given.checks, given.rounds))


if __name__ == "__main__":
    main()
