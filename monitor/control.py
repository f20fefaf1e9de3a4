"""The control API: what a running service answers to the commands that act on it."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Protocol

import msgspec
from aiohttp import web

from incidents.board import Board
from incidents.ports import StorageError
from monitor.config.config import Config
from monitor.deploys import Deploys, NoSuchComponent
from monitor.running import Reload, Running, described, running_incident

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

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


def control_app(control: Control, deploys: Deploys) -> web.Application:
    """The application for the socket: whoever may open that may do everything."""

    async def running(request: web.Request) -> web.Response:
        return web.Response(body=await control.running(), content_type="application/json")

    app = web.Application()
    app.router.add_get("/v1/running", running)
    for path, handler in _acts(control, deploys).items():
        app.router.add_post(f"/v1/{path}", handler)
    return app


def offer_control(app: web.Application, control: Control, deploys: Deploys, token: str) -> None:
    """Let whoever has the token act over the internal listener."""
    for path, handler in _acts(control, deploys).items():
        app.router.add_post(f"/api/v1/{path}", _for_bearer(token, handler))


def _acts(control: Control, deploys: Deploys) -> Mapping[str, Handler]:
    """What can be asked of a running service, by path."""

    async def reload(request: web.Request) -> web.Response:
        told = await control.reload()
        return _json(told, _STATUS.get(told.result, 200))

    async def deploy(request: web.Request) -> web.Response:
        component, began = request.match_info["component"], request.match_info["phase"] == "start"
        try:
            return _json(await deploys.mark(component, began=began, note=await _note(request)))
        except NoSuchComponent as error:
            return _json({"error": str(error)}, 404)
        except StorageError as error:
            return _json({"error": f"not marked, try again: {error}"}, 503)

    return {"reload": reload, "deploys/{component}/{phase:start|end}": deploy}


def _for_bearer(token: str, handler: Handler) -> Handler:
    """The handler for those who show the token, and for nobody else."""
    wanted = f"Bearer {token}".encode()

    async def guarded(request: web.Request) -> web.StreamResponse:
        given = request.headers.get("Authorization", "").encode(errors="replace")
        if not secrets.compare_digest(given, wanted):
            raise web.HTTPUnauthorized(
                headers={"WWW-Authenticate": "Bearer"},
                text="send the token that is in control_token, beside the database\n",
            )
        return await handler(request)

    return guarded


async def _note(request: web.Request) -> str:
    """The note in a form or as JSON, whichever the caller finds easier to send."""
    if request.content_type != "application/json":
        return str((await request.post()).get("note", ""))
    try:
        return msgspec.json.decode(await request.read(), type=_Noted).note
    except msgspec.DecodeError as error:
        raise web.HTTPBadRequest(text=f"{error}\n") from error


class _Noted(msgspec.Struct):
    note: str = ""


def _json(told: object, status: int = 200) -> web.Response:
    return web.Response(
        body=msgspec.json.encode(told), status=status, content_type="application/json"
    )
