"""Latency points as the paths of a small drawing: a p50 line and a p95 line, axis from zero."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from checks.rollup import LatencyPoint
from incidents.words import Words
from statuspage.views import numbers
from statuspage.views.stroke import height, stroke

WIDTH = 96
HEIGHT = 56
MOST_POINTS = 32


@dataclass(frozen=True, slots=True)
class Sparkline:
    """Two SVG paths on a grid of 96 by 56, the latest value, and the summary that is spoken."""

    p50: str
    p95: str
    latest: str
    summary: str


def sparkline(words: Words, points: Sequence[LatencyPoint]) -> Sparkline | None:
    """The drawing for points of equal steps; None when nothing was timed."""
    timed = [point for point in points if point.p50_seconds is not None]
    if not timed:
        return None
    latest = numbers.latency(words, timed[-1].p50_seconds)
    slow = numbers.latency(words, timed[-1].p95_seconds)
    p50 = _thinned([point.p50_seconds for point in points])
    p95 = _thinned([point.p95_seconds for point in points])
    top = max([value for value in (*p50, *p95) if value], default=1.0)
    return Sparkline(
        p50=_path(p50, top),
        p95=_path(p95, top),
        latest=latest,
        summary=words("latency.summary", p50=latest, p95=slow),
    )


def _thinned(values: Sequence[float | None]) -> list[float | None]:
    """At most as many values as the drawing has room for: the median of each bunch."""
    size = math.ceil(len(values) / MOST_POINTS)
    bunches = (values[start : start + size] for start in range(0, len(values), size))
    known = ([value for value in bunch if value is not None] for bunch in bunches)
    return [sorted(bunch)[len(bunch) // 2] if bunch else None for bunch in known]


def _path(values: Sequence[float | None], top: float) -> str:
    step = WIDTH / max(1, len(values) - 1)
    return stroke(
        (round(number * step), height(value, top, HEIGHT)) for number, value in enumerate(values)
    )
