"""`upfront demo`: the real Upfront on a simulated shop, with a story told as it happens."""

from __future__ import annotations

import asyncio
import logging
import shutil
import sys
import tempfile
from pathlib import Path

import click
import structlog
import uvloop

from incidents.ports import StorageError
from monitor.demo.stage import Wishes, perform
from monitor.listeners import CannotListen
from monitor.logs import set_up_logs


@click.command()
@click.option("--fast", is_flag=True, help="Tell the story in half a minute.")
@click.option("--seed", type=int, default=1, show_default=True, help="Vary timings and the past.")
@click.option(
    "--port",
    type=click.IntRange(0, 65533),
    default=8088,
    show_default=True,
    help="Of the status page; mailbox and metrics take the two after it. 0: any free ones.",
)
def demo(*, fast: bool, seed: int, port: int) -> None:
    """Show Upfront at work on a small shop that is simulated on this machine.

    Within two minutes something gets slow, goes down and recovers. The terminal says what
    happens and what to open: the status page, its feed, and a mailbox with all that is sent.
    Nothing leaves this machine. It goes on serving until Ctrl-C.
    """
    set_up_logs()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    folder = Path(tempfile.mkdtemp(prefix="upfront-demo-"))
    wishes = Wishes(folder, seed, port, fast, person=sys.stdout.isatty())
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(perform(wishes))
    except (StorageError, CannotListen, OSError) as error:
        click.echo(f"upfront: {error}", err=True)
        sys.exit(2)
    finally:
        _tidy(folder)


def _tidy(folder: Path) -> None:
    """Leave nothing in the folder but what is there to be read."""
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.suffix != ".yaml":
            path.unlink()


COMMAND = demo
