"""Go by the file as it changes, all or nothing; with mistakes in it, by what it said before."""

from __future__ import annotations

import asyncio
from operator import attrgetter
from pathlib import Path
from typing import Protocol

import click
import structlog

from checks.clock import Clock
from incidents.ports import SequenceConflict, StorageError
from monitor.config.apart import load_in_process
from monitor.config.config import Config, Loaded
from monitor.config.reload import Read, Watcher
from monitor.config.rendering import human
from monitor.running import AT_NEXT_START, Reload, problem

RETRY_AFTER_SECONDS = 10.0

log = structlog.get_logger(__name__)


class Runs(Protocol):
    """The service, as far as its configuration is concerned."""

    @property
    def clock(self) -> Clock:
        """The one clock."""
        ...

    @property
    def started(self) -> Config:
        """The configuration that it was started with."""
        ...

    async def adopt(self, config: Config) -> None:
        """Go by another configuration, or raise and go by the old one as before."""
        ...

    def reloaded(self, *, ok: bool) -> None:
        """Take note whether the service runs by what the file says."""
        ...


class Reloader:
    """Reads the file when its content changes, or at once when asked to.

    `last` is what came of the last time, None before the first; `digest` is the hash of what
    the service runs by.
    """

    def __init__(
        self, file: Path, loaded: Loaded, service: Runs, *, read: Read = load_in_process
    ) -> None:
        """Look after the file that `loaded` was read from and `service` runs by."""
        self.last: Reload | None = None
        self.digest = loaded.digest
        self._file = file
        self._service = service
        self._read_file = read
        self._watcher = Watcher(file, loaded, read=self._read, clock=service.clock)
        self._waiting: list[asyncio.Future[Reload]] = []
        self._answering: list[asyncio.Future[Reload]] = []

    def nudge(self) -> None:
        """Read the file again now, changed or not."""
        self._watcher.nudge()

    async def reload(self) -> Reload:
        """Read the file again now; returns what came of it."""
        answer: asyncio.Future[Reload] = asyncio.get_running_loop().create_future()
        self._waiting.append(answer)
        self.nudge()
        return await answer

    async def run(self) -> None:
        """Go by the file until cancelled."""
        self._service.reloaded(ok=True)
        async for loaded in self._watcher.changes():
            self.last = await self._take_over(loaded)
            self._service.reloaded(ok=self.last.ok)
            for answer in self._answering:
                if not answer.done():
                    answer.set_result(self.last)
            if self.last.result == "failed":
                asyncio.get_running_loop().call_later(RETRY_AFTER_SECONDS, self.nudge)

    async def _read(self, path: Path) -> Loaded:
        """Whoever asked before this moment is answered with what is read from here on."""
        self._answering, self._waiting = self._waiting, []
        return await self._read_file(path)

    async def _take_over(self, loaded: Loaded) -> Reload:
        at, issues = self._service.clock.now(), tuple(map(problem, loaded.issues))
        if loaded.config is None:
            self._refuse(loaded)
            return Reload("refused", at, issues)
        pending = at_next_start(self._service.started, loaded.config)
        if loaded.digest == self.digest:
            log.info("the configuration is as before", file=str(self._file))
            return Reload("unchanged", at, issues, pending)
        for warning in loaded.warnings:
            log.warning(str(warning))
        return await self._adopt(
            loaded.config, loaded.digest, Reload("adopted", at, issues, pending)
        )

    def _refuse(self, loaded: Loaded) -> None:
        log.error(
            "the file has mistakes; the last good configuration stays",
            file=str(self._file), issues=len(loaded.mistakes),
        )  # fmt: skip
        click.echo(human(loaded, str(self._file)), err=True)

    async def _adopt(self, config: Config, digest: str, adopted: Reload) -> Reload:
        try:
            await self._service.adopt(config)
        except (StorageError, SequenceConflict) as error:
            return self._failed(adopted, str(error))
        except Exception as error:  # the service never ends for a file's sake
            log.exception("the new configuration could not be taken over")
            return self._failed(adopted, f"an error in Upfront: {error!r}")
        self.digest = digest
        log.info("configuration taken over", checks=len(config.checks))
        for setting in adopted.at_next_start:
            log.warning("takes effect at the next start", setting=setting)
        return adopted

    def _failed(self, adopted: Reload, why: str) -> Reload:
        log.error("the new configuration waits; the last one stays", error=why)
        return Reload("failed", adopted.at, adopted.issues, adopted.at_next_start, why)


def at_next_start(started: Config, now: Config) -> tuple[str, ...]:
    """The settings that differ and that a running service cannot change."""
    settings = {name: attrgetter(name) for name in AT_NEXT_START}
    return tuple(name for name, of in settings.items() if of(started) != of(now))
