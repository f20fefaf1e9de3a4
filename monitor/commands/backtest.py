"""`upfront backtest`: which incidents would have opened, by these settings and these results."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import click

from incidents.policy import Policy
from incidents.ports import StorageError
from monitor.asked import FILE, config_of
from monitor.backtest.comparing import Episode, compare, episodes
from monitor.backtest.files import Unreadable, span
from monitor.backtest.machine import available, worth_making
from monitor.backtest.notes import notes, without_results
from monitor.backtest.playing import Played, play, processes
from monitor.backtest.report import LOG, Report, as_text
from monitor.backtest.sources import (
    OUT_OF_ORDER,
    ResultsFile,
    Source,
    Stored,
    Unsorted,
    left_out,
    names,
)
from monitor.config.config import Config
from monitor.config.suggestions import listing
from monitor.instants import Instant
from monitor.terminal.bar import bar
from monitor.terminal.layout import json_text

_HEAD = 1 << 16
"""Bytes of a file by which the number of its lines is guessed."""


@click.command()
@click.argument("file", type=click.Path(path_type=Path), default=FILE)
@click.option(
    "--since",
    type=Instant(),
    help="From then on: 2026-11-21T14:00, 14:00 for the last time it was that, or 3d for three"
    " days ago.",
)
@click.option("--until", type=Instant(), help="Until then.")
@click.option(
    "--results",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Replay this .jsonl or .csv file instead of what is stored.",
)
@click.option(
    "--against",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Compare with what this other checks.yaml would have made of the same results.",
)
@click.option(
    "--jobs", type=click.IntRange(1), metavar="N", help="Processes; one a core unless given."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for scripts.")
def backtest(
    file: Path,
    *,
    since: datetime | None,
    until: datetime | None,
    results: Path | None,
    against: Path | None,
    jobs: int | None,
    as_json: bool,
) -> None:
    """Replay stored results through FILE (checks.yaml unless named), today's or an edited one.

    Says which incidents would have opened and when, against those that did. The results are
    read from the storage that FILE names, also while the service runs; nothing is written,
    probed or told. Raw results are kept for seven days; a file may hold more. Times are in UTC.

    Exit status: 0 when it was replayed, whatever came of it, 1 when a file has mistakes or the
    results cannot be read, 2 when used wrongly or there are no results of its checks.
    """
    config = config_of(file)
    try:
        source = _source(config, results, since, until)
        run = _Run(source, jobs)
        played, seconds = run.timed(config.policy, file)
        did, compared = _compared(run, config, results, against)
    except (StorageError, Unreadable, Unsorted) as error:
        click.echo(f"upfront: {error}", err=True)
        raise SystemExit(1) from None
    strangers = left_out(source.checks() | played.folded.seen, config.policy)
    if not played.folded.results and strangers:
        raise click.UsageError(_of_others(source, strangers, file, config))
    report = Report(
        file=str(file),
        source=str(results) if results else "storage",
        against=compared,
        from_at=source.begins_at,
        until=source.ends_at,
        results=played.folded.results,
        checks=len(config.policy.checks),
        seconds=seconds,
        processes=played.processes,
        rechecks_made=played.folded.made,
        rechecks_wished=played.folded.wished,
        would=run.episodes(played),
        did=did,
        differences=compare(run.episodes(played), did),
        notes=notes(played, strangers, without_results(source, config.policy)),
    )
    click.echo(json_text(report) if as_json else as_text(report))


@dataclass(frozen=True, slots=True)
class _Run:
    """One source, replayed by one policy or by two."""

    source: Source
    jobs: int | None

    def timed(self, policy: Policy, file: Path) -> tuple[Played, float]:
        began = time.perf_counter()
        size = self.source.size()
        signals = _lines(self.source.path) if isinstance(self.source, ResultsFile) else size
        number = processes(policy, signals, self.jobs)
        with bar(f"Replaying by {file}") as advance:
            fast = worth_making(signals, number) and available()
            played = play(
                policy, self.source, number, lambda done: advance(done, size * number), fast=fast
            )
        return played, time.perf_counter() - began

    def episodes(self, played: Played) -> tuple[Episode, ...]:
        return episodes(played.recorded, self.source.begins_at, self.source.ends_at)


def _source(
    config: Config, results: Path | None, since: datetime | None, until: datetime | None
) -> Source:
    if results is not None:
        first, last = _within(_span(results), since, until, f"{results} holds no results.")
        return ResultsFile(results, names(config.policy), first, last)
    from monitor.app import archived  # takes a while, and files do without

    opened = archived(config.storage)
    with closing(opened()) as archive:
        known = archive.span()
    return Stored(opened, *_within(known, since, until, "No results are stored yet."))


def _span(results: Path) -> tuple[datetime, datetime] | None:
    """From when to when the results of a file are, which may be a little out of order."""
    found = span(results)
    if found is not None and found[1] < found[0] - OUT_OF_ORDER:
        raise Unsorted(
            f"{results}: its last line is from {found[1]:%Y-%m-%d %H:%M:%S}, its first from"
            f" {found[0]:%Y-%m-%d %H:%M:%S}: sort the file by time."
        )
    return found and (min(found), max(found))


def _lines(path: Path) -> int:
    """About how many lines a file has."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
    return path.stat().st_size * max(1, head.count(b"\n")) // max(1, len(head))


def _of_others(source: Source, strangers: Sequence[str], file: Path, config: Config) -> str:
    """That none of the results is of a check of the file."""
    where = source.path if isinstance(source, ResultsFile) else "storage"
    return (
        f"The results in {where} are of {listing(strangers, at_most=5)}; {file} has"
        f" {listing(config.checks, at_most=5)}."
    )


def _within(
    known: tuple[datetime, datetime] | None,
    since: datetime | None,
    until: datetime | None,
    none: str,
) -> tuple[datetime, datetime]:
    if known is None:
        raise click.UsageError(none)
    first = max(known[0], since) if since else known[0]
    last = min(known[1] + timedelta(seconds=1), until) if until else known[1] + timedelta(seconds=1)
    if first >= last:
        raise click.UsageError(
            f"There are results from {known[0]:%Y-%m-%d %H:%M} to {known[1]:%Y-%m-%d %H:%M} UTC;"
            " none lie in the time asked for."
        )
    return first, last


def _compared(
    run: _Run, config: Config, results: Path | None, against: Path | None
) -> tuple[tuple[Episode, ...], str | None]:
    """What to compare with, and what to call it."""
    if against is not None:
        other, _ = run.timed(config_of(against).policy, against)
        return run.episodes(other), str(against)
    if results is not None or not isinstance(run.source, Stored):
        return (), None
    with closing(run.source.open()) as archive:
        return episodes(archive.events(), run.source.begins_at, run.source.ends_at), LOG


COMMAND = backtest
