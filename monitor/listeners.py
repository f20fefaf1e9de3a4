"""Open the ways into the service, and say clearly why one of them cannot be opened."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import structlog
from aiohttp import web

from monitor.control_socket import CannotControl, open_socket

_WHY = {
    errno.EADDRINUSE: "another program listens there already; is Upfront running twice?",
    errno.EACCES: "ports below 1024 need a privilege",
    errno.EADDRNOTAVAIL: "this machine does not have that address",
}

log = structlog.get_logger(__name__)


class CannotListen(Exception):
    """A listener cannot be opened; says which, where and why."""


class Listeners:
    """The ways into a running service: the two addresses, and the socket for commands."""

    def __init__(self) -> None:
        """Start with none open."""
        self._runners: list[web.AppRunner] = []
        self._places: list[Path] = []

    async def open(self, runner: web.AppRunner, address: str, setting: str) -> None:
        """Serve at HOST:PORT, which stands under this setting.

        Raises:
            CannotListen: With what to do about it.
        """
        host, _, port = address.rpartition(":")
        await self._set_up(runner)
        site = web.TCPSite(runner, host.strip("[]") or None, int(port), backlog=1024)
        try:
            await site.start()
        except OSError as error:
            number = error.errno or 0
            why = _WHY.get(number, os.strerror(number) if number else str(error))
            raise CannotListen(f"cannot listen on {address} ({setting}): {why}") from error

    async def open_for_commands(self, app: web.Application, storage: str) -> None:
        """Serve on the socket beside the database; without it, only commands are in vain."""
        try:
            opened = open_socket(storage)
        except CannotControl as error:
            log.error("commands cannot reach this service", why=str(error))
            return
        self._places.append(Path(opened.getsockname()))
        runner = web.AppRunner(app, access_log=None)
        await self._set_up(runner)
        await web.SockSite(runner, opened).start()

    async def close(self) -> None:
        """Answer nobody any more; what did not open needs no closing."""
        for runner in self._runners:
            await runner.cleanup()
        for place in self._places:
            place.unlink(missing_ok=True)

    async def _set_up(self, runner: web.AppRunner) -> None:
        self._runners.append(runner)
        await runner.setup()
