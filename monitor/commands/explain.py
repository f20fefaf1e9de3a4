"""`upfront explain`: how the evidence about a check came about, step by step."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from incidents.board import Board
from incidents.model import Incident
from incidents.ports import StorageError
from monitor.app import archived
from monitor.archive import Archive
from monitor.asked import FILE, config_of
from monitor.backtest.sources import Stored
from monitor.config.config import Config
from monitor.config.suggestions import did_you_mean, listing
from monitor.explain.chart import columns
from monitor.explain.course import MOST_STEPS, Course, Explaining, aligned, only, step_of
from monitor.explain.picture import as_svg
from monitor.explain.text import as_text
from monitor.instants import Instant
from monitor.terminal.bar import bar
from monitor.terminal.layout import json_text, printable

BEFORE = timedelta(minutes=20)
AFTER = timedelta(minutes=10)
WIDEST = 120
MOST_OTHERS = 12


@dataclass(frozen=True, slots=True)
class Asked:
    """Which check, between which instants, and which instant is looked at closely.

    `incident` is the one that was asked about.
    """

    check: str
    from_at: datetime
    until: datetime
    at: datetime
    incident: Incident | None = None


@click.command()
@click.argument("id", metavar="ID")
@click.argument("file", type=click.Path(path_type=Path), default=FILE)
@click.option(
    "--at",
    type=Instant(),
    help="Around then: 2026-11-21T14:02, 14:02 for the last time it was that, or 2h for two"
    " hours ago.",
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

    ID is that of a check of FILE (checks.yaml unless named), of a component that has one check,
    or of an incident for the check that it began with. What is stored is replayed by the
    settings in FILE, so it shows how these judge, and works beside a running service. Shows the
    last half hour unless asked; times are in UTC.

    Exit status: 0 well, 1 when FILE has mistakes, or something cannot be read or written, 2 when
    used wrongly.
    """
    if at is not None and incident is not None:
        raise click.UsageError("Name an instant or an incident, not both.")
    config = config_of(file)
    try:
        opened = archived(config.storage)
        with closing(opened()) as archive:
            asked, begins_at = _asked(id, at, incident, config, archive)
        wide = MOST_STEPS if as_json or svg is not None else columns(_width())
        course = _explained(config, Stored(opened, begins_at, asked.until), asked, wide)
    except StorageError as error:
        click.echo(f"upfront: {error}", err=True)
        raise SystemExit(1) from None
    if svg is not None:
        _draw(course, svg)
    if as_json:
        click.echo(json_text(course))
        return
    click.echo(as_text(course))
    if asked.incident is not None:
        click.echo("\n".join(_of_incident(asked.incident, asked.check, config)))


def _draw(course: Course, svg: Path) -> None:
    try:
        svg.write_text(as_svg(course), encoding="utf-8")
    except OSError as error:
        click.echo(f"upfront: {svg} cannot be written: {error.strerror}", err=True)
        raise SystemExit(1) from None


def _width() -> int:
    """How wide the terminal is; in a pipe nobody minds."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else WIDEST


def _asked(
    id: str, at: datetime | None, named: str | None, config: Config, archive: Archive
) -> tuple[Asked, datetime]:
    """What is asked about, and from when on there are results."""
    known = archive.span()
    if known is None:
        raise click.UsageError("No results are stored yet.")
    incident = None
    if named is not None or not _configured(id, config):
        incident = _incident(named or id, archive, config)
    check = _check(id, config) if _configured(id, config) else _first_check(incident, config)
    if incident is not None:
        return _around(check, incident, known), known[0]
    if at is not None:
        at = max(at, known[0]) if _minute(at) == _minute(known[0]) else at
        if not known[0] <= at <= known[1] + AFTER:
            raise click.UsageError(f"Nothing is stored of {_minute(at)} UTC: {_stored(known)}.")
    until = min(at + AFTER, known[1]) if at else known[1]
    from_at = max((at or until - AFTER) - BEFORE, known[0])
    return Asked(check, from_at, max(until, at or until), at or until), known[0]


def _configured(id: str, config: Config) -> bool:
    return config.check(id) is not None or id in config.policy.components


def _check(id: str, config: Config) -> str:
    """The one check that an id of the file means."""
    if id in config.checks:
        return id
    if id in config.canaries:
        raise click.UsageError(
            f"{id} is a canary: it is asked, not judged; `upfront check {id}` asks it. Where"
            " none answered, the checks that this concerned are explained as blind."
        )
    found = config.policy.components[id].checks
    if not found:
        raise click.UsageError(f"{id} has no checks: operators set it.")
    if len(found) > 1:
        raise click.UsageError(f"{id} has several checks: name one of {listing(found)}.")
    return found[0]


def _first_check(incident: Incident | None, config: Config) -> str:
    """The check that an incident began with."""
    assert incident is not None
    found = _checks_of(incident, config)
    if not found:
        raise click.UsageError(f"No check of incident {incident.id} is configured any more.")
    return found[0]


def _checks_of(incident: Incident, config: Config) -> list[str]:
    """Those that are still configured, in the order in which they joined."""
    onsets = {name: verdict.onset_at for name, verdict in incident.checks.items()}
    return [name for name in sorted(onsets, key=lambda name: onsets[name]) if name in config.checks]


def _incident(id: str, archive: Archive, config: Config) -> Incident:
    board = Board()
    for recorded in archive.events():
        board.apply(recorded)
    found = board.incidents.get(id.lower())
    if found is None:
        names = () if "/" in id else (*config.policy.components, *board.incidents)
        meant = did_you_mean(id, (*config.checks, *names))
        known = f"; checks are {listing(config.checks)}." if not meant else ""
        raise click.UsageError(f'There is no check or incident "{id}"{meant or known}')
    return found


def _around(check: str, incident: Incident, known: tuple[datetime, datetime]) -> Asked:
    ended = incident.recovered_at or incident.resolved_at or incident.discarded_at or known[1]
    if ended < known[0]:
        raise click.UsageError(
            f"What was seen before incident {incident.id} ended is no longer stored:"
            f" {_stored(known)}."
        )
    from_at, until = max(incident.onset_at - AFTER, known[0]), min(ended + AFTER, known[1])
    return Asked(check, from_at, until, max(incident.opened_at, from_at), incident)


def _stored(known: tuple[datetime, datetime]) -> str:
    return f"there are results from {_minute(known[0])} to {_minute(known[1])} UTC"


def _minute(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M}"


def _of_incident(incident: Incident, check: str, config: Config) -> Iterator[str]:
    """Which incident it was, and how to see its other checks."""
    yield ""
    yield f"{click.style('Incident', bold=True)} {incident.id}: {printable(incident.title)}"
    others = [name for name in _checks_of(incident, config) if name != check]
    for name in others[:MOST_OTHERS]:
        yield f"  upfront explain {name} --incident {incident.id}"
    if len(others) > MOST_OTHERS:
        yield f"  … and {len(others) - MOST_OTHERS:,} more of its checks"


def _explained(config: Config, source: Stored, asked: Asked, wide: int) -> Course:
    explaining = Explaining(config.policy, asked.check, source.begins_at)
    step = step_of(asked.until - asked.from_at, wide)
    from_at = aligned(asked.from_at, step)
    with bar("Replaying") as advance:
        length = source.size()
        steps = source.signals(only(config.policy, asked.check))
        return explaining.course(
            steps, from_at, asked.until, asked.at, step, lambda done: advance(done, length)
        )


COMMAND = explain
