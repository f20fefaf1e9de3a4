"""How far a single answer may count."""

from __future__ import annotations


def within(value: float, bound: float) -> float:
    """The value, or the bound that it exceeds on its side of zero."""
    if -bound <= value <= bound:
        return value
    return bound if value > bound else -bound
