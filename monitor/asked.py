"""What a command line asks about: the file, and the checks that its words mean."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

import click

from checks.model import Check
from monitor.config.config import CANARIES, Config, Loaded
from monitor.config.load import load
from monitor.config.rendering import human
from monitor.config.suggestions import listing, unknown

FILE = Path("checks.yaml")
"""The file that is meant when none is named."""

EXISTING_FILE = click.argument(
    "file", type=click.Path(exists=True, dir_okay=False, path_type=Path), default=FILE
)
"""The argument of commands that go by one file alone."""

_GLOB = frozenset("*?[")


def ids_and_file(words: Sequence[str]) -> tuple[tuple[str, ...], Path]:
    """Tell ids from the file after them; no id holds a dot, or begins with a slash."""
    *ids, last = words
    if "." in last or last.startswith("/"):
        return tuple(ids), Path(last)
    return tuple(words), FILE


def config_of(file: Path) -> Config:
    """What a file says. Ends the command with 2 where there is none, with 1 where it is wrong."""
    config = loaded_of(file).config
    assert config is not None
    return config


def loaded_of(file: Path) -> Loaded:
    """The same with what it rests on."""
    if not file.is_file():
        raise click.UsageError(f"There is no file {file}.")
    loaded = load(file)
    if loaded.config is None:
        click.echo(human(loaded, str(file)), err=True)
        sys.exit(1)
    return loaded


def checks_of(words: Iterable[str], config: Config) -> list[Check]:
    """The checks meant that can be probed, each once, in the order in which they are named.

    A word is the id of a check or canary, that of a component for all its checks, or a pattern
    such as `checkout/*`.

    Raises:
        click.UsageError: A word means nothing; with what it probably should be.
    """
    ids = dict.fromkeys(id for word in words for id in _meant(word, config))
    found = [check for id in ids if (check := config.check(id))]
    probed = [check for check in found if check.kind.probe is not None]
    if not probed:
        id = found[0].id
        raise click.UsageError(
            f"{id} is not probed: its job reports to the address that `upfront show {id}` tells."
        )
    return probed


def _meant(word: str, config: Config) -> Iterator[str]:
    if config.check(word):
        yield word
    elif word in config.policy.components:
        yield from _all_of(word, config)
    else:
        asked = config.canaries if word.startswith(CANARIES) else config.checks
        matching = [id for id in asked if fnmatchcase(id, word)]
        if not matching:
            raise click.UsageError(_nothing(word, config))
        yield from matching


def _all_of(component: str, config: Config) -> Sequence[str]:
    found = config.policy.components[component].checks
    if not found:
        raise click.UsageError(f"{component} has no checks: operators set it.")
    return found


def _nothing(word: str, config: Config) -> str:
    if _GLOB & set(word):
        return f'No check matches "{word}"; there are {listing(config.checks)}.'
    return unknown("check", word, config.checks)
