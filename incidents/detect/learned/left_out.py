"""Evidence kept once for each location, without what that location says."""

from __future__ import annotations


def added(kept: tuple[float, ...], gain: float, place: int, cap: float) -> tuple[float, ...]:
    """The evidence with a gain for all but the location that it comes from.

    It stays between zero and the cap. With one location there is nothing to leave out.
    """
    if gain <= 0.0 and not any(kept):
        return kept
    moved = [min(value + gain, cap) if value > -gain else 0.0 for value in kept]
    if len(kept) > 1:
        moved[place] = kept[place]
    return tuple(moved)
