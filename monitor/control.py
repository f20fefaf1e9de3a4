"""The control API: what a running service answers to the commands that act on it."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

import msgspec
from aiohttp import web

from incidents.board import Board
from monitor.config.config import Config
from monitor.running import Reload, Running, described, running_incident

_STATUS = {"refused": 422, "failed": 503}


class Reloads(Protocol):
    """Whoever reads the file; `last` is what came of it, `digest` that of what runs."""

    @property
    def digest(self) -> str:
        """The hash of what the service runs by."""
        ...

    @property
    def last(self) -> Reload | None:
        """What came of the last reload, None before the first."""
        ...

    async def reload(self) -> Reload:
        """Read the file again now."""
        ...


class Control:
    """Answers the commands that act on a running service."""

    def __init__(
        self, reloader: Reloads, config: Callable[[], Config], board: Callable[[], Board],
        since_at: datetime,
    ) -> None:  # fmt: skip
        """Tell of the configuration and the board as they are when asked."""
        self._reloader = reloader
        self._config = config
        self._board = board
        self._since_at = since_at
        self._described: tuple[Config | None, Running] = (None, Running())

    async def reload(self) -> Reload:
        """Read the file again now."""
        return await self._reloader.reload()

    async def running(self) -> bytes:
        """What runs, as JSON; made in a thread, for it may be much."""
        config, digest = self._config(), self._reloader.digest
        if self._described[0] is not config:
            self._described = config, await asyncio.to_thread(described, config)
        told = msgspec.structs.replace(
            self._described[1],
            digest=digest,
            since_at=self._since_at,
            incidents=tuple(map(running_incident, self._board().open_incidents())),
            reload=self._reloader.last,
        )
        return await asyncio.to_thread(msgspec.json.encode, told)


def control_app(control: Control) -> web.Application:
    """The application for the socket: whoever may open that may do everything."""

    async def running(request: web.Request) -> web.Response:
        return web.Response(body=await control.running(), content_type="application/json")

    async def reload(request: web.Request) -> web.Response:
        return _answer(await control.reload())

    app = web.Application()
    app.router.add_get("/v1/running", running)
    app.router.add_post("/v1/reload", reload)
    return app


def offer_reload(app: web.Application, control: Control, token: str) -> None:
    """Let whoever has the token reload over the internal listener."""
    wanted = f"Bearer {token}".encode()

    async def reload(request: web.Request) -> web.Response:
        given = request.headers.get("Authorization", "").encode(errors="replace")
        if not secrets.compare_digest(given, wanted):
            raise web.HTTPUnauthorized(
                headers={"WWW-Authenticate": "Bearer"},
                text="send the token that is in control_token, beside the database\n",
            )
        return _answer(await control.reload())

    app.router.add_post("/api/v1/reload", reload)


def _answer(told: Reload) -> web.Response:
    return web.Response(
        body=msgspec.json.encode(told),
        status=_STATUS.get(told.result, 200),
        content_type="application/json",
    )
