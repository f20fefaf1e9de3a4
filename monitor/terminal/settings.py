"""Effective settings in three columns: key, value, and where the value is from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import click

from monitor.config.origins import Setting, Source
from monitor.terminal.layout import Row, printable, rows

WIDEST = 44
"""Longer values push their origin to the right rather than all origins."""


@dataclass(frozen=True, slots=True)
class SettingsView:
    """What is told of a check or component: its settings, and lines that go with them."""

    id: str
    what: str
    settings: tuple[Setting, ...]
    lines: tuple[Row, ...] = ()


def as_text(view: SettingsView) -> str:
    """The settings for people; what nobody set is dim."""
    heading = f"{click.style(view.id, bold=True)}: {view.what}"
    blocks = ([heading], _table(view.settings), rows(view.lines))
    return "\n\n".join(filter(None, ("\n".join(block) for block in blocks)))


def _table(settings: Sequence[Setting]) -> Iterator[str]:
    keys = max((len(one.key) for one in settings), default=0)
    values = min(max((len(one.value) for one in settings), default=0), WIDEST)
    for one in settings:
        value = printable(one.value) or "–"
        line = f"  {one.key:<{keys}}  {value:<{values}}  {one.origin}"
        yield click.style(line, dim=True) if one.origin.source is Source.BUILT_IN else line
