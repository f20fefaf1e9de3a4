"""`upfront plan`: say what a file would change about the running service, before it does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from shlex import quote

import click
import msgspec

from incidents.moves import moves
from monitor.asked import EXISTING_FILE
from monitor.config.config import Config
from monitor.config.load import load
from monitor.config.rendering import as_json, human
from monitor.control_client import running
from monitor.control_socket import CannotControl
from monitor.planning import Change, Ending, Plan, Step, compare
from monitor.running import Running, described
from monitor.terminal.layout import json_text

MOST = 40
"""So many of each are told to people; `--json` tells all."""

JUDGING = frozenset(("sensitivity", "confirm", "ignore_gaps", "location_grace"))
"""Settings whose effect on what was stored can be tried out."""

_MARKS = {"added": ("+", "green"), "changed": ("~", "yellow"), "moved": (">", "cyan"),
          "removed": ("-", "red")}  # fmt: skip


@click.command()
@EXISTING_FILE
@click.option("--json", "as_data", is_flag=True, help="Tell everything as JSON.")
def plan(file: Path, *, as_data: bool) -> None:
    """Compare FILE (checks.yaml unless named) with the running service.

    Says what would be added, changed, moved and removed; what becomes of evidence, history and
    open incidents; what customers would see; and how many probes are made before and after. The
    service is found beside the database that FILE names; while none runs, everything is shown
    as added. Exit status: 0 when the file is right, 1 when it is not, 2 when there is no such
    file or the service does not answer.
    """
    loaded = load(file)
    if loaded.config is None:
        click.echo((as_json if as_data else human)(loaded, str(file)))
        raise SystemExit(1)
    before = _running(loaded.config)
    after = described(loaded.config)
    found = compare(before or Running(), after, moves(loaded.config.policy))
    if as_data:
        told = {"file": str(file), "running": before is not None, **msgspec.to_builtins(found)}
        click.echo(json_text(told))
        return
    if loaded.warnings:
        click.echo(f"{human(loaded, str(file))}\n")
    click.echo("\n".join(_told(found, before, loaded.config.storage)))
    if before is not None and _judged_otherwise(found):
        click.echo(f"What it would have told lately: upfront backtest {quote(str(file))}")


def _judged_otherwise(found: Plan) -> bool:
    changed = (step for step in found.checks if step.what == "changed")
    return any(change.setting in JUDGING for step in changed for change in step.changes)


def _running(config: Config) -> Running | None:
    try:
        return running(config.storage)
    except CannotControl as error:
        click.echo(f"upfront: {error}", err=True)
        raise SystemExit(2) from None


def _told(found: Plan, before: Running | None, storage: str) -> Iterator[str]:
    yield _compared(before, storage)
    if before is not None and found.empty:
        yield "Nothing would change."
        return
    yield from _section("Components", [_step(step) for step in found.components])
    yield from _section("Checks", [_step(step) for step in found.checks])
    yield from _section("Settings", [_setting(change) for change in found.settings])
    yield from _section("Open incidents", [_ending(ending) for ending in found.incidents])
    yield ""
    yield _rates(found)
    yield _counted(found)


def _compared(before: Running | None, storage: str) -> str:
    if before is None:
        return f"No service runs on {storage} (seen from this folder), so everything is new."
    since = f" since {before.since_at:%Y-%m-%d %H:%M} UTC" if before.since_at else ""
    return f"Compared with the service that runs{since}:"


def _section(title: str, entries: Sequence[list[str]]) -> Iterator[str]:
    if not entries:
        return
    yield ""
    yield click.style(title, bold=True)
    for entry in entries[:MOST]:
        yield from (f"  {line}" for line in entry)
    if len(entries) > MOST:
        yield f"  … and {len(entries) - MOST:,} more; --json tells all"


def _step(step: Step) -> list[str]:
    mark, colour = _MARKS[step.what]
    was = f" (was {step.previous})" if step.previous else ""
    head = f"{click.style(f'{mark} {step.id}', fg=colour)}{was}"
    details = (*map(_change, step.changes), *step.effects)
    return [head, *(f"    {line}" for line in details)]


def _setting(change: Change) -> list[str]:
    what = "changed" if change.before and change.after else "added" if change.after else "removed"
    mark, colour = _MARKS[what]
    note = [f"    {change.note}"] if change.note else []
    return [f"{click.style(mark, fg=colour)} {_change(change)}", *note]


def _change(change: Change) -> str:
    if not change.before:
        return f"{change.setting}: {change.after}"
    if not change.after:
        return f"{change.setting}: no longer {change.before}"
    if change.before == change.after:
        return f"{change.setting}: another value (hidden)"
    return f"{change.setting}: {change.before} -> {change.after}"


def _ending(ending: Ending) -> list[str]:
    hidden = "" if ending.public else ", not public"
    checks = ", ".join(ending.checks)
    return [f"! {ending.title} ({ending.id}{hidden})", f"    {checks}", f"    {ending.effect}"]


def _rates(found: Plan) -> str:
    before, after = (
        _rate(rate) for rate in (found.probes_per_minute_before, found.probes_per_minute_after)
    )
    return f"{after} probes a minute" + ("." if before == after else f", {before} before.")


def _rate(per_minute: float) -> str:
    return f"{per_minute:,.0f}" if per_minute >= 1 or not per_minute else f"{per_minute:.2f}"


def _counted(found: Plan) -> str:
    parts = []
    for noun, steps in (("component", found.components), ("check", found.checks)):
        for what in _MARKS:
            count = sum(step.what == what for step in steps)
            if count:
                parts.append(f"{count:,} {noun}{'' if count == 1 else 's'} {what}")
    if found.settings:
        plural = "" if len(found.settings) == 1 else "s"
        parts.append(f"{len(found.settings):,} setting{plural} changed")
    return f"{', '.join(parts)}."


COMMAND = plan
