"""Evidence kept once for each location, without what that location says."""

from __future__ import annotations


def added(kept: tuple[float, ...], gain: float, place: int, cap: float) -> tuple[float, ...]:
    """The evidence with a gain for all but the location that it comes from.

    It stays between zero and the cap. With one location there is nothing to leave out.
    """
    if gain <= 0.0 and not any(kept):
        return kept
    if len(kept) == 1:
        return (min(max(kept[0] + gain, 0.0), cap),)
    moved = [min(max(value + gain, 0.0), cap) for value in kept]
    moved[place] = kept[place]
    return tuple(moved)
