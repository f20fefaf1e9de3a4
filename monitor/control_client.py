"""How commands speak to the running service."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import aiohttp
import msgspec

from monitor.control_socket import CannotControl, socket_path
from monitor.running import Running

WITHIN = timedelta(seconds=30)


def running(storage: str) -> Running | None:
    """What the service on this storage runs by; None when none runs.

    Raises:
        CannotControl: It cannot be asked, and why.
    """
    answer = asyncio.run(_get(storage, "/v1/running"))
    return None if answer is None else msgspec.json.decode(answer, type=Running)


async def _get(storage: str, path: str) -> bytes | None:
    """The body of an answer; None when nobody listens."""
    place = socket_path(storage)
    connector = aiohttp.UnixConnector(str(place))
    limit = aiohttp.ClientTimeout(total=WITHIN.total_seconds())
    async with aiohttp.ClientSession(connector=connector, timeout=limit) as client:
        try:
            async with client.get(f"http://upfront{path}") as answer:
                answer.raise_for_status()
                return await answer.read()
        except aiohttp.ClientConnectorError as error:
            if isinstance(error.os_error, FileNotFoundError | ConnectionRefusedError):
                return None
            raise CannotControl(f"{place} cannot be opened: {error.os_error.strerror}") from error
        except (aiohttp.ClientError, TimeoutError) as error:
            raise CannotControl(f"{place} does not answer: {error or 'too slow'}") from error
