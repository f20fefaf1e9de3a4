"""The course of the evidence as a picture: one SVG that follows the reader's light or dark."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from xml.sax.saxutils import escape, quoteattr

from checks.duration import say_span
from checks.model import Outcome
from incidents.detect.metric.words import number as number_said
from incidents.detect.reading import Reading
from incidents.model import Verdict
from monitor.explain.axes import Band, clock_ticks, value_ticks
from monitor.explain.course import Course, Moment, Seen
from monitor.explain.style import STYLE
from monitor.terminal.layout import printable

WIDTH = 960
LEFT, RIGHT = 116, 28
TOP = 84
STRIP = 18
ROW = 22
GAP = 42
MEASURED, EVIDENCE = 190, 130
LINE = 18
MOST_DOTS = 2_000
WORDS = 112
_MEASURES = 6
"""Colours for so many kinds of evidence; more share them."""


def as_svg(course: Course) -> str:
    """The whole picture."""
    return "\n".join(_Picture(course).lines()) + "\n"


class _Picture:
    """Panels under one axis of time; each is given its place before anything is drawn."""

    def __init__(self, course: Course) -> None:
        self.course = course
        self.held = Band(TOP, STRIP)
        self.seen = Band(self.held.bottom + 12, ROW * len(course.locations))
        self.measured = Band(self.seen.bottom + GAP, MEASURED)
        self.evidence = Band(self.measured.bottom + GAP, EVIDENCE)
        self.words = self.evidence.bottom + 58
        self.told = [_wrapped(number, verdict) for number, verdict in enumerate(course.verdicts, 1)]

    @property
    def height(self) -> float:
        """As much as the words below need."""
        return self.words + LINE * (sum(map(len, self.told)) + 1) + 20

    def x(self, at: datetime) -> float:
        """Where an instant is."""
        span = (self.course.until - self.course.from_at).total_seconds() or 1.0
        share = (at - self.course.from_at).total_seconds() / span
        return LEFT + (WIDTH - LEFT - RIGHT) * min(1.0, max(0.0, share))

    def lines(self) -> Iterator[str]:
        """The picture, part by part."""
        label = f"The evidence about {self.course.check}"
        yield (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {self.height:.0f}"'
            f' width="{WIDTH}" height="{self.height:.0f}" role="img" aria-label={quoteattr(label)}>'
        )
        yield f"<title>{escape(label)}</title>"
        yield f"<style>{STYLE}</style>"
        yield f'<rect class="paper" width="{WIDTH}" height="{self.height:.0f}" rx="8"/>'
        for part in (
            self._heading(), self._releases(), self._time(), self._held(), self._seen(),
            self._measured(), self._evidence(), self._marks(), self._words(),
        ):  # fmt: skip
            yield from part
        yield "</svg>"

    def _heading(self) -> Iterator[str]:
        course = self.course
        about = (
            f"{course.from_at.astimezone(UTC):%Y-%m-%d %H:%M} to"
            f" {course.until.astimezone(UTC):%H:%M} UTC · {len(course.results):,} results ·"
            f" {course.name}"
        )
        yield _text(24, 36, course.check, "title")
        yield _text(24, 58, about, "dim")
        for place, name in enumerate(reversed(list(_names(course)))):
            yield from _key(name, WIDTH - RIGHT - 64 * place - 50)

    def _releases(self) -> Iterator[str]:
        """Behind all panels, the time in which a release ran."""
        for one in self.course.releases:
            words = f"release: {one.note}" if one.note else "release"
            yield self._span("release", one.from_at, one.until, Band(TOP, self._whole), words)

    @property
    def _whole(self) -> float:
        """The height of all panels."""
        return self.evidence.bottom - TOP

    def _span(self, kind: str, from_at: datetime, until: datetime, band: Band, words: str) -> str:
        """A time as a rectangle in a band."""
        x, end = self.x(from_at), self.x(until)
        return (
            f'<rect class="{kind}" x="{x:.1f}" y="{band.top:.1f}"'
            f' width="{max(1.0, end - x):.1f}" height="{band.height:.1f}">'
            f"<title>{_safe(words)}</title></rect>"
        )

    def _time(self) -> Iterator[str]:
        """Lines through all panels, and the time of day under the last."""
        bottom = self.evidence.bottom
        for at, label in clock_ticks(self.course.from_at, self.course.until):
            x = self.x(at)
            yield f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{bottom}"/>'
            yield _text(x, bottom + 18, label, "tick", "middle")
        yield _text(WIDTH - RIGHT, bottom + 34, "time of day, UTC", "dim", "end")

    # What was held, and what was seen -----------------------------------------------------------

    def _held(self) -> Iterator[str]:
        yield _text(LEFT - 12, self.held.middle + 4, "held", "label", "end")
        for verdict, from_at, until in self._periods():
            x, end = self.x(from_at), self.x(until)
            words = f"{verdict.judgement}: {verdict.evidence}"
            yield (
                f'<rect class="{verdict.judgement}" x="{x:.1f}" y="{self.held.top}"'
                f' width="{max(1.0, end - x):.1f}" height="{STRIP}" rx="3">'
                f"<title>{_safe(words)}</title></rect>"
            )
            if end - x > 9 * len(verdict.judgement):
                yield _text(x + 8, self.held.middle + 4, str(verdict.judgement), "on")

    def _periods(self) -> Iterator[tuple[Verdict, datetime, datetime]]:
        held = (self.course.held, *self.course.verdicts)
        begun = [self.course.from_at, *(verdict.at for verdict in self.course.verdicts)]
        return zip(held, begun, [*begun[1:], self.course.until], strict=True)

    def _seen(self) -> Iterator[str]:
        for row, location in enumerate(self.course.locations):
            y = self.seen.top + ROW * (row + 0.5)
            yield _text(LEFT - 12, y + 4, location, "label", "end")
            for one in self.course.blind:
                if one.location == location:
                    row_band = Band(y - ROW / 2, ROW)
                    words = f"no canary answers from {location}: what fails counts for nothing"
                    yield self._span("blind", one.from_at, one.until, row_band, words)
            yield (
                f'<line class="rail" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
            )
            yield from self._dots(location, y)

    def _dots(self, location: str, y: float) -> Iterator[str]:
        """A stroke a result; bad ones are longer, drawn last, and tell their reason."""
        seen = [one for one in self.course.results if one.location == location]
        for one in sorted(seen, key=lambda one: one.outcome is not Outcome.PASS):
            bad = one.outcome is not Outcome.PASS
            half = 8 if bad else 5
            x = self.x(one.at)
            shape = (
                f'<line class="{one.outcome}" x1="{x:.1f}" x2="{x:.1f}" y1="{y - half:.1f}"'
                f' y2="{y + half:.1f}"'
            )
            yield f"{shape}><title>{_safe(one.reason)}</title></line>" if bad else f"{shape}/>"

    # What was measured --------------------------------------------------------------------------

    def _measured(self) -> Iterator[str]:
        """Numbers where there are any, else how long answers took."""
        told, of, label = _series(self.course)
        yield _text(24, self.measured.top - 16, told, "label")
        values = [value for one in self.course.results if (value := of(one)) is not None]
        if not values:
            yield _text(LEFT, self.measured.middle, "nothing was measured", "dim")
            return
        bands = [m.reading.usual_seconds for m in self.course.moments if m.reading.usual_seconds]
        most = max(*values, *(band[1] for band in bands), 0.0)
        ticks = value_ticks(most * 1.05, min(*values, 0.0))
        self.measured.low_value, self.measured.top_value = ticks[0], ticks[-1]
        for value in ticks:
            yield from self._level(self.measured, value, label(value))
        yield from self._usual(self.course.moments)
        yield from self._values(of)

    def _level(self, band: Band, value: float, label: str) -> Iterator[str]:
        y = band.y(value)
        yield f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        yield _text(LEFT - 12, y + 4, label, "tick", "end")

    def _usual(self, moments: Sequence[Moment]) -> Iterator[str]:
        """The band in which answers are usual at that hour."""
        for run in _runs(moments, lambda moment: moment.reading.usual_seconds is not None):
            known = [(self.x(m.ends_at), m.reading.usual_seconds) for m in run]
            upper = [(x, self.measured.y(usual[1])) for x, usual in known if usual]
            lower = [(x, self.measured.y(usual[0])) for x, usual in reversed(known) if usual]
            yield f'<polygon class="usual" points="{_points([*upper, *lower])}"/>'
        if any(moment.reading.usual_seconds for moment in moments):
            yield _text(
                WIDTH - RIGHT, self.measured.top - 16, "shaded: usual at that hour", "dim", "end"
            )

    def _values(self, of: Callable[[Seen], float | None]) -> Iterator[str]:
        """Every value, unless there are too many, and the median over each step."""
        measured = [(one, value) for one in self.course.results if (value := of(one)) is not None]
        if len(measured) <= MOST_DOTS:
            for one, value in measured:
                x, y = self.x(one.at), self.measured.y(value)
                yield f'<circle class="{one.outcome}" cx="{x:.1f}" cy="{y:.1f}" r="2"/>'
        half = timedelta(seconds=self.course.step_seconds / 2)
        for run in _runs(self.course.moments, lambda moment: _middle(moment) is not None):
            points = [
                (self.x(moment.ends_at - half), self.measured.y(middle[1]))
                for moment in run
                if (middle := _middle(moment))
            ]
            yield f'<polyline class="median" points="{_points(points)}"/>'

    # Evidence -----------------------------------------------------------------------------------

    def _evidence(self) -> Iterator[str]:
        band = self.evidence
        band.top_value = 1.4
        yield _text(24, band.top - 10, "evidence, as a share of what it takes", "label")
        for value, label in ((0.0, "0 %"), (0.5, "50 %")):
            yield from self._level(band, value, label)
        y = band.y(1.0)
        yield f'<line class="enough" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        yield _text(LEFT - 12, y + 4, "enough", "tick", "end")
        x = LEFT + 210.0
        for number, name in enumerate(self.course.measures):
            yield from self._measure(name, number, x)
            x += 42 + 7 * len(name)

    def _measure(self, name: str, number: int, x: float) -> Iterator[str]:
        """Its course, and its name at `x` above."""
        kind, y = f"m{number % _MEASURES}", self.evidence.top - 14
        yield f'<line class="{kind}" x1="{x}" x2="{x + 16}" y1="{y}" y2="{y}"/>'
        yield _text(x + 22, self.evidence.top - 10, name, "tick")
        yield f'<polyline class="{kind}" points="{_points(self._course_of(name))}"/>'

    def _course_of(self, name: str) -> list[tuple[float, float]]:
        """Evidence stays as it is from one result to the next; one that is not there is none."""
        points: list[tuple[float, float]] = []
        for reading in self.course.readings:
            x, y = self.x(reading.at), round(self.evidence.y(_share(name, reading)), 1)
            if [one[1] for one in points[-2:]] == [y, y]:
                points.pop()
            elif points and points[-1][1] != y:
                points.append((x, points[-1][1]))
            points.append((x, y))
        return points

    # Changes ------------------------------------------------------------------------------------

    def _marks(self) -> Iterator[str]:
        """A numbered line where what is held changed."""
        for number, verdict in enumerate(self.course.verdicts, 1):
            x = self.x(verdict.at)
            yield (
                f'<line class="change" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP - 4}"'
                f' y2="{self.evidence.bottom}"/>'
            )
            yield f'<circle class="badge" cx="{x:.1f}" cy="{TOP - 12}" r="9"/>'
            yield _text(x, TOP - 8, str(number), "number", "middle")

    def _words(self) -> Iterator[str]:
        y = self.words
        if not self.told:
            held = self.course.held
            yield _text(24, y, f"{held.judgement} all the time: {held.evidence}", "words")
        for verdict, lines in zip(self.course.verdicts, self.told, strict=True):
            yield f'<circle class="{verdict.judgement}" cx="30" cy="{y - 4:.0f}" r="5"/>'
            for line in lines:
                yield _text(44, y, line, "words")
                y += LINE


def _wrapped(number: int, verdict: Verdict) -> list[str]:
    words = (
        f"{number}  {verdict.at.astimezone(UTC):%H:%M:%S} {verdict.judgement}: {verdict.evidence}"
    )
    return textwrap.wrap(words, WORDS, subsequent_indent="    ")


def _share(name: str, reading: Reading) -> float:
    found = (one for one in reading.measures if one.name == name and one.threshold)
    return next((one.value / one.threshold for one in found), 0.0)


_Series = tuple[str, Callable[[Seen], float | None], Callable[[float], str]]


def _series(course: Course) -> _Series:
    """What is measured, what a result says of it, and how it is written."""
    if any(one.number is not None for one in course.results):
        return "value", lambda one: one.number, number_said
    return "latency", lambda one: one.latency_seconds, _seconds


def _middle(moment: Moment) -> tuple[float, float, float] | None:
    """The least, the median and the greatest of what is drawn of a step."""
    return moment.numbers or moment.latency


def _runs(moments: Sequence[Moment], known: Callable[[Moment], bool]) -> Iterator[list[Moment]]:
    """Stretches without a hole."""
    run: list[Moment] = []
    for moment in moments:
        if known(moment):
            run.append(moment)
        elif run:
            yield run
            run = []
    if run:
        yield run


def _names(course: Course) -> Iterator[str]:
    """What of strokes and patches there is to be explained."""
    seen = {one.outcome for one in course.results}
    yield from (str(outcome) for outcome in Outcome if outcome in seen)
    yield from ["blind"] if course.blind else []
    yield from ["release"] if course.releases else []


def _key(name: str, x: float) -> Iterator[str]:
    """A stroke or a patch of colour, and what it means."""
    if name in ("release", "blind"):
        yield f'<rect class="{name}" x="{x - 8}" y="44" width="10" height="14"/>'
    else:
        yield f'<line class="{name}" x1="{x}" x2="{x}" y1="44" y2="58"/>'
    yield _text(x + 7, 56, name, "tick")


def _seconds(value: float) -> str:
    if value < 0.01:
        return f"{value * 1000:g} ms" if value else "0"
    return say_span(timedelta(seconds=value))


def _points(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def _text(x: float, y: float, words: str, kind: str, anchor: str = "start") -> str:
    placed = f'x="{x:.1f}" y="{y:.1f}" class="{kind}" text-anchor="{anchor}"'
    return f"<text {placed}>{_safe(words)}</text>"


def _safe(words: str) -> str:
    """Words of strangers: XML takes no control characters, not even escaped."""
    return escape(printable(words))
