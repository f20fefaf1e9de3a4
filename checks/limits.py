"""Limits from above and below, as settings have them: whether they hold, and how they are said."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

T = TypeVar("T", float, timedelta)


def check_limits(above: T | None, below: T | None, example: str) -> None:
    """Raise ValueError where neither limit is given."""
    if above is None and below is None:
        raise ValueError(f"a limit is due: above or below, such as {{above: {example}}}")


def hold(value: T, above: T | None, below: T | None) -> bool:
    """Whether a value is within those limits that are given."""
    return (above is None or value > above) and (below is None or value < below)


def limits_in_words(above: T | None, below: T | None, say: Callable[[T], str]) -> str:
    """Those limits that are given: "above 5 and below 9"."""
    limits = (("above", above), ("below", below))
    return " and ".join(f"{word} {say(limit)}" for word, limit in limits if limit is not None)
