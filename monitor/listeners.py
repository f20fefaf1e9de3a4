"""Open the two listeners, and say clearly why one of them cannot be opened."""

from __future__ import annotations

import errno
import os

from aiohttp import web

_WHY = {
    errno.EADDRINUSE: "another program listens there already; is Upfront running twice?",
    errno.EACCES: "ports below 1024 need a privilege",
    errno.EADDRNOTAVAIL: "this machine does not have that address",
}


class CannotListen(Exception):
    """A listener cannot be opened; says which, where and why."""


async def listen(runner: web.AppRunner, address: str, setting: str) -> None:
    """Serve at HOST:PORT, which stands under this setting.

    Raises:
        CannotListen: With what to do about it.
    """
    host, _, port = address.rpartition(":")
    await runner.setup()
    site = web.TCPSite(runner, host.strip("[]") or None, int(port), backlog=1024)
    try:
        await site.start()
    except OSError as error:
        number = error.errno or 0
        why = _WHY.get(number, os.strerror(number) if number else str(error))
        raise CannotListen(f"cannot listen on {address} ({setting}): {why}") from error
