"""Texts of strangers and instants as they stand in a reason: on one line, of bounded length."""

from __future__ import annotations

from datetime import UTC, datetime

_LONGEST = 60


def one_line(text: str) -> str:
    """The words of a text with one space between them, and nothing that cannot be printed."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def excerpt(text: str, longest: int = _LONGEST) -> str:
    """The beginning of a text on one line: so many characters, and "…" where there are more."""
    line = one_line(text[: 4 * longest])
    return f"{line[:longest]}…" if len(line) > longest else line


def quoted(text: str) -> str:
    """An excerpt in quotes."""
    return f'"{excerpt(text)}"'


def moment(at: datetime) -> str:
    """An instant to the second, in UTC."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
