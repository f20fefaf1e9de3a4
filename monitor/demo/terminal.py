"""What the demo says in the terminal: plain lines, with a little weight where one is watched."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Callable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import click

WIDEST = 100
MARGIN = " " * 10
"""Room for the time at the beginning of a line."""

NO_TERMINAL = 10_000


class Terminal:
    """Says things with the time at which they happened, wrapped where a person reads along."""

    def __init__(self, now: Callable[[], datetime], zone: str, *, person: bool) -> None:
        """Tell times of this zone; `person` is whether anybody watches as it appears."""
        self._now = now
        self._zone = ZoneInfo(zone)
        self._width = min(shutil.get_terminal_size().columns, WIDEST) if person else NO_TERMINAL

    def time(self, at: datetime) -> str:
        """The time of day, as the page tells it, to the second."""
        return at.astimezone(self._zone).strftime("%H:%M:%S")

    def happened(self, text: str) -> None:
        """Something happened just now."""
        first, *rest = self._lines(text)
        click.echo(f"{click.style(self.time(self._now()), dim=True)}  {first}")
        for line in rest:
            click.echo(line)

    def aside(self, text: str) -> None:
        """What to make of it."""
        for line in self._lines(text):
            click.echo(click.style(MARGIN + line.lstrip(), dim=True))

    def chapter(self, title: str) -> None:
        """A new part begins."""
        click.echo()
        click.echo(click.style(title, bold=True))

    def table(self, rows: Sequence[tuple[str, str]]) -> None:
        """Names and what belongs to each."""
        room = max(len(name) for name, _ in rows) + 2
        for name, value in rows:
            click.echo(f"  {name.ljust(room)}{value}")

    def say(self, text: str = "") -> None:
        """A line by itself."""
        for line in textwrap.wrap(text, self._width, break_on_hyphens=False) or [""]:
            click.echo(line)

    def _lines(self, text: str) -> list[str]:
        wrapped = textwrap.wrap(
            text, self._width, initial_indent=MARGIN, subsequent_indent=MARGIN,
            break_long_words=False, break_on_hyphens=False,
        )  # fmt: skip
        return [wrapped[0].lstrip(), *wrapped[1:]]
