"""What the doctor found, a line for each thing, with what to do below it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import click

from monitor.doctor.model import Found, Level, Looked
from monitor.terminal.layout import printable

_MARKS = {
    Level.WELL: ("✓", "green"),
    Level.HINT: ("i", "cyan"),
    Level.WARNING: ("!", "yellow"),
    Level.WRONG: ("✗", "red"),
}


def as_text(looks: Sequence[Looked]) -> str:
    """Everything found, and how much of it wants doing."""
    width = max((len(one.name) for one in looks), default=0)
    lines = [line for one in looks for line in _lines(one, width)]
    return "\n".join([*lines, "", _summary(looks)])


def _lines(looked: Looked, width: int) -> Iterator[str]:
    for index, found in enumerate(looked.found):
        mark, colour = _MARKS[found.level]
        name = "" if index else looked.name
        yield f"{click.style(mark, fg=colour)} {name:<{width}}  {printable(found.what)}"
        if found.remedy:
            yield f"  {'':<{width}}  → {found.remedy}"


def _summary(looks: Sequence[Looked]) -> str:
    every = [found for one in looks for found in one.found]
    wrong, warnings = _count(every, Level.WRONG), _count(every, Level.WARNING)
    if not wrong and not warnings:
        return click.style("All is well.", fg="green")
    parts = [f"{wrong} wrong" if wrong else "Nothing is wrong"]
    parts += [f"{warnings} to know of"] if warnings else []
    return ", ".join(parts) + "."


def _count(found: Sequence[Found], level: Level) -> int:
    return sum(one.level is level for one in found)
