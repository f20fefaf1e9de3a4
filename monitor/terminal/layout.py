"""How commands lay out what they print: labels beside values, JSON, and nothing unprintable."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

Row = tuple[str, str]
"""A label and a value; the label is empty where the value continues the one before."""


def rows(found: Iterable[Row], *, indent: int = 2) -> Iterator[str]:
    """Values under one another, beside their labels."""
    lines = list(found)
    width = max((len(label) for label, _ in lines), default=0)
    return (f"{' ' * indent}{label:<{width}}  {value}".rstrip() for label, value in lines)


def json_text(told: object) -> str:
    """The same for scripts, indented."""
    return msgspec.json.format(msgspec.json.encode(told), indent=2).decode()


def printable(text: str) -> str:
    """A text of strangers on one line, without what would steer the terminal."""
    return "".join(
        " " if char in "\t\r\n" else char if char.isprintable() else "\N{REPLACEMENT CHARACTER}"
        for char in text
    )
