"""Scalars of YAML 1.2's core schema, kept as written until a type asks for more."""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass, replace
from typing import Any

_TRUE = frozenset({"true", "True", "TRUE"})
_FALSE = frozenset({"false", "False", "FALSE"})
_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", re.ASCII)
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", re.ASCII)
_SPECIAL = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)", re.ASCII)
_LONGEST_NUMBER = 400


class Plain(str):
    """Text that stood without quotes: it may be read as a number or a truth value."""

    __slots__ = ()


class Missing(str):
    """Stands for a value that could not be had; the issue is noted already."""

    __slots__ = ()


class Secret(str):
    """A value from the environment or a file; shows its source where others show the value."""

    source: str

    def __new__(cls, value: str, source: str) -> Secret:
        """Keep the value and where it came from, as in `${env:PASSWORD}`."""
        secret = super().__new__(cls, value)
        secret.source = source
        return secret

    def __repr__(self) -> str:
        return f"<{self.source}>"

    def __reduce__(self) -> tuple[type[Secret], tuple[str, str]]:
        return Secret, (str(self), self.source)


def truth(value: Any) -> Any:
    """True or false if the text says so; anything else unchanged."""
    if isinstance(value, str):
        return True if value in _TRUE else False if value in _FALSE else value
    return value


def whole(value: Any) -> Any:
    """The integer that a text spells; anything else unchanged."""
    if isinstance(value, str) and len(value) < _LONGEST_NUMBER and _INTEGER.fullmatch(value):
        return int(value, 0) if value[:2] in ("0o", "0x") else int(value)
    return value


def number(value: Any) -> Any:
    """The number that a text spells; anything else unchanged."""
    found = whole(value)
    if found is not value or not isinstance(value, str):
        return found
    if len(value) < _LONGEST_NUMBER and _FLOAT.fullmatch(value):
        return float(value)
    if _SPECIAL.fullmatch(value):
        return float(value.replace(".", "", 1))
    return value


class WrittenInt(int):
    """An integer that turns into text as it was written: 0x1F, +5."""

    written: str

    def __str__(self) -> str:
        return self.written


class WrittenFloat(float):
    """A number that turns into text as it was written: 1.10."""

    written: str

    def __str__(self) -> str:
        return self.written


def resolved(value: Any) -> Any:
    """What plain text means by itself, all the way down: numbers, true, false, null."""
    if isinstance(value, Plain):
        return _as_written(value)
    if isinstance(value, dict):
        return {key: resolved(item) for key, item in value.items()}
    if isinstance(value, list):
        return [resolved(item) for item in value]
    return value


def _as_written(value: Plain) -> Any:
    found = truth(value)
    if found is value:
        found = number(value)
    if found is value:
        return str(value)
    if isinstance(found, bool) or str(found) == value:
        return found
    written = WrittenInt(found) if isinstance(found, int) else WrittenFloat(found)
    written.written = str(value)
    return written


def unwritten(value: Any) -> Any:
    """The value with plain numbers in place of those that know how they were written."""
    if isinstance(value, WrittenInt):
        return int(value)
    if isinstance(value, WrittenFloat):
        return float(value)
    if isinstance(value, dict):
        return {key: unwritten(item) for key, item in value.items()}
    if type(value) in (list, tuple):
        return type(value)(map(unwritten, value))
    if is_dataclass(value) and not isinstance(value, type):
        return replace(
            value,
            **{one.name: unwritten(getattr(value, one.name)) for one in fields(value) if one.init},
        )
    return value


def has_written(value: Any) -> bool:
    """Whether a number that knows how it was written is part of resolved data."""
    if isinstance(value, dict):
        return any(map(has_written, value.values()))
    if isinstance(value, list):
        return any(map(has_written, value))
    return isinstance(value, WrittenInt | WrittenFloat)
