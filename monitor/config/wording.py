"""What pydantic finds wrong, in the words of checks.yaml."""

from __future__ import annotations

import re
from typing import Any

from pydantic_core import ErrorDetails

from monitor.config.suggestions import did_you_mean, listing


def said(details: ErrorDetails) -> tuple[str, str]:
    """The message and the hint for one error."""
    kind, value, context = details["type"], details["input"], details.get("ctx", {})
    match kind:
        case "value_error":
            return _split(str(context["error"]))
        case "missing" | "missing_argument":
            return f'"{details["loc"][-1]}" is required', ""
        case "enum" | "literal_error":
            return _choice(value, str(context["expected"])), ""
        case "greater_than" | "greater_than_equal" | "less_than" | "less_than_equal":
            limit = next(iter(context.values()))
            return f"{_shown(value)} must be {_COMPARED[kind]} {limit}", ""
        case "string_too_short" | "too_short":
            return "at least one is due" if kind == "too_short" else "an empty text is no use", ""
        case "string_pattern_mismatch":
            return f"{_shown(value)} does not look as it must: {context['pattern']}", ""
    due = _DUE.get(kind)
    if due:
        return f"{due} is due, not {_shown(value)}", _trap(kind, value)
    return details["msg"], ""


_DUE = {
    "bool_type": "true or false",
    "dataclass_type": "a map",
    "date_from_datetime_parsing": "a date such as 2026-01-31",
    "date_parsing": "a date such as 2026-01-31",
    "datetime_from_date_parsing": "a time such as 2026-01-31 22:30",
    "datetime_parsing": "a time such as 2026-01-31 22:30",
    "dict_type": "a map",
    "float_type": "a number",
    "frozen_set_type": "a list",
    "int_type": "a whole number",
    "list_type": "a list",
    "set_type": "a list",
    "string_type": "text",
    "tuple_type": "a list",
}
_COMPARED = {
    "greater_than": "more than",
    "greater_than_equal": "at least",
    "less_than": "less than",
    "less_than_equal": "at most",
}


_MEND = re.compile(r'((?:[^":{]|"[^"]*"|\{[^}]*\}|:(?! ))+): (.+)', re.DOTALL)
_QUOTED = re.compile(r'"[^"]*"')


def _split(sentence: str) -> tuple[str, str]:
    """A sentence for people may hold its mend after a colon."""
    match = _MEND.fullmatch(sentence)
    if match is None or _QUOTED.fullmatch(match[1]):
        return sentence, ""
    return match[1], match[2]


def _choice(value: Any, expected: str) -> str:
    names = re.findall(r"'([^']*)'", expected) or [expected]
    near = did_you_mean(str(value), names) if isinstance(value, str) else ""
    return f"{_shown(value)} is not one of {listing(names)}{near}"


def _shown(value: Any) -> str:
    match value:
        case None:
            return "nothing"
        case dict():
            return "a map"
        case list() | tuple():
            return "a list"
        case str():
            return f'"{value}"' if len(value) <= 60 else f'"{value[:57]}…"'
    return str(value)


def _trap(kind: str, value: Any) -> str:
    if kind == "bool_type" and str(value).lower() in ("yes", "no", "on", "off"):
        meant = "true" if str(value).lower() in ("yes", "on") else "false"
        return f"write {meant}"
    return ""
