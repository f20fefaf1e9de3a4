"""`upfront explain`: how the evidence about a check came about, step by step."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import click
import msgspec

from incidents.board import Board
from incidents.model import Incident
from incidents.ports import StorageError
from monitor.app import archived
from monitor.archive import Archive
from monitor.asked import FILE, config_of
from monitor.backtest.sources import Stored
from monitor.config.config import Config
from monitor.config.suggestions import unknown
from monitor.explain.course import Course, Explaining, only
from monitor.explain.picture import as_svg
from monitor.explain.text import as_text
from monitor.instants import Instant

BEFORE = timedelta(minutes=20)
AFTER = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Asked:
    """Which check, between which instants, and which instant is looked at closely."""

    check: str
    from_at: datetime
    until: datetime
    at: datetime


@click.command()
@click.argument("id", metavar="ID")
@click.argument("file", type=click.Path(path_type=Path), default=FILE)
@click.option(
    "--at", type=Instant(), help="Around then: 2026-11-21T14:02, or 2h for two hours ago."
)
@click.option("--incident", metavar="ID", help="From before this incident began to its end.")
@click.option(
    "--svg", type=click.Path(dir_okay=False, path_type=Path), help="Draw it into this file."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for scripts.")
def explain(
    id: str,
    file: Path,
    *,
    at: datetime | None,
    incident: str | None,
    svg: Path | None,
    as_json: bool,
) -> None:
    """Show what was seen of the check ID, what was made of it, and what was told when.

    ID is that of a check of FILE (checks.yaml unless named), or that of an incident for the
    check that opened it. What is stored is replayed by the settings in FILE, so it shows how
    these judge, and works beside a running service. Shows the last half hour unless asked.

    Exit status: 0 well, 1 when FILE has mistakes or nothing can be read, 2 when used wrongly.
    """
    if at is not None and incident is not None:
        raise click.UsageError("Name an instant or an incident, not both.")
    config = config_of(file)
    try:
        opened = archived(config.storage)
        with closing(opened()) as archive:
            asked, begins_at = _asked(id, at, incident, config, archive)
        course = _explained(config, Stored(opened, begins_at, asked.until), asked)
    except StorageError as error:
        click.echo(f"upfront: {error}", err=True)
        raise SystemExit(1) from None
    if svg is not None:
        svg.write_text(as_svg(course), encoding="utf-8")
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(course), indent=2).decode())
    else:
        click.echo(as_text(course))


def _asked(
    id: str, at: datetime | None, named: str | None, config: Config, archive: Archive
) -> tuple[Asked, datetime]:
    """What is asked about, and from when on there are results."""
    known = archive.span()
    if known is None:
        raise click.UsageError("No results are stored yet.")
    incident = None
    if named is not None or id not in config.checks:
        incident = _incident(named or id, archive)
        if incident is None and named is not None:
            raise click.UsageError(f'There is no incident "{named}".')
    check = id if id in config.checks else _first_check(id, incident, config)
    if incident is not None:
        return _around(check, incident, known[1]), known[0]
    until = min(at + AFTER, known[1]) if at else known[1]
    from_at = (at or until - AFTER) - BEFORE
    if at is not None and not known[0] <= at <= known[1] + AFTER:
        raise click.UsageError(
            f"There are results from {known[0]:%Y-%m-%d %H:%M} to {known[1]:%Y-%m-%d %H:%M} UTC."
        )
    return Asked(check, max(from_at, known[0]), max(until, at or until), at or until), known[0]


def _first_check(id: str, incident: Incident | None, config: Config) -> str:
    """The check that an incident began with."""
    if incident is None:
        raise click.UsageError(unknown("check", id, config.checks))
    onsets = {name: verdict.onset_at for name, verdict in incident.checks.items()}
    found = [
        name for name in sorted(onsets, key=lambda name: onsets[name]) if name in config.checks
    ]
    if not found:
        raise click.UsageError(f"No check of incident {id} is configured any more.")
    return found[0]


def _incident(id: str, archive: Archive) -> Incident | None:
    board = Board()
    for recorded in archive.events():
        board.apply(recorded)
    return board.incidents.get(id)


def _around(check: str, incident: Incident, last: datetime) -> Asked:
    ended = incident.recovered_at or incident.resolved_at or incident.discarded_at or last
    return Asked(check, incident.onset_at - AFTER, min(ended + AFTER, last), incident.opened_at)


def _explained(config: Config, source: Stored, asked: Asked) -> Course:
    explaining = Explaining(config.policy, asked.check, source.begins_at)
    with _bar(source) as tell:
        steps = source.signals(only(config.policy, asked.check))
        return explaining.course(steps, asked.from_at, asked.until, asked.at, tell)


@contextmanager
def _bar(source: Stored) -> Iterator[Callable[[int], None]]:
    if not sys.stderr.isatty():
        yield lambda done: None
        return
    with click.progressbar(
        length=source.size(), label="Replaying", file=sys.stderr, width=40
    ) as bar:
        yield bar.update


COMMAND = explain
