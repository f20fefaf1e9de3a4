"""Whether we can listen where the file says, or already do."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Sequence

import aiohttp
from aiohttp import web

from monitor.doctor.model import Found, Look, Surroundings, well, wrong
from monitor.listeners import CannotListen, Listeners

PATIENCE = aiohttp.ClientTimeout(total=2)


async def _ports(surroundings: Surroundings) -> Sequence[Found]:
    server = surroundings.config.server
    return await asyncio.gather(
        _port(server.public, "server.public"), _port(server.internal, "server.internal")
    )


async def _port(address: str, setting: str) -> Found:
    listeners = Listeners()
    try:
        await listeners.open(web.AppRunner(web.Application()), address, setting)
    except CannotListen as error:
        taken = isinstance(error.__cause__, OSError) and error.__cause__.errno == errno.EADDRINUSE
        if taken and await _is_upfront(address):
            return well(f"Upfront listens on {address} ({setting})")
        return wrong(str(error), f"end what listens there, or change {setting}")
    finally:
        await listeners.close()
    return well(f"{address} is free ({setting})")


async def _is_upfront(address: str) -> bool:
    """Whether what listens there answers as we do."""
    host, _, port = address.rpartition(":")
    here = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "[::]": "[::1]"}.get(host, host)  # noqa: S104
    url = f"http://{here}:{port}/healthz"
    try:
        async with aiohttp.ClientSession(timeout=PATIENCE) as client, client.get(url) as answer:
            return answer.status == 200 and await answer.text() == "ok\n"
    except (aiohttp.ClientError, TimeoutError, ValueError):
        return False


LOOK = Look("ports", _ports)
