"""Chance that a seed decides, so that a demo can be seen again."""

from __future__ import annotations

from random import Random


def chance(seed: int, of: str) -> Random:
    """What is drawn for one thing; other things draw their own."""
    return Random(f"{seed} {of}")  # noqa: S311 - nothing secret is drawn
