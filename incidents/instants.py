"""Instants as a language writes them, by its patterns, and what its readers call a zone."""

from __future__ import annotations

from datetime import datetime

from babel.dates import format_datetime, get_timezone_name

from incidents.words import Words


def written(at: datetime, pattern: str, words: Words) -> str:
    """An instant in its own zone, by the pattern under `time.PATTERN`."""
    return str(format_datetime(at, words(f"time.{pattern}"), locale=words.locale))


def moment(at: datetime, words: Words) -> str:
    """An instant as messages have it, with the name of its zone."""
    return f"{written(at, 'mail', words)} {zone(at, words)}"


def zone(at: datetime, words: Words) -> str:
    """The short name of an instant's zone: "MEZ" in German, else what it is known by, "CET"."""
    named = str(get_timezone_name(at, "short", locale=words.locale))
    return named if named.isalpha() else at.tzname() or ""
