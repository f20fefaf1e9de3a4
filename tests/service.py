"""The real service as a child process, and targets on loopback that fail on request."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import resource
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import aiohttp
from aiohttp import web

START_WITHIN_SECONDS = 30.0
END_WITHIN_SECONDS = 30.0


def _ports() -> Iterator[int]:
    """Ports that no system hands out by itself, others for each worker, none twice in a row."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    ports = range(20_000 + worker % 12 * 1000, 21_000 + worker % 12 * 1000)
    begin = os.getpid() % len(ports)
    return itertools.cycle((*ports[begin:], *ports[:begin]))


_PORTS = _ports()


def free_port() -> int:
    """A port on loopback that nobody listened on a moment ago, and that nobody else is given."""
    return next(port for port in _PORTS if _is_free(port))


def _is_free(port: int) -> bool:
    with socket.socket() as found, contextlib.suppress(OSError):
        found.bind(("127.0.0.1", port))
        return True
    return False


@dataclass
class Target:
    """A web server that answers well or badly, as the test wants."""

    port: int = 0
    status: int = 200
    delay_seconds: float = 0.0
    requests: int = 0

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}/"

    def fail(self) -> None:
        """Answer with an error from now on."""
        self.status = 503

    def recover(self) -> None:
        """Answer well from now on."""
        self.status = 200

    async def answer(self, request: web.Request) -> web.Response:
        """Answer with the status that is set."""
        self.requests += 1
        if self.delay_seconds:
            await asyncio.sleep(self.delay_seconds)
        return web.Response(status=self.status, text="ok")


@contextlib.asynccontextmanager
async def target() -> AsyncIterator[Target]:
    """A running target."""
    made = Target()
    app = web.Application()
    app.router.add_route("*", "/", made.answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    made.port = runner.addresses[0][1]
    try:
        yield made
    finally:
        await runner.cleanup()


@dataclass
class Greeter:
    """A port whose first line is a greeting, or is cut off before it."""

    port: int = 0
    greets: bool = True

    def fail(self) -> None:
        """Hang up on whoever connects, from now on."""
        self.greets = False

    def recover(self) -> None:
        """Greet from now on."""
        self.greets = True

    async def answer(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Greet, or do not, and hang up."""
        if self.greets:
            writer.write(b"220 hello\r\n")
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


@contextlib.asynccontextmanager
async def greeter() -> AsyncIterator[Greeter]:
    """A running greeter."""
    made = Greeter()
    server = await asyncio.start_server(made.answer, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()
        await server.wait_closed()


class Process(Protocol):
    """A process of which one knows whether it runs."""

    @property
    def pid(self) -> int: ...

    @property
    def returncode(self) -> int | None: ...

    def send_signal(self, number: signal.Signals, /) -> None: ...

    async def wait(self) -> int: ...


class Launch(Protocol):
    """How a service begins: on which file, with which log and, besides ours, environment."""

    def __call__(
        self, config: Path, log: Path, environ: Mapping[str, str]
    ) -> Awaitable[Process]: ...


async def from_scratch(config: Path, log: Path, environ: Mapping[str, str]) -> Process:
    """Begin as whoever types the command."""
    with await asyncio.to_thread(log.open, "ab") as file:
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "monitor", "run", str(config),
            stdout=file, stderr=file, cwd=config.parent,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent), **environ},
        )  # fmt: skip


@dataclass
class Service:
    """`upfront run` on a configuration, started, killed and started again."""

    config: Path
    public: int
    internal: int
    process: Process | None = None
    environment: dict[str, str] = field(default_factory=dict)
    begin: Launch = from_scratch

    @property
    def url(self) -> str:
        """The public address."""
        return f"http://127.0.0.1:{self.public}"

    @property
    def log(self) -> Path:
        """What it prints, over all its runs."""
        return self.config.with_suffix(".log")

    async def launch(self) -> None:
        """Start the process and wait for nothing."""
        assert self.process is None or self.process.returncode is not None
        self.process = await self.begin(self.config, self.log, self.environment)

    async def start(self) -> None:
        """Start it and wait until it answers.

        Raises:
            AssertionError: It ended or did not answer in time; with what it printed.
        """
        await self.launch()
        assert self.process is not None
        async with asyncio.timeout(START_WITHIN_SECONDS), aiohttp.ClientSession() as client:
            while True:
                assert self.process.returncode is None, self.printed()
                with contextlib.suppress(aiohttp.ClientError):
                    async with client.get(f"{self.url}/healthz") as answer:
                        if answer.status == 200:
                            return
                await asyncio.sleep(0.02)

    async def refusal(self) -> tuple[int, str]:
        """Start it where it cannot run: its exit status and what it printed."""
        before = self.log.stat().st_size if self.log.exists() else 0
        await self.launch()
        status = await self.ended()
        return status, self.log.read_text(errors="replace")[before:]

    def printed(self) -> str:
        """What it has printed so far."""
        return self.log.read_text(errors="replace")[-6000:]

    def limit_files_to(self, size: int | None) -> None:
        """Let it write no file beyond so many bytes, as on a full disk; None lifts that."""
        assert self.process is not None
        _, most = resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(
            self.process.pid, resource.RLIMIT_FSIZE, (most if size is None else size, most)
        )

    async def kill(self) -> None:
        """Kill it without a chance to tidy up."""
        self.signal(signal.SIGKILL)
        await self.ended()

    async def stop(self) -> int:
        """Ask it to stop and wait; returns its exit status."""
        self.signal(signal.SIGTERM)
        return await self.ended()

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal, if it still runs."""
        assert self.process is not None
        if self.process.returncode is None:
            self.process.send_signal(number)

    async def ended(self) -> int:
        """Wait until it has ended; returns its exit status."""
        assert self.process is not None
        async with asyncio.timeout(END_WITHIN_SECONDS):
            return await self.process.wait()

    async def get(self, path: str) -> str:
        """The text of a public page."""
        return (await self.ask(path))[1]

    async def ask(self, path: str, *, internal: bool = False) -> tuple[int, str]:
        """Status and text of a page, a public one unless said."""
        port = self.internal if internal else self.public
        url = f"http://127.0.0.1:{port}{path}"
        async with aiohttp.ClientSession() as client, client.get(url) as answer:
            return answer.status, await answer.text()

    async def post(self, path: str, **fields: str) -> int:
        """Send a form as a page of ours does; the status of the answer, redirects not followed."""
        async with (
            aiohttp.ClientSession() as client,
            client.post(self.url + path, data=fields, allow_redirects=False) as answer,
        ):
            return answer.status


@contextlib.asynccontextmanager
async def service(
    folder: Path, config: str, begin: Launch = from_scratch
) -> AsyncIterator[Service]:
    """A service on a configuration; `{public}` and `{internal}` in it become free ports."""
    public, internal = free_port(), free_port()
    path = folder / "checks.yaml"
    path.write_text(config.replace("{public}", str(public)).replace("{internal}", str(internal)))
    made = Service(path, public, internal, begin=begin)
    try:
        yield made
    finally:
        if made.process is not None:
            await made.kill()
