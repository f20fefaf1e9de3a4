"""A small shop of simulated components on loopback, whose answers the story controls."""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import AsyncIterator, Awaitable, Callable
from enum import Enum
from random import Random

from aiohttp import web

from monitor.demo.chance import chance
from monitor.demo.place import HOST

SPREAD = 0.25
"""How much latencies scatter: the sigma of a log-normal distribution."""

TYPICAL_SECONDS = {"website": 0.045, "search": 0.090, "checkout": 0.120, "payments": 0.070}
"""How long each component takes to answer on an ordinary day."""

KEPT_WAITING_SECONDS = 0.45
"""What a component adds to its answer while something that it needs is in trouble."""


class Manner(Enum):
    """How a component behaves: `STRAINED` answers its own check and keeps others waiting."""

    WELL = "well"
    STRAINED = "strained"
    CLOSED = "closed"


class Stall:
    """A component over HTTP. It is slow while one that it needs is not well."""

    def __init__(self, name: str, draw: Random, needs: tuple[Stall, ...] = ()) -> None:
        """Behave well, with latencies from `draw`."""
        self.name = name
        self.port = 0
        self._draw = draw
        self._needs = needs
        self._manner = Manner.WELL
        self._errors = 0
        self._runner = _runner(self._answer)
        self._site: web.TCPSite | None = None

    async def open(self) -> None:
        """Listen, at the port of last time if there was one."""
        await self._runner.setup()
        self._site = web.TCPSite(self._runner, HOST, self.port, reuse_address=True)
        await self._site.start()
        self.port = self._runner.addresses[0][1]

    async def close(self) -> None:
        """Stop for good."""
        await self._runner.cleanup()

    async def behave(self, manner: Manner) -> None:
        """Behave like that from now on; who is closed refuses connections."""
        if manner is Manner.CLOSED and self._site:
            await self._site.stop()
            self._site = None
        elif manner is not Manner.CLOSED and self._site is None:
            await self.open()
        self._manner = manner

    def stumble(self) -> None:
        """Answer the next request with an error, and no other."""
        self._errors = 1

    async def _answer(self, _: web.Request) -> web.Response:
        if self._errors:
            self._errors -= 1
            return web.json_response({"status": "DOWN"}, status=503)
        await asyncio.sleep(self._latency_seconds())
        return web.json_response({"status": "UP", "component": self.name})

    def _latency_seconds(self) -> float:
        seconds = latency_seconds(self.name, self._draw)
        waits = any(needed._manner is not Manner.WELL for needed in self._needs)
        return seconds + KEPT_WAITING_SECONDS if waits else seconds


class Shop:
    """All components, running; `warehouse` is a line protocol over TCP."""

    def __init__(self, seed: int) -> None:
        """Draw latencies by this seed."""
        self.website = Stall("website", chance(seed, "website"))
        self.search = Stall("search", chance(seed, "search"))
        self.payments = Stall("payments", chance(seed, "payments"))
        self.checkout = Stall("checkout", chance(seed, "checkout"), needs=(self.payments,))
        self.warehouse_port = 0

    @property
    def stalls(self) -> tuple[Stall, ...]:
        """Those over HTTP."""
        return self.website, self.search, self.payments, self.checkout

    @property
    def ports(self) -> dict[str, int]:
        """Component to port."""
        return {stall.name: stall.port for stall in self.stalls} | {
            "warehouse": self.warehouse_port
        }


@contextlib.asynccontextmanager
async def open_shop(seed: int) -> AsyncIterator[Shop]:
    """The shop on free ports, open until the end of the block."""
    shop = Shop(seed)
    async with contextlib.AsyncExitStack() as stack:
        for stall in shop.stalls:
            await stall.open()
            stack.push_async_callback(stall.close)
        warehouse = await asyncio.start_server(_greet, HOST, 0)
        stack.callback(warehouse.close)
        shop.warehouse_port = warehouse.sockets[0].getsockname()[1]
        yield shop


def latency_seconds(name: str, draw: Random) -> float:
    """One draw of how long a component takes when all is well."""
    return TYPICAL_SECONDS[name] * math.exp(draw.gauss(0, SPREAD))


async def _greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"220 warehouse ready\r\n")
    with contextlib.suppress(OSError):
        await writer.drain()
    writer.close()


def _runner(answer: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> web.AppRunner:
    app = web.Application()
    app.router.add_get("/health", answer)
    return web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
