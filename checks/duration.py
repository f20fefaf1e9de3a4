"""Spans of time as people write them: "30s" and "1h30m" to `timedelta` and back."""

from __future__ import annotations

import itertools
import re
from datetime import timedelta

PATTERN = r"^(\d+(\.\d+)?(ms|s|m|h|d|w))+$"

_UNITS = {"w": 604_800_000, "d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1000, "ms": 1}
_DAYS_DOWN = [(unit, size) for unit, size in _UNITS.items() if unit != "w"]
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d|w)", re.ASCII)
_WHOLE = re.compile(PATTERN, re.ASCII)
_LONGEST = timedelta(weeks=5200)
_SPOKEN = (
    (7200, 60, "minutes"),
    (172_800, 3600, "hours"),
    (float("inf"), 86_400, "days"),
)


def parse_duration(text: object) -> timedelta:
    """Read "30s", "1h30m" or "500ms".

    Raises:
        ValueError: The unit is missing, the units do not fall, or nothing remains.
    """
    if isinstance(text, timedelta):
        return text
    written = str(text)
    if re.fullmatch(r"-?\d+(\.\d+)?", written, re.ASCII):
        if float(written) <= 0:
            raise ValueError(f'"{written}" must be more than zero, and with a unit: 500ms, 30s, 5m')
        raise ValueError(f'"{written}" has no unit: write {written.lstrip("-")}s, …m, …h or …d')
    if not _WHOLE.fullmatch(written):
        raise ValueError(f'"{written}" is no duration: write it like 500ms, 30s, 5m or 1h30m')
    parts = _PART.findall(written)
    sizes = [_UNITS[unit] for _, unit in parts]
    if any(larger <= smaller for larger, smaller in itertools.pairwise(sizes)):
        raise ValueError(f'"{written}": units must fall and stand once, like 1h30m')
    try:
        span = timedelta(milliseconds=sum(float(n) * _UNITS[unit] for n, unit in parts))
    except OverflowError:
        span = timedelta.max
    if span > _LONGEST:
        raise ValueError(f'"{written}" is longer than a hundred years')
    if span <= timedelta(0):
        raise ValueError(f'"{written}" must be more than zero')
    return span


def format_duration(span: timedelta) -> str:
    """Write a span as checks.yaml has it: "14d", "1h30m", "250ms", "0s"."""
    rest = round(span / timedelta(milliseconds=1))
    if rest < 0:
        return "-" + format_duration(-span)
    words = []
    for unit, size in _DAYS_DOWN:
        count, rest = divmod(rest, size)
        if count:
            words.append(f"{count}{unit}")
    return "".join(words) or "0s"


def say_span(span: timedelta) -> str:
    """A span in words, as exact as a person needs it: "340 ms", "1.2 s", "9 days"."""
    seconds = abs(span.total_seconds())
    if round(seconds * 1000) < 1000:
        return f"{round(seconds * 1000)} ms"
    seconds = round(seconds, 1)
    if seconds < 120:
        return f"{seconds:g} s"
    size, unit = next((size, unit) for limit, size, unit in _SPOKEN if seconds < limit)
    return f"{int(seconds // size)} {unit}"
