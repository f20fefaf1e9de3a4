"""`upfront doctor`: look at the machine and its surroundings, and say what to do."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path

import click

from monitor.asked import EXISTING_FILE
from monitor.config.config import Config, Loaded
from monitor.config.load import load
from monitor.doctor.examine import all_looks, examine
from monitor.doctor.model import Found, Level, Looked, Surroundings, well, wrong
from monitor.terminal.examination import as_text
from monitor.terminal.layout import json_text
from monitor.terminal.progress import progress


@click.command()
@EXISTING_FILE
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list, for scripts.")
def doctor(file: Path, *, as_json: bool) -> None:
    """Look at everything that FILE (checks.yaml unless named) needs of this machine.

    Canaries, locations, ping permission, DNS, clock, disk, mail server, proxies, open files,
    ports, the public address, versions. Each look says what it found and what to do; none takes
    long. Nothing is changed, and no mail is sent.

    Exit status: 0 when nothing is wrong (warnings allowed), 1 when something is, 2 when used
    wrongly.
    """
    loaded = load(file)
    looked = [Looked("file", (_file(loaded, file),)), *asyncio.run(_look(loaded.config))]
    click.echo(json_text(looked) if as_json else as_text(looked))
    bad = any(found.level is Level.WRONG for one in looked for found in one.found)
    raise SystemExit(1 if bad else 0)


def _file(loaded: Loaded, file: Path) -> Found:
    if loaded.config is None:
        mistakes = len(loaded.mistakes)
        told = f"{file} has {mistakes} mistake{'' if mistakes == 1 else 's'}"
        return wrong(f"{told}; what needs it is left out", f"upfront validate {file}")
    return well(f"{file} is right")


async def _look(config: Config | None) -> Sequence[Looked]:
    """Without a right file, at what does not need it."""
    looks = [look for look in all_looks() if config is not None or not look.of_file]
    surroundings = Surroundings(config or Config(), os.environ)
    async with progress(lambda: f"looking at {', '.join(look.name for look in looks)} …"):
        return await examine(surroundings, looks)


COMMAND = doctor
