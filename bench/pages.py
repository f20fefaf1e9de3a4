"""CPU time of one page request, ours against nginx serving the same gzip file.

Run it with `python -m bench.pages [REQUESTS]`. Both servers get the same load from this
process over kept connections; what counts is the CPU time that their processes used.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

from aiohttp import web

from checks.clock import SystemClock
from monitor.export.service import Nothing
from statuspage import web as site
from statuspage.ports import Snapshot
from statuspage.publisher import Publisher
from statuspage.service import Service
from tests.statuspage.examples import many

CONNECTIONS = 16
REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\nUser-Agent: bench\r\n\r\n"
NGINX = """
daemon off; master_process off; worker_processes 1; pid {place}/pid; error_log /dev/null;
events {{ worker_connections 512; }}
http {{
  access_log off; keepalive_requests 10000000; gzip_static always;
  types {{ text/html html; }}
  server {{ listen 127.0.0.1:{port}; root {place}; rewrite ^ /index.html break; }}
}}
"""


class Still(Nothing):
    """A service in which nothing happens."""

    async def snapshot(self) -> Snapshot:
        return many(50, 5)

    async def changes(self) -> AsyncIterator[int]:
        await asyncio.Event().wait()
        yield 0


async def serve() -> None:
    """Serve our page on a free port, told on stdout, until killed."""
    publisher = Publisher(Still(), SystemClock(), site.made_pages(), address="http://x")
    await publisher.publish()
    runner = site.runner(site.application(Service(publisher)))
    await runner.setup()
    place = web.TCPSite(runner, "127.0.0.1", 0)
    await place.start()
    body = publisher.first.shelf["/"].variant("gzip").body
    Path(sys.argv[2], "index.html.gz").write_bytes(body)  # noqa: ASYNC240 - nobody is served yet
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


def cpu_seconds(process: subprocess.Popen[bytes]) -> float:
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def ask(port: int, requests: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(requests):
        writer.write(REQUEST)
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), head
        length = head.lower().partition(b"content-length: ")[2].split()[0]
        await reader.readexactly(int(length))
    writer.close()


async def load(port: int, requests: int) -> None:
    share = requests // CONNECTIONS
    await asyncio.gather(*(ask(port, share) for _ in range(CONNECTIONS)))


def measure(process: subprocess.Popen[bytes], port: int, requests: int) -> float:
    """Microseconds of CPU time for one request."""
    asyncio.run(load(port, requests // 10))
    before = cpu_seconds(process)
    asyncio.run(load(port, requests))
    return (cpu_seconds(process) - before) / requests * 1e6


def main(requests: int) -> None:
    with tempfile.TemporaryDirectory() as place:
        command = [sys.executable, "-m", "bench.pages", "serve", place]
        ours = subprocess.Popen(command, stdout=subprocess.PIPE)
        assert ours.stdout
        port = int(ours.stdout.readline())
        nginx_port = port + 1
        Path(place, "nginx.conf").write_text(NGINX.format(place=place, port=nginx_port))
        Path(place).chmod(0o755)
        binary = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
        assert binary, "nginx is not installed"
        nginx = subprocess.Popen([binary, "-p", place, "-c", f"{place}/nginx.conf"])
        try:
            page, peer = measure(ours, port, requests), measure(nginx, nginx_port, requests)
        finally:
            for process in (ours, nginx):
                process.terminate()
                process.wait()
    size = "the start page of 50 components, gzip"
    print(f"{size}: ours {page:.0f} us, nginx {peer:.0f} us of CPU a request")
    print(f"page requests per CPU second: {peer / page:.2f} of nginx")


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        try:
            import uvloop
        except ImportError:
            asyncio.run(serve())
        else:
            uvloop.run(serve())
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
