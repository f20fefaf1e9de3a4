"""Series as SVG paths: one stroke for each run of known values."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby


def stroke(places: Iterable[tuple[int, int | None]]) -> str:
    """A line through places (x, y) that breaks where there is no y; a lone one is a dot."""
    strokes = []
    for known, run in groupby(places, lambda place: place[1] is not None):
        if known:
            dots = [f"{x} {y}" for x, y in run]
            strokes.append("M" + "L".join(dots if len(dots) > 1 else dots * 2))
    return "".join(strokes)


def height(value: float | None, top: float, room: int, margin: int = 2) -> int | None:
    """Where a value stands in a drawing so high, whose upper edge is `top`; y counts downwards."""
    if value is None:
        return None
    return round(room - margin - min(value, top) / top * (room - 2 * margin))
