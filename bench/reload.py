"""Reload: how long the event loop is held up while a large file is read again and swapped.

Run: .venv/bin/python -m bench.reload [--checks 50000] [--per-second 200]

The whole service on SQLite, probing a TCP server that is a process of its own. A beat every
5 ms notes how much CPU time the loop took since the last one and how much all threads together,
which other programs on the machine do not change, and how late it came, which they do; the worst
of each span is told. On cores that are free it cannot come later than what all threads took.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import socket
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import structlog
import uvloop

from monitor.app import App
from monitor.config.load import load
from monitor.heap import give_back, keep_collections_short
from monitor.reloading import Reloader
from monitor.running import Reload
from monitor.turns import take_short_turns

BEAT_SECONDS = 0.005
WARM_UP_SECONDS = 20.0
PER_COMPONENT = 50

SERVER = """
import asyncio
async def hang_up(reader, writer):
    writer.close()
async def main():
    server = await asyncio.start_server(hang_up, "127.0.0.1", 0, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()
asyncio.run(main())
"""


@dataclass
class Shape:
    """What the file says."""

    checks: int
    interval: int
    port: int
    timeout: str = "4s"
    prefix: str = "shop"
    aliases: str = ""
    replaced: int = 0

    def text(self, public: int, internal: int) -> str:
        """The file."""
        head = (
            "version: 1\n"
            f"server: {{public: '127.0.0.1:{public}', internal: '127.0.0.1:{internal}'}}\n"
            f"defaults: {{interval: {self.interval}s, timeout: {self.timeout}}}\n"
            "components:\n"
        )
        return head + "".join(map(self._component, range(self.checks // PER_COMPONENT)))

    def _component(self, number: int) -> str:
        aliases = f"    aliases: [{self.aliases}-{number}]\n" if self.aliases else ""
        first = number * PER_COMPONENT
        return f"  {self.prefix}-{number}:\n{aliases}    checks:\n" + "".join(
            f"      {'new' if one < self.replaced else 'api'}-{one}:"
            f" {{tcp: '127.0.0.1:{self.port}'}}\n"
            for one in range(first, first + PER_COMPONENT)
        )


class Beat:
    """Notes by how much the loop was late, and what was worked meanwhile.

    `at` is the last beat, in CPU seconds of its thread.
    """

    def __init__(self) -> None:
        self.at = time.thread_time()
        self.late: list[float] = []
        self.busy: list[float] = []
        self.together: list[float] = []

    async def run(self) -> None:
        """Beat until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            due, spent = loop.time() + BEAT_SECONDS, time.thread_time()
            together = time.process_time()
            await asyncio.sleep(BEAT_SECONDS)
            self.busy.append(time.thread_time() - spent)
            self.together.append(time.process_time() - together)
            self.late.append(max(0.0, loop.time() - due))
            self.at = time.thread_time()

    def told(self) -> str:
        """The most CPU time at a stretch, of all threads meanwhile, and the longest delay."""
        worst = (max(noted) * 1e3 for noted in (self.busy, self.together, self.late))
        told = " | ".join(f"{milliseconds:.0f} ms" for milliseconds in worst)
        self.busy, self.together, self.late = [], [], []
        return told


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
    return port


@asynccontextmanager
async def tcp_server() -> AsyncIterator[int]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SERVER, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        yield int(await process.stdout.readline())
    finally:
        process.kill()
        await process.wait()


async def measure(checks: int, per_second: int) -> None:
    """Tell of each reload how long it took and how late the loop was."""
    async with tcp_server() as port:
        with tempfile.TemporaryDirectory() as folder:
            shape = Shape(checks, checks // per_second, port)
            await _measure(Path(folder), shape, (free_port(), free_port()))


async def _measure(folder: Path, shape: Shape, ports: tuple[int, int]) -> None:
    file = folder / "checks.yaml"
    file.write_text(f"storage: 'sqlite:{folder}/upfront.db'\n{shape.text(*ports)}")
    loaded = await asyncio.to_thread(load, file)
    assert loaded.config is not None, loaded.issues[:3]
    app, beat = App(loaded.config), Beat()
    reloader = Reloader(file, loaded, app)
    await app.start()
    async with asyncio.TaskGroup() as tasks:
        memory = keep_collections_short(app.clock), give_back(app.clock)
        works = app.run(), reloader.run(), *memory, beat.run()
        parts = [tasks.create_task(work) for work in works]
        await asyncio.sleep(WARM_UP_SECONDS)
        beat.told()
        await asyncio.sleep(10)
        print(f"| undisturbed | | {beat.told()} |", flush=True)
        for name, change in reloads(shape):
            began = time.monotonic()
            file.write_text(f"storage: 'sqlite:{folder}/upfront.db'\n{change.text(*ports)}")
            told: Reload = await reloader.reload()
            assert told.result in ("adopted", "unchanged"), told
            took = time.monotonic() - began
            await asyncio.sleep(2)
            print(f"| {name} | {took:.1f} s | {beat.told()} |", flush=True)
        app.end()
        for part in parts[1:]:
            part.cancel()
    await app.stop()


def reloads(shape: Shape) -> list[tuple[str, Shape]]:
    """What is changed in turn."""
    other = replace(shape, timeout="3s")
    tenth = replace(other, replaced=shape.checks // 10)
    slower = replace(tenth, interval=shape.interval + 1)
    moved = replace(slower, prefix="till", aliases="shop")
    return [
        ("nothing changed", shape),
        ("a default threshold of all", other),
        ("one check in ten replaced", tenth),
        ("the interval of all", slower),
        ("all components moved", moved),
    ]


def main() -> None:
    """Measure and tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checks", type=int, default=50_000)
    parser.add_argument("--per-second", type=int, default=200)
    given = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    take_short_turns()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(measure(given.checks, given.per_second))


if __name__ == "__main__":
    main()
