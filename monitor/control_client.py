"""How commands speak to the running service: over its socket, or by an address and the token."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import aiohttp
import msgspec
from yarl import URL

from monitor.control_socket import CannotControl, socket_path
from monitor.deploys import Marked
from monitor.running import Running

WITHIN = timedelta(seconds=30)


class Refused(CannotControl):
    """The service answered that it does not do that; the words say why.

    `mistaken` says that it was asked for something that there is not.
    """

    def __init__(self, message: str, *, mistaken: bool = False) -> None:
        """Say why."""
        super().__init__(message)
        self.mistaken = mistaken


@dataclass(frozen=True, slots=True)
class Door:
    """A way into the service: an address, the token for it, or the socket in their place."""

    url: str
    token: str = ""
    socket: Path | None = None

    def __str__(self) -> str:
        return str(self.socket or self.url)


class _Answer(NamedTuple):
    status: int
    body: bytes


def by_socket(storage: str) -> Door:
    """The socket of the service on this storage.

    Raises:
        CannotControl: It can have none there.
    """
    return Door("http://upfront", socket=socket_path(storage))


def by_token(url: str, token: str) -> Door:
    """The internal listener at this address, for whoever has the token."""
    return Door(f"{url.rstrip('/')}/api", token)


def running(storage: str) -> Running | None:
    """What the service on this storage runs by; None when none runs.

    Raises:
        CannotControl: It cannot be asked, and why.
    """
    answer = _ask(by_socket(storage), "GET", "/v1/running")
    return None if answer is None else msgspec.json.decode(_well(answer), type=Running)


def mark_deploy(door: Door, component: str, phase: str, note: str = "") -> Marked | None:
    """Mark the `start` or `end` of a deploy; None when no service runs there.

    Raises:
        CannotControl: It cannot be asked, and why.
        Refused: It was asked and did not mark it.
    """
    path = f"/v1/deploys/{quote(component, safe='')}/{phase}"
    answer = _ask(door, "POST", path, {"note": note})
    return None if answer is None else msgspec.json.decode(_well(answer), type=Marked)


def _ask(door: Door, method: str, path: str, form: dict[str, str] | None = None) -> _Answer | None:
    """What the service answers; None when nobody listens."""
    return asyncio.run(_exchange(door, method, path, form))


async def _exchange(
    door: Door, method: str, path: str, form: dict[str, str] | None
) -> _Answer | None:
    connector = aiohttp.UnixConnector(str(door.socket)) if door.socket else None
    limit = aiohttp.ClientTimeout(total=WITHIN.total_seconds())
    headers = {"Authorization": f"Bearer {door.token}"} if door.token else {}
    async with aiohttp.ClientSession(connector=connector, timeout=limit) as client:
        try:
            url = URL(f"{door.url}{path}", encoded=True)
            async with client.request(method, url, data=form, headers=headers) as answer:
                return _Answer(answer.status, await answer.read())
        except aiohttp.ClientConnectorError as error:
            if isinstance(error.os_error, FileNotFoundError | ConnectionRefusedError):
                return None
            raise CannotControl(f"{door} cannot be opened: {error.os_error.strerror}") from error
        except (aiohttp.ClientError, TimeoutError) as error:
            raise CannotControl(f"{door} does not answer: {error or 'too slow'}") from error


def _well(answer: _Answer) -> bytes:
    """The body of an answer that says yes."""
    if answer.status < 300:
        return answer.body
    try:
        why = str(msgspec.json.decode(answer.body, type=dict[str, str])["error"])
        mistaken = answer.status == 404
    except (msgspec.DecodeError, KeyError):
        said = answer.body.decode(errors="replace").strip()
        why, mistaken = f"it answers with {answer.status}: {said[:200]}", False
    raise Refused(why, mistaken=mistaken)
