"""The whole product and its peers as processes: started, held to one core, measured, ended."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.checks.chains import Chain
from tests.service import Process, Service, free_port, service

NAME = "shop.example"
"""Whom the target's certificate is for."""

ENDS_WITHIN_SECONDS = 10.0

HEAD = """\
version: 1
page: {{name: Bench, url: "http://127.0.0.1:{{public}}"}}
server: {{public: "127.0.0.1:{{public}}", internal: "127.0.0.1:{{internal}}"}}
storage: sqlite:.data/upfront.db
defaults: {{interval: {interval}, timeout: {timeout}}}
"""

NGINX = """\
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log stderr crit;
events {{ worker_connections 4096; }}
http {{
  access_log off; keepalive_timeout 0; ssl_session_tickets off; ssl_session_cache off;
  client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
  uwsgi_temp_path {folder}; scgi_temp_path {folder};
  server {{
    listen 127.0.0.1:{http}; listen 127.0.0.1:{https} ssl;
    ssl_certificate {folder}/server.pem; ssl_certificate_key {folder}/server.pem;
    location / {{ return 200 "{body}"; }}
  }}
}}
"""

EXPORTER = """\
modules:
  bench:
    prober: http
    timeout: {timeout}
    http:
      preferred_ip_protocol: ip4
      tls_config: {{ca_file: {ca_file}, server_name: {name}}}
"""


@dataclass(frozen=True)
class Target:
    """An nginx that answers 200 bytes, over HTTP and over HTTPS with full handshakes."""

    http: str
    https: str
    ca_file: str

    def url(self, scheme: str) -> str:
        return self.https if scheme == "https" else self.http


@contextlib.contextmanager
def folder() -> Iterator[Path]:
    """A folder for a run, which the workers of nginx can read as well."""
    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o755)
        yield Path(place)


def cores() -> tuple[int, frozenset[int]]:
    """One core for what is measured, and those left for all else."""
    all_of_them = sorted(os.sched_getaffinity(0))
    return all_of_them[-1], frozenset(all_of_them[:-1] or all_of_them)


def step_aside() -> int:
    """Leave one core to what is measured; which one."""
    measured, others = cores()
    os.sched_setaffinity(0, others)
    return measured


def cpu_seconds(pid: int) -> float:
    """CPU time that a process has used, with all its threads and the children that have ended."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def resident_mb(pid: int) -> float:
    """Memory that a process holds now."""
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    assert found
    return int(found[1]) / 1024


@contextlib.asynccontextmanager
async def program(
    name: str, *arguments: str, core: int | None = None, port: int, package: str = ""
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A program of others that listens on a port, ended at the end."""
    path = os.environ.get("PATH", os.defpath) + ":/usr/local/sbin:/usr/sbin:/sbin"
    binary = shutil.which(name, path=path)
    if binary is None:
        raise SystemExit(f"{name} is needed: apt-get install {package or name}")
    pinned = ("taskset", "-c", str(core)) if core is not None else ()
    process = await asyncio.create_subprocess_exec(
        *pinned, binary, *arguments,
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        await listening(port, process)
        yield process
    finally:
        await ended(process)


async def ended(process: asyncio.subprocess.Process) -> None:
    """End a process, by force if it does not end by itself."""
    if process.returncode is None:
        process.terminate()
    try:
        async with asyncio.timeout(ENDS_WITHIN_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


async def listening(port: int, process: Process) -> None:
    """Return once somebody listens on a port."""
    async with asyncio.timeout(30):
        while True:
            assert process.returncode is None, "it ended at once"
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                return
            await asyncio.sleep(0.05)


@contextlib.asynccontextmanager
async def nginx(folder: Path) -> AsyncIterator[Target]:
    """A running target."""
    chain = Chain(folder)
    chain.server()
    http, https = free_port(), free_port()
    config = folder / "nginx.conf"
    config.write_text(NGINX.format(folder=folder, http=http, https=https, body="x" * 200))
    async with program("nginx", "-c", str(config), port=http, package="nginx-light"):
        yield Target(f"http://127.0.0.1:{http}/", f"https://127.0.0.1:{https}/", chain.ca_file)


@contextlib.asynccontextmanager
async def exporter(
    folder: Path, target: Target, core: int, timeout: str
) -> AsyncIterator[tuple[int, asyncio.subprocess.Process]]:
    """A running blackbox_exporter: its port and its process. Its module is called `bench`."""
    port, config = free_port(), folder / "blackbox.yml"
    config.write_text(EXPORTER.format(ca_file=target.ca_file, timeout=timeout, name=NAME))
    arguments = (f"--config.file={config}", f"--web.listen-address=127.0.0.1:{port}")
    async with program(
        "prometheus-blackbox-exporter", *arguments, core=core, port=port
    ) as process:  # fmt: skip
        yield port, process


def checks_of(urls: Sequence[str], ca_file: str, *, per_component: int = 20) -> str:
    """The components of a file, with one http check for each URL."""
    lines = ["components:"]
    for number, url in enumerate(urls):
        if number % per_component == 0:
            lines += [f"  part-{number // per_component}:", "    checks:"]
        tls = f", tls: {{ca_file: {ca_file}, server_name: {NAME}}}" if url[4] == "s" else ""
        lines.append(f'      api-{number}: {{http: {{url: "{url}"{tls}}}}}')
    return "\n".join(lines) + "\n"


@contextlib.asynccontextmanager
async def upfront(
    folder: Path, body: str, *, core: int, interval: str, timeout: str
) -> AsyncIterator[Service]:
    """`upfront run` on these components, held to one core."""
    config = HEAD.format(interval=interval, timeout=timeout) + body
    async with service(folder, config) as running:
        await running.launch()
        assert running.process
        os.sched_setaffinity(running.process.pid, {core})
        await until_serving(running)
        try:
            yield running
        finally:
            await running.stop()


async def until_serving(running: Service, within_seconds: float = 60) -> None:
    """Return once it answers."""
    async with asyncio.timeout(within_seconds):
        while True:
            assert running.process
            assert running.process.returncode is None, running.printed()
            with contextlib.suppress(OSError):
                if (await running.ask("/healthz"))[0] == 200:
                    return
            await asyncio.sleep(0.05)


async def outcomes(running: Service) -> Mapping[str, float]:
    """How many results of each outcome were taken, by its own metrics."""
    _, text = await running.ask("/metrics", internal=True)
    found: dict[str, float] = {}
    pattern = r'^upfront_results_total\{.*outcome="(\w+)".*\} (\S+)$'
    for outcome, value in re.findall(pattern, text, re.MULTILINE):
        found[outcome] = found.get(outcome, 0) + float(value)
    return found
