"""How soon thousands of open pages are told of a change, and what each of them costs.

Run it with `python -m bench.live [READERS]` (2,000 unless given). One process serves, this one
reads along over as many connections. What counts is the time from the moment at which a change
is published to the first, the median and the last reader, and what each costs the process.
"""

from __future__ import annotations

import asyncio
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from aiohttp import web

from checks.clock import SystemClock
from monitor.export.service import Nothing
from statuspage import web as site
from statuspage.live import STREAM, Limits
from statuspage.ports import Snapshot
from statuspage.publisher import Publisher
from statuspage.service import Service
from tests.statuspage.examples import many

CHANGES = 6
REQUEST = b"GET /live HTTP/1.1\r\nHost: x\r\n\r\n"


class Changing(Nothing):
    """A service whose every snapshot is news."""

    def __init__(self) -> None:
        self._number = 0

    async def snapshot(self) -> Snapshot:
        made = many(50, 5)
        self._number += 1
        board = made.board.copy()
        board.position += self._number
        now = SystemClock().now()
        return replace(made, at=now, board=board, fresh_until=now + timedelta(hours=1))

    async def changes(self) -> AsyncIterator[int]:
        await asyncio.Event().wait()
        yield 0


async def serve() -> None:
    """Serve the stream; a line on stdin publishes a change, a line on stdout says when."""
    publisher = Publisher(Changing(), SystemClock(), site.made_pages(), address="http://x")
    await publisher.publish()
    app = site.application(Service(publisher))
    app[STREAM].limits = Limits(100_000, 100_000, timedelta(seconds=3))
    runner = site.runner(app)
    await runner.setup()
    place = web.TCPSite(runner, "127.0.0.1", 0, backlog=4096)
    await place.start()
    print(runner.addresses[0][1], flush=True)
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(lines), sys.stdin
    )
    publisher.listeners.append(lambda: print(time.monotonic(), app[STREAM].readers, flush=True))
    while await lines.readline():
        await publisher.publish()


async def read(port: int, told: list[float]) -> asyncio.StreamWriter:
    """Open a stream and note when each state arrives."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)
    writer.write(REQUEST)
    await reader.readuntil(b"event: state")

    async def follow() -> None:
        while True:
            await reader.readuntil(b"event: state")
            told.append(time.monotonic())

    _FOLLOWING.append(asyncio.create_task(follow()))
    return writer


_FOLLOWING: list[asyncio.Task[None]] = []


def cpu_and_memory(process: subprocess.Popen[bytes]) -> tuple[float, float]:
    """CPU seconds and resident MB of a process."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    ticks = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return ticks, int(fields[21]) * os.sysconf("SC_PAGE_SIZE") / 1e6


async def measure(process: subprocess.Popen[bytes], readers: int) -> None:
    assert process.stdin
    assert process.stdout
    port = int(process.stdout.readline())
    _, before = cpu_and_memory(process)
    told: list[float] = []
    kept = []
    for first in range(0, readers, 100):
        some = min(100, readers - first)
        kept += await asyncio.gather(*(read(port, told) for _ in range(some)))
    ticks, after = cpu_and_memory(process)
    firsts, medians, lasts = [], [], []
    for _ in range(CHANGES):
        told.clear()
        process.stdin.write(b"\n")
        process.stdin.flush()
        line = await asyncio.to_thread(process.stdout.readline)
        at = float(line.split()[0])
        async with asyncio.timeout(60):
            while len(told) < readers:  # noqa: ASYNC110 - readers note, and say nothing
                await asyncio.sleep(0.01)
        firsts.append(min(told) - at)
        medians.append(statistics.median(told) - at)
        lasts.append(max(told) - at)
    spent = cpu_and_memory(process)[0] - ticks
    for name, found in (("first", firsts), ("median", medians), ("last", lasts)):
        print(f"{name} reader told after {statistics.median(found) * 1000:.0f} ms")
    print(f"{(after - before) * 1000 / readers:.0f} KB of memory a reader")
    print(f"{spent / CHANGES / readers * 1e6:.0f} us of CPU a reader and change")
    for writer in kept:
        writer.close()


def main(readers: int) -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    command = [sys.executable, "-m", "bench.live", "serve"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        asyncio.run(measure(process, readers))
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        import uvloop

        uvloop.run(serve())
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 2_000)
