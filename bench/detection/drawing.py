"""Small pictures in SVG: panels with labelled axes that follow the reader's light or dark.

The colours are those of `upfront explain`, so that one picture reads like the other.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from xml.sax.saxutils import escape

from monitor.explain.style import STYLE

WIDTH, EDGE = 960, 24
_MORE_STYLE = """
.axis { stroke: var(--dim); fill: none }
.theory { stroke: var(--dim); stroke-width: 1.5; stroke-dasharray: 6 4; fill: none }
.floor { stroke: var(--m3); stroke-width: 1.5; stroke-dasharray: 2 4; fill: none }
.whisker { stroke: var(--median); stroke-width: 1.5; opacity: .5 }
.measured { stroke: var(--median); stroke-width: 2; fill: none; stroke-linejoin: round }
.point { fill: var(--median) }
.evidence { stroke: var(--m1); stroke-width: 2; fill: none; stroke-linejoin: round }
.enough-words { fill: var(--fail); font-size: 12px }
.told { stroke: var(--ink); stroke-width: 1.5; stroke-dasharray: 2 3 }
.told-words { font-size: 12px; font-weight: 600 }
.dim { font-size: 12px }
.bad { fill: var(--degraded); opacity: .6 }
.answer { fill: var(--median); opacity: .55 }
"""
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Scale:
    """Where values lie between two edges, evenly or by their ratios."""

    low: float
    high: float
    start: float
    end: float
    by_ratio: bool = False

    def __call__(self, value: float) -> float:
        """The place of a value, at an edge if it is beyond that."""
        low, high, found = self.low, self.high, min(max(value, self.low), self.high)
        if self.by_ratio:
            low, high, found = math.log(low), math.log(high), math.log(found)
        return self.start + (self.end - self.start) * (found - low) / (high - low)


@dataclass(frozen=True, slots=True)
class Panel:
    """A part of a picture that has axes of its own."""

    x: Scale
    y: Scale

    def axes(
        self,
        across: Iterable[tuple[float, str]],
        upward: Iterable[tuple[float, str]],
        name: str = "",
    ) -> Iterator[str]:
        """Lines at these values with their words, and what is read along the lower edge."""
        left, right, top, bottom = self.x.start, self.x.end, self.y.end, self.y.start
        for value, words in upward:
            y = self.y(value)
            yield line((left, y), (right, y), "grid")
            yield text(left - 8, y + 4, words, "tick", "end")
        for value, words in across:
            x = self.x(value)
            yield line((x, top), (x, bottom), "grid")
            yield text(x, bottom + 18, words, "tick", "middle")
        yield line((left, bottom), (right, bottom), "axis")
        if name:
            yield text((left + right) / 2, bottom + 38, name, "dim", "middle")

    def course(self, points: Iterable[Point], kind: str) -> str:
        """A line through these values."""
        return f'<polyline class="{kind}" points="{self._placed(points)}"/>'

    def steps(self, points: Sequence[Point], kind: str) -> str:
        """A line that stays at each value until the next."""
        corners = list(points[:1])
        for (_, before), (x, y) in pairwise(points):
            corners += [(x, before), (x, y)]
        return self.course(corners, kind)

    def band(self, upper: Sequence[Point], lower: Sequence[Point], kind: str) -> str:
        """What lies between two lines."""
        return f'<polygon class="{kind}" points="{self._placed([*upper, *reversed(lower)])}"/>'

    def dot(self, x: float, y: float, kind: str, radius: float = 3.5) -> str:
        """A point."""
        return f'<circle class="{kind}" cx="{self.x(x):.1f}" cy="{self.y(y):.1f}" r="{radius:g}"/>'

    def level(self, value: float, kind: str) -> str:
        """A line from edge to edge."""
        y = self.y(value)
        return line((self.x.start, y), (self.x.end, y), kind)

    def moment(self, value: float, kind: str, rise: float = 0.0) -> str:
        """A line from the lower edge to the upper, or so far beyond that."""
        x = self.x(value)
        return line((x, self.y.end - rise), (x, self.y.start), kind)

    def span(self, low: float, high: float, kind: str) -> str:
        """The whole height between two values."""
        x, y, end = self.x(low), self.y.end, self.x(high)
        return (
            f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" width="{end - x:.1f}"'
            f' height="{self.y.start - y:.1f}"/>'
        )

    def _placed(self, points: Iterable[Point]) -> str:
        return " ".join(f"{self.x(x):.1f},{self.y(y):.1f}" for x, y in points)


def line(begin: Point, end: Point, kind: str) -> str:
    """A straight line between two places."""
    (x1, y1), (x2, y2) = begin, end
    return f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def text(x: float, y: float, words: str, kind: str, anchor: str = "start") -> str:
    """Words at a place."""
    placed = f'x="{x:.1f}" y="{y:.1f}" class="{kind}" text-anchor="{anchor}"'
    return f"<text {placed}>{escape(words)}</text>"


def paragraph(x: float, y: float, words: str, kind: str, width: int) -> Iterator[str]:
    """Words in lines of so many characters at most."""
    for number, part in enumerate(textwrap.wrap(words, width)):
        yield text(x, y + 17 * number, part, kind)


def key(x: float, y: float, marks: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Which line is what, in a row."""
    for kind, words in marks:
        yield line((x, y - 4), (x + 22, y - 4), kind)
        yield text(x + 28, y, words, "tick")
        x += 48 + 6.4 * len(words)


def picture(height: float, title: str, description: str, parts: Iterable[str]) -> str:
    """The whole picture; the description is for those who do not see it."""
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:g}"'
        f' width="{WIDTH}" height="{height:g}" role="img" aria-labelledby="title description">'
    )
    named = (
        f'<title id="title">{escape(title)}</title>'
        f'<desc id="description">{escape(description)}</desc>'
    )
    style = f"<style>{STYLE}{_MORE_STYLE}</style>"
    paper = f'<rect class="paper" width="{WIDTH}" height="{height:g}" rx="8"/>'
    heading = text(EDGE, 36, title, "title")
    return "\n".join((head, named, style, paper, heading, *parts, "</svg>")) + "\n"
