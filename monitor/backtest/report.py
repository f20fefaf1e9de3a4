"""What a backtest found, as a value for scripts and in words for people."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import click

from checks.duration import say_span
from monitor.backtest.comparing import Difference, Episode, What
from monitor.terminal.layout import printable

LOG = "the event log"
"""What is compared with unless another file is named."""

_MARKS = {
    What.SAME: ("=", "blue"),
    What.SOONER: ("=", "green"),
    What.LATER: ("=", "yellow"),
    What.NEW: ("+", "red"),
    What.GONE: ("-", "cyan"),
}
NAMES = 8
WIDEST = 100
MOST = 40
"""So many are told to people; `--json` tells all."""


@dataclass(frozen=True, slots=True)
class Report:
    """What was replayed, what came of it, and what is to be known about that.

    `against` says what the incidents are compared with, None where there is nothing.
    """

    file: str
    source: str
    against: str | None
    from_at: datetime
    until: datetime
    results: int
    checks: int
    seconds: float
    processes: int
    rechecks_made: int
    rechecks_wished: int
    would: tuple[Episode, ...]
    did: tuple[Episode, ...]
    differences: tuple[Difference, ...]
    notes: tuple[str, ...]

    @property
    def results_per_second(self) -> float:
        """How fast it was."""
        return self.results / self.seconds if self.seconds else 0.0


def as_text(report: Report) -> str:
    """The report for people."""
    return "\n".join(_lines(report))


def _lines(report: Report) -> Iterator[str]:
    yield click.wrap_text(
        f"{_count(report.results, 'result')} of {_count(report.checks, 'check')} from"
        f" {report.source}, {_minute(report.from_at)} to {_minute(report.until)} UTC, judged by"
        f" {report.file} in {say_span(timedelta(seconds=report.seconds))}"
        f" ({report.results_per_second:,.0f} a second, {_count(report.processes, 'process')}).",
        _width(),
    )
    yield ""
    yield _headline(report)
    shown = _worth_telling(report.differences)
    for difference in shown:
        yield ""
        yield from _difference(difference, report)
    if len(shown) < len(report.differences):
        yield ""
        yield f"  … and {len(report.differences) - len(shown):,} more; --json tells all"
    if report.notes:
        yield ""
        yield click.style("To know:", bold=True)
        yield from (_wrapped(printable(note)) for note in report.notes)


def _wrapped(text: str) -> str:
    return click.wrap_text(text, _width(), initial_indent="  ", subsequent_indent="    ")


def _width() -> int:
    return min(WIDEST, shutil.get_terminal_size((WIDEST, 0)).columns)


def _worth_telling(differences: Sequence[Difference]) -> Sequence[Difference]:
    """All if they are few, else the first of those that differ."""
    if len(differences) <= MOST:
        return differences
    return [one for one in differences if one.what is not What.SAME][:MOST]


def _headline(report: Report) -> str:
    number = len(report.would)
    would = f"{_count(number, 'incident') if number else 'No incident'} would have opened"
    if report.against is None:
        return click.style(f"{would}.", bold=True)
    kinds = [difference.what for difference in report.differences]
    parts = [f"{kinds.count(what)} {_SAID[what]}" for what in What if what in kinds]
    told = f": {', '.join(parts)}" if parts else ""
    did = f"{len(report.did):,}" if report.did else "none"
    by = "did" if report.against == LOG else f"by {report.against}"
    return click.style(f"{would}, {did} {by}{told}.", bold=True)


_SAID = {
    What.SAME: "the same",
    What.SOONER: "sooner",
    What.LATER: "later",
    What.NEW: "new",
    What.GONE: "gone",
}


def _difference(difference: Difference, report: Report) -> Iterator[str]:
    mark, colour = _MARKS[difference.what]
    shown = difference.would or difference.did
    assert shown is not None
    if report.against is None:
        mark, colour = "*", "red"
    head = click.style(f"{mark} {printable(shown.title)}", fg=colour)
    yield f"{head}{_comparison(difference, report)}"
    yield f"    opened {_second(shown.opened_at)} UTC{_after(shown)}, {_length(shown)}"
    yield f"    {_some(shown.checks)}{_other_checks(difference)}"
    if shown.evidence:
        yield f"    {printable(shown.evidence)}"


def _comparison(difference: Difference, report: Report) -> str:
    seconds = abs(difference.sooner_seconds or 0.0)
    apart = say_span(timedelta(seconds=round(seconds)))
    did = difference.did
    match difference.what:
        case What.SOONER | What.LATER if did is not None:
            return f": {apart} {difference.what}, it was {_second(did.opened_at)}"
        case What.NEW if report.against is not None:
            return ": did not open" if report.against == LOG else f": not by {report.against}"
        case What.GONE:
            return ": would not open" if report.against == LOG else f": only by {report.against}"
    return ""


def _other_checks(difference: Difference) -> str:
    """Of what both know, which checks belong to one alone."""
    would, did = difference.would, difference.did
    if would is None or did is None or would.checks == did.checks:
        return ""
    missing = [name for name in did.checks if name not in would.checks]
    added = [name for name in would.checks if name not in did.checks]
    parts = (
        f"no longer {_some(missing)}" if missing else "",
        f"now with {_some(added)}" if added else "",
    )
    return f" ({', '.join(filter(None, parts))})"


def _after(shown: Episode) -> str:
    waited = shown.opened_at - shown.onset_at
    if waited < timedelta(seconds=0.5):
        return ", as soon as it began"
    return f", {say_span(timedelta(seconds=round(waited.total_seconds())))} after it began"


def _length(shown: Episode) -> str:
    if shown.recovered_at is None:
        return "over without a recovery" if shown.over_at else "still open at the end"
    lasted = shown.recovered_at - shown.onset_at
    hidden = "" if shown.public else ", not public"
    return f"{say_span(timedelta(seconds=round(lasted.total_seconds())))} long{hidden}"


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMES} more" if len(names) > NAMES else ""
    return f"{', '.join(names[:NAMES])}{more}"


def _count(number: int, noun: str) -> str:
    plural = noun if number == 1 else f"{noun}es" if noun.endswith("s") else f"{noun}s"
    return f"{number:,} {plural}"


def _minute(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M}"


def _second(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
