"""Evidence kept once for each location, without what that location says."""

from __future__ import annotations

from collections.abc import MutableSequence


def add(kept: MutableSequence[float], gain: float, place: int, cap: float) -> None:
    """Add a gain to the evidence of all but the location that it comes from.

    It stays between zero and the cap. With one location there is nothing to leave out.
    """
    own = kept[place]
    for other in range(len(kept)):
        value = kept[other]
        kept[other] = min(value + gain, cap) if value > -gain else 0.0
    if len(kept) > 1:
        kept[place] = own


def added(kept: tuple[float, ...], gain: float, place: int, cap: float) -> tuple[float, ...]:
    """The same with evidence that others may hold, too."""
    if gain <= 0.0 and not any(kept):
        return kept
    moved = list(kept)
    add(moved, gain, place, cap)
    return tuple(moved)
