"""The service from its start to its end: the parts, the file they go by, and signals."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import structlog
import uvloop

from incidents.ports import StorageError
from monitor.app import App
from monitor.config.config import Config, Loaded
from monitor.control import Control
from monitor.heap import give_back, keep_collections_short
from monitor.listeners import CannotListen
from monitor.reloading import Reloader
from monitor.secrets import KeyUnusable
from monitor.turns import take_short_turns

UNABLE = (StorageError, KeyUnusable, CannotListen)
"""What `serve` raises when it cannot start; the words are for operators."""

log = structlog.get_logger(__name__)


def serve(file: Path, loaded: Loaded, config: Config) -> None:
    """Start, and go on until a signal asks us to end; raises what is in `UNABLE`."""
    take_short_turns()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(file, loaded, config))


async def _serve(file: Path, loaded: Loaded, config: Config) -> None:
    app = App(config)
    reloader = Reloader(file, loaded, app)
    control = Control(reloader, lambda: app.config, lambda: app.journal.board, app.clock.now())
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, app.end)
    loop.add_signal_handler(signal.SIGHUP, reloader.nudge)
    try:
        await app.start(control)
        log.info("serving", page=f"http://{config.server.public}/", checks=len(config.checks))
        async with asyncio.TaskGroup() as tasks:
            beside = [
                tasks.create_task(work)
                for work in (
                    reloader.run(), keep_collections_short(app.clock), give_back(app.clock),
                )
            ]  # fmt: skip
            await app.run()
            for part in beside:
                part.cancel()
    finally:
        await app.stop()
