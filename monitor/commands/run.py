"""`upfront run`: the service itself."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

import click
import structlog
import uvloop

from incidents.ports import StorageError
from monitor.app import App
from monitor.config.config import Config, Loaded
from monitor.config.load import load
from monitor.config.rendering import human
from monitor.control import Control
from monitor.heap import keep_collections_short
from monitor.listeners import CannotListen
from monitor.logs import set_up_logs
from monitor.reloading import Reloader
from monitor.secrets import KeyUnusable

log = structlog.get_logger(__name__)


@click.command()
@click.argument("file", type=click.Path(path_type=Path), default=Path("checks.yaml"))
@click.option("--verbose", is_flag=True, help="Log more of what happens.")
def run(file: Path, *, verbose: bool) -> None:
    """Run Upfront on FILE (checks.yaml): probe, judge, serve the page, tell people.

    Ends with 1 when the file has mistakes, and with 2 when it cannot start: a port or the
    database is taken, or the database is not one. Once it runs, a file with mistakes is
    reported and the last good configuration stays.
    """
    if not file.is_file():
        raise click.UsageError(f"there is no file {file}; write one, or name another")
    loaded = load(file)
    if loaded.config is None:
        click.echo(human(loaded, str(file)), err=True)
        sys.exit(1)
    set_up_logs(verbose=verbose)
    for warning in loaded.warnings:
        log.warning(str(warning))
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_serve(file, loaded, loaded.config))
    except (StorageError, KeyUnusable, CannotListen) as error:
        click.echo(f"upfront: {error}", err=True)
        sys.exit(2)


async def _serve(file: Path, loaded: Loaded, config: Config) -> None:
    """Start, and go on until a signal asks us to end."""
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
                for work in (reloader.run(), keep_collections_short(app.clock))
            ]
            await app.run()
            for part in beside:
                part.cancel()
    finally:
        await app.stop()


COMMAND = run
