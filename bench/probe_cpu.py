"""CPU time of one plain HTTP probe, from request to judged result, beside aiohttp's client.

Run: python -m bench.probe_cpu [PROBES]. Needs nginx; it serves 200 bytes on loopback.
"""

import asyncio
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import uvloop

from checks.assertions import named
from checks.clock import SystemClock
from checks.kinds import KINDS
from checks.model import Check, ProbeRequest
from checks.net import Network
from checks.probing import Prober

CONCURRENCY = 50
TIMEOUT = timedelta(seconds=5)
NGINX = """
daemon off; worker_processes 1; pid {folder}/pid; error_log stderr crit;
events {{ worker_connections 1024; }}
http {{ access_log off; client_body_temp_path {folder}; proxy_temp_path {folder};
  fastcgi_temp_path {folder}; uwsgi_temp_path {folder}; scgi_temp_path {folder};
  server {{ listen 127.0.0.1:{port}; location / {{ return 200 "{body}"; }} }} }}
"""

Once = Callable[[], Awaitable[None]]


async def cpu_of(probes: int, once: Once) -> float:
    """Microseconds of our CPU for each call, with that many in flight."""

    async def several() -> None:
        for _ in range(probes // CONCURRENCY):
            await once()

    began = time.process_time()
    await asyncio.gather(*(several() for _ in range(CONCURRENCY)))
    return (time.process_time() - began) / probes * 1e6


@asynccontextmanager
async def by_upfront(url: str) -> AsyncIterator[Once]:
    kind = KINDS["http"]
    options = kind.options(url=url)
    spans = (timedelta(seconds=30), TIMEOUT)
    expect = named(kind.expected)
    check = Check("bench/http", "bench", kind, options, *spans, ("here",), expect)
    network = Network()
    prober = Prober(network, SystemClock())

    async def once() -> None:
        request = ProbeRequest(check.id, "here", datetime.now(UTC), TIMEOUT)
        result = await prober(check, request)
        assert result.outcome == "pass", result.reason

    yield once
    network.close()


@asynccontextmanager
async def by_aiohttp(url: str) -> AsyncIterator[Once]:
    connector = aiohttp.TCPConnector(force_close=True, limit=0, use_dns_cache=False)
    session = aiohttp.ClientSession(connector=connector)

    async def once() -> None:
        async with session.get(url, timeout=aiohttp.ClientTimeout(5)) as answer:
            await answer.read()
            assert answer.status == 200

    yield once
    await session.close()


async def compare(url: str, probes: int) -> None:
    for name, make in (("upfront", by_upfront), ("aiohttp", by_aiohttp)) * 3:
        async with make(url) as once:
            await cpu_of(probes // 10, once)
            print(f"{name}: {await cpu_of(probes, once):.0f} us of CPU per probe")


def main() -> None:
    probes = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder, "nginx.conf")
        config.write_text(NGINX.format(folder=folder, port=port, body="x" * 200))
        nginx = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/bin")
        assert nginx, "apt-get install nginx-light"
        with subprocess.Popen([nginx, "-c", config]) as server:
            try:
                wait_for(port)
                uvloop.run(compare(f"http://127.0.0.1:{port}/", probes))
            finally:
                server.terminate()


def wait_for(port: int) -> None:
    until = time.monotonic() + 5
    while time.monotonic() < until:
        with socket.socket() as door:
            if door.connect_ex(("127.0.0.1", port)) == 0:
                return
    raise SystemExit("nginx did not start")


if __name__ == "__main__":
    main()
