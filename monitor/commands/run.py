"""`upfront run`: the service itself."""

from __future__ import annotations

import sys
from pathlib import Path

import click
import structlog

from monitor.config.apart import begin_loading
from monitor.config.rendering import human
from monitor.logs import set_up_logs

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
    loading = begin_loading(file)
    from monitor.serving import UNABLE, serve  # takes as long as loading, beside it

    loaded = loading()
    if loaded.config is None:
        click.echo(human(loaded, str(file)), err=True)
        sys.exit(1)
    set_up_logs(verbose=verbose)
    for warning in loaded.warnings:
        log.warning(str(warning))
    try:
        serve(file, loaded, loaded.config)
    except UNABLE as error:
        click.echo(f"upfront: {error}", err=True)
        sys.exit(2)


COMMAND = run
