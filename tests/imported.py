"""The service as a copy of a process that has imported it already: that is most of a start."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Mapping
from multiprocessing import get_context
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from signal import Signals

_FORKS = get_context("forkserver")
_FORKS.set_forkserver_preload(["monitor.commands.run", "monitor.serving"])


class Copy:
    """A process of its own, to be waited for and killed like one that was started from scratch."""

    def __init__(self, process: ForkServerProcess) -> None:
        self._process = process

    @property
    def pid(self) -> int:
        """Its process id."""
        assert self._process.pid is not None
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """Its exit status, or the number of the signal that ended it, negative; None: it runs."""
        return self._process.exitcode

    def send_signal(self, number: Signals) -> None:
        """Send it a signal."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)

    async def wait(self) -> int:
        """Wait until it has ended; returns its exit status."""
        loop, ended = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(self._process.sentinel, ended.set)
        try:
            await ended.wait()
        finally:
            loop.remove_reader(self._process.sentinel)
        status = self.returncode
        assert status is not None
        return status


async def imported(config: Path, log: Path, environ: Mapping[str, str]) -> Copy:
    """Begin `upfront run` on a file, which imports nothing any more that it needs at its start."""
    process = _FORKS.Process(target=_run, args=(config, log, dict(environ)), daemon=True)
    process.start()
    return Copy(process)


def _run(config: Path, log: Path, environ: Mapping[str, str]) -> None:
    from monitor.commands.run import run

    with log.open("ab") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    os.environ.update(environ)
    os.chdir(config.parent)
    run([str(config)])
