"""What is wrong with a line of a file of results, for the person who wrote it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from monitor.config.suggestions import listing, nearest

_INSTANT = "2026-11-21T14:02:10Z, or seconds since 1970"
_DUE: Mapping[str, str] = {
    "check": "the id of a check, such as shop/api",
    "at": _INSTANT,
    "known_at": _INSTANT,
    "outcome": "pass, slow, fail or error",
    "latency_seconds": "seconds, 0 or more, or leave it out where there was no answer",
    "recheck": "true or false",
    "warnings": "a list of texts",
}
_FIELD = re.compile(r"(?:field `|at `\$\.)(\w+)")
_MILLISECONDS = 1e11
"""So many seconds are three thousand years, so many milliseconds three."""


def said(error: Exception, given: Mapping[str, Any]) -> str:
    """What a line should say in place of what it says."""
    found = _FIELD.search(str(error))
    if found is None:
        return f"this is no result: {error}."
    name = found[1]
    due = _DUE.get(name, "text")
    if not given:
        return f"`{name}` cannot be read: write {due}."
    if name not in given:
        return f"`{name}` is missing: {due}."
    value = given[name]
    if isinstance(value, int | float) and value >= _MILLISECONDS:
        return f"`{name}` is {value:.0f}, which looks like milliseconds; write {due}."
    return f'`{name}` is "{value}"; write {due}.'


def unread(error: Exception, raw: bytes) -> str:
    """That a line is no JSON, and what is often the reason."""
    hint = "; JSON knows no NaN: write null" if b"NaN" in raw else ""
    return f"this is no JSON object: {str(error).removeprefix('JSON is malformed: ')}{hint}."


def misnamed(names: Iterable[str], known: Collection[str], required: Collection[str] = ()) -> str:
    """What is wrong with the names of fields or columns; nothing if they can be meant so.

    Names that mean nothing are left alone, unless they are nearly those of others.
    """
    given = list(names)
    missing = [name for name in required if name not in given]
    if missing:
        columns = "column" if len(missing) == 1 else "columns"
        return f"the {columns} {listing(missing)} must be there, and not only {listing(given)}."
    for name in given:
        meant = None if name in known else nearest(name, [one for one in known if one not in given])
        if meant is not None:
            return f"nobody reads `{name}`, did you mean `{meant}`?"
    return ""
