"""A receiver of webhooks on loopback, which behaves well or badly as a test wants."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from standardwebhooks import Webhook


@dataclass(frozen=True)
class Received:
    """One request, as it came."""

    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def event(self) -> Any:
        return json.loads(self.body)

    def verified(self, secret: str) -> Any:
        """What an independent library makes of it; raises if the signature is not right."""
        return Webhook(secret).verify(self.body, self.headers)


Behaviour = Callable[[web.Request], Awaitable[web.StreamResponse]]


async def takes(request: web.Request) -> web.StreamResponse:
    return web.Response(status=204)


async def errs(request: web.Request) -> web.StreamResponse:
    return web.Response(status=500)


async def is_gone(request: web.Request) -> web.StreamResponse:
    return web.Response(status=410)


async def hangs(request: web.Request) -> web.StreamResponse:
    await asyncio.Event().wait()
    return web.Response()


async def drops(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def redirects(request: web.Request) -> web.StreamResponse:
    return web.Response(status=307, headers={"Location": "/elsewhere"})


async def dribbles(request: web.Request) -> web.StreamResponse:
    """Takes it, then sends a body that never ends, a byte at a time."""
    answer = web.StreamResponse()
    await answer.prepare(request)
    with contextlib.suppress(ConnectionError):
        while True:
            await answer.write(b"x")
            await asyncio.sleep(0.01)
    return answer


async def floods(request: web.Request) -> web.StreamResponse:
    answer = web.StreamResponse()
    await answer.prepare(request)
    with contextlib.suppress(ConnectionError):
        while True:
            await answer.write(b"x" * 65_536)
    return answer


async def echoes(request: web.Request) -> web.StreamResponse:
    """Answers a challenge as a receiver should, and takes everything else."""
    event = await request.json()
    return web.Response(text=event["data"].get("challenge", ""))


async def mirrors(request: web.Request) -> web.StreamResponse:
    """Sends back all that it gets, and means nothing by it."""
    return web.Response(body=await request.read(), content_type="application/json")


@dataclass
class Sink:
    """The receiver: what it got, and how it answers."""

    behaves: Behaviour = takes
    port: int = 0
    received: list[Received] = field(default_factory=list)
    elsewhere: int = 0
    _came: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?key=secret"

    async def take(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        async with self._came:
            headers = {name.lower(): value for name, value in request.headers.items()}
            self.received.append(Received(headers, body))
            self._came.notify_all()
        return await self.behaves(request)

    async def take_elsewhere(self, request: web.Request) -> web.StreamResponse:
        self.elsewhere += 1
        return web.Response()

    async def wait_for(self, count: int) -> list[Received]:
        async with asyncio.timeout(10), self._came:
            await self._came.wait_for(lambda: len(self.received) >= count)
        return self.received


@contextlib.asynccontextmanager
async def hook_sink(behaves: Behaviour = takes, **site: Any) -> AsyncIterator[Sink]:
    """A receiver that listens."""
    sink = Sink(behaves)
    app = web.Application()
    app.router.add_post("/hook", sink.take)
    app.router.add_route("*", "/elsewhere", sink.take_elsewhere)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, **site).start()
    sink.port = runner.addresses[0][1]
    try:
        yield sink
    finally:
        await runner.cleanup()
