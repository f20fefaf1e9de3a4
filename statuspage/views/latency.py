"""A component's response times as charts over a day, a week and 90 days, and as tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from statistics import median
from zoneinfo import ZoneInfo

from checks.rollup import LatencyPoint, Sketch
from incidents.model import ComponentStatus, Span
from statuspage.views import numbers
from statuspage.views.strip import BAD, DAYS
from statuspage.views.stroke import height, stroke
from statuspage.views.times import Times

WIDTH = 720
HEIGHT = 160

DAY_STEP = timedelta(minutes=15)
WEEK_STEP = timedelta(hours=2)
QUARTER_STEP = timedelta(days=1)

ENOUGH = 7
"""Of so many days at least something must be known before we speak of what is usual."""

_LEAST_WIDTH = 4
_TOPS = (1, 2, 4, 6, 10)
"""What an axis may end with, times a power of ten: halves of these are round, too."""


@dataclass(frozen=True, slots=True)
class Longer:
    """The series that a snapshot does not hold: a week and 90 days, one point a step.

    `window` holds all response times of the objective's window, `spans` what lies before those
    of the snapshot.
    """

    week: Sequence[LatencyPoint] = ()
    quarter: Sequence[LatencyPoint] = ()
    window: Sketch | None = None
    spans: Sequence[Span] = ()


@dataclass(frozen=True, slots=True)
class Usual:
    """The typical and the slow response over 90 days."""

    p50_seconds: float
    p95_seconds: float


@dataclass(frozen=True, slots=True)
class ChartRow:
    """One step of a chart in its table."""

    at: str
    p50: str
    p95: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing on a grid of 720 by 160, axis from zero, with its labels and its table.

    `rises` label the axis from its top to zero, `instants` from the left to the right.
    `band` is what is usual; `shades` are times of trouble by state.
    """

    name: str
    p50: str
    p95: str
    band: str
    shades: tuple[tuple[ComponentStatus, str], ...]
    rises: tuple[str, str, str]
    instants: tuple[str, str, str]
    summary: str
    rows: tuple[ChartRow, ...]


@dataclass(frozen=True, slots=True)
class Latency:
    """All charts of a component, the longest last, and what is usual in words."""

    charts: tuple[Chart, ...]
    usual: str

    @property
    def shaded(self) -> bool:
        """Whether any of them shows trouble."""
        return any(chart.shades for chart in self.charts)


@dataclass(frozen=True, slots=True)
class _Range:
    """What one chart is of."""

    name: str
    from_at: datetime
    to_at: datetime
    step: timedelta
    points: Sequence[LatencyPoint] = field(repr=False)

    def x(self, at: datetime) -> int:
        share = (at - self.from_at) / (self.to_at - self.from_at)
        return round(min(1.0, max(0.0, share)) * WIDTH)

    def middle(self, point: LatencyPoint) -> datetime:
        return min(point.at + self.step / 2, self.to_at)


def week_from(now: datetime, zone: ZoneInfo) -> datetime:
    """Where the chart of a week begins: with a day of the page's zone."""
    first = now.astimezone(zone).date() - timedelta(days=6)
    return datetime.combine(first, time(), zone).astimezone(UTC)


def quarter_from(now: datetime) -> datetime:
    """Where the chart of 90 days begins: its days are UTC's, which are summed up already."""
    return datetime.combine(now.astimezone(UTC), time(), UTC) - (DAYS - 1) * QUARTER_STEP


def latency(
    day: Sequence[LatencyPoint], longer: Longer, stretches: Sequence[Span], times: Times
) -> Latency | None:
    """The charts of what was timed, None where nothing was."""
    now = times.now
    ranges = (
        _Range("day", now - timedelta(hours=24), now, DAY_STEP, day),
        _Range("week", week_from(now, times.zone), now, WEEK_STEP, longer.week),
        _Range("quarter", quarter_from(now), now, QUARTER_STEP, longer.quarter),
    )
    usual = _usual(longer.quarter)
    drawn = (found for found in ranges if len(_timed(found)) > 1)
    charts = tuple(_chart(found, stretches, usual, times) for found in drawn)
    return Latency(charts, _said(usual, times)) if charts else None


def _timed(found: _Range) -> list[tuple[LatencyPoint, float, float]]:
    return [
        (point, point.p50_seconds, point.p95_seconds)
        for point in found.points
        if point.p50_seconds is not None and point.p95_seconds is not None
    ]


def _usual(points: Sequence[LatencyPoint]) -> Usual | None:
    p50 = [point.p50_seconds for point in points if point.p50_seconds is not None]
    p95 = [point.p95_seconds for point in points if point.p95_seconds is not None]
    return Usual(median(p50), median(p95)) if min(len(p50), len(p95)) >= ENOUGH else None


def _said(usual: Usual | None, times: Times) -> str:
    if usual is None:
        return ""
    fast, slow = (
        numbers.latency(times.words, value) for value in (usual.p50_seconds, usual.p95_seconds)
    )
    return times.words("latency.usual", fast=fast, slow=slow)


def _chart(found: _Range, stretches: Sequence[Span], usual: Usual | None, times: Times) -> Chart:
    timed, words = _timed(found), times.words
    slowest = max(p95 for _, _, p95 in timed)
    top = round_top(max(slowest, usual.p95_seconds if usual else 0.0))
    return Chart(
        name=found.name,
        p50=_line(found, [point.p50_seconds for point in found.points], top),
        p95=_line(found, [point.p95_seconds for point in found.points], top),
        band=_band(usual, top),
        shades=tuple(_shades(found, stretches)),
        rises=(numbers.latency(words, top), numbers.latency(words, top / 2), "0"),
        instants=_instants(found, times),
        summary=words(
            f"latency.spoken_{found.name}",
            p50=numbers.latency(words, median(p50 for _, p50, _ in timed)),
            p95=numbers.latency(words, median(p95 for _, _, p95 in timed)),
            slowest=numbers.latency(words, slowest),
        ),
        rows=tuple(
            ChartRow(
                _label(found, point.at, times),
                numbers.latency(words, p50),
                numbers.latency(words, p95),
            )
            for point, p50, p95 in reversed(timed)
        ),
    )


def round_top(slowest: float) -> float:
    """The round number of seconds that an axis ends with."""
    size = 1e-4
    while slowest > _TOPS[-1] * size:
        size *= 10
    return next(top for top in _TOPS if slowest <= top * size) * size


def _line(found: _Range, values: Sequence[float | None], top: float) -> str:
    places = zip(found.points, values, strict=True)
    return stroke(
        (found.x(found.middle(point)), height(value, top, HEIGHT, 0)) for point, value in places
    )


def _band(usual: Usual | None, top: float) -> str:
    if usual is None:
        return ""
    upper, lower = (
        height(value, top, HEIGHT, 0) for value in (usual.p95_seconds, usual.p50_seconds)
    )
    return f"M0 {upper}H{WIDTH}V{lower}H0z"


def _shades(found: _Range, stretches: Sequence[Span]) -> Iterator[tuple[ComponentStatus, str]]:
    for span in stretches:
        to_at = span.to_at or found.to_at
        if span.status in BAD and span.from_at < found.to_at and to_at > found.from_at:
            left, right = found.x(span.from_at), found.x(to_at)
            right = min(WIDTH, max(right, left + _LEAST_WIDTH))
            yield span.status, f"M{left} 0H{right}V{HEIGHT}H{left}z"


def _instants(found: _Range, times: Times) -> tuple[str, str, str]:
    half = found.from_at + (found.to_at - found.from_at) / 2
    first, second = (
        times.moment(at).text if found.step == DAY_STEP else times.day(times.day_of(at))
        for at in (found.from_at, half)
    )
    return first, second, times.words("time.now")


def _label(found: _Range, at: datetime, times: Times) -> str:
    if found.step == QUARTER_STEP:
        return times.day(times.day_of(at + found.step / 2))
    return times.moment(at).text
