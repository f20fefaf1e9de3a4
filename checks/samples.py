"""Numbers as programs send them: in lines of text, or in JSON."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from checks.words import quoted

MOST_SAMPLES = 1_000
_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Sample:
    """A number, and when it was measured if that was said."""

    number: float
    at: datetime | None = None


def read_samples(body: bytes) -> tuple[Sample, ...]:
    """All samples of a body, in the order of time; several must say their times.

    A line is `NUMBER` or `NUMBER TIME`; in JSON it is a number, `{"value": …, "at": …}` or a
    list of these. A time is RFC 3339, or seconds since 1970.

    Raises:
        ValueError: Something in it is no number or no time; the words are for its sender.
    """
    text = body.decode("utf-8", "replace").strip()
    if not text:
        raise ValueError("a number is due, such as 812")
    found = tuple(_from_json(text) if text[0] in "[{" else map(_line, text.splitlines()))
    if not found:
        raise ValueError("a number is due, such as 812")
    if len(found) > MOST_SAMPLES:
        raise ValueError(f"these are {len(found)} values: send at most {MOST_SAMPLES} at once")
    if len(found) == 1:
        return found
    if any(one.at is None for one in found):
        raise ValueError("several values at once need their times: NUMBER TIME in each line")
    return tuple(sorted(found, key=lambda one: one.at or _NEVER))


def _line(line: str) -> Sample:
    match line.split():
        case [number]:
            return Sample(_number(number))
        case [number, at]:
            return Sample(_number(number), _instant(at))
    raise ValueError(f"{_quoted(line)} is not a number, with or without a time after it")


def _from_json(text: str) -> Iterator[Sample]:
    try:
        said = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        raise ValueError(f"this is no JSON: {error}") from None
    return map(_item, said if isinstance(said, list) else [said])


def _item(item: Any) -> Sample:
    match item:
        case {"value": value, **rest} if not rest.keys() - {"at"}:
            return Sample(_number(value), _instant(rest["at"]) if "at" in rest else None)
        case dict():
            raise ValueError('an object has "value", and "at" if it was not measured just now')
    return Sample(_number(item))


def _number(raw: Any) -> float:
    number = math.nan
    if isinstance(raw, str | int | float) and not isinstance(raw, bool):
        try:
            number = float(raw)
        except (ValueError, OverflowError):
            number = math.nan
    if not math.isfinite(number):
        raise ValueError(f"{_quoted(raw)} is no number")
    return number


def _instant(raw: Any) -> datetime:
    with suppress(TypeError, ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(float(raw), UTC)
    with suppress(ValueError, OverflowError):
        at = datetime.fromisoformat(str(raw))
        if at.tzinfo is not None:
            return at.astimezone(UTC)
    words = "is no time: write 2026-01-31T12:00:00Z, or seconds since 1970"
    raise ValueError(f"{_quoted(raw)} {words}")


def _quoted(raw: Any) -> str:
    return quoted(raw if isinstance(raw, str) else repr(raw))
