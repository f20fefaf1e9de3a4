"""How commands lay out what they print: labels beside values, and nothing unprintable."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

Row = tuple[str, str]
"""A label and a value; the label is empty where the value continues the one before."""


def rows(found: Iterable[Row], *, indent: int = 2) -> Iterator[str]:
    """Values under one another, beside their labels."""
    lines = list(found)
    width = max((len(label) for label, _ in lines), default=0)
    return (f"{' ' * indent}{label:<{width}}  {value}".rstrip() for label, value in lines)


def printable(text: str) -> str:
    """A text of strangers on one line, without what would steer the terminal."""
    return "".join(
        " " if char in "\t\r\n" else char if char.isprintable() else "\N{REPLACEMENT CHARACTER}"
        for char in text
    )
