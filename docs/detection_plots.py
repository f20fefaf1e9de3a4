"""Draws the pictures and writes the tables of docs/detection.md, from the product's own fold.

Run it as `python -m docs.detection_plots`; it takes about a minute.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.detection import tables
from bench.detection.drawing import EDGE, Panel, Point, Scale, key, line, paragraph, picture, text
from bench.detection.theory import probes_for_failures, probes_for_latency
from bench.detection.trials import (
    BAD,
    LOCATIONS,
    PATIENCE,
    TRIALS,
    Fault,
    Spell,
    Trial,
    instant,
    judged,
    learned,
    policy,
    quantile,
    seconds,
    trial,
    trials,
)
from bench.world.chance import stream
from checks.model import Outcome, Result
from incidents import detect
from incidents.detect.learned.parameters import BALANCED
from incidents.detect.reading import Measure, Reading
from incidents.model import Verdict

IMAGES = Path(__file__).parent / "images"
INTERVALS = (10.0, 30.0, 60.0)
WIDE = 240.0
"""Of each of three panels side by side; `LEFTS` is where they begin."""
LEFTS = (74.0, 386.0, 698.0)


# The course of the evidence -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Scene:
    """A fault to watch, by which evidence, and for how many seconds, a mark each so many."""

    name: str
    fault: Fault
    measure: str
    lasts: float
    mark: float


SCENES = (
    Scene("Everything fails", Fault(failing=1.0), "failures", 40, 10),
    Scene("One probe in five fails", Fault(failing=0.2), "failures", 480, 120),
    Scene("Answers take twice as long", Fault(factor=2.0), "latency", 180, 60),
)
_BEFORE = 0.15
"""The part of a scene that lies before its fault."""


@dataclass(frozen=True, slots=True)
class Watched:
    """What was seen in a scene, and what was told; instants in seconds of the fault.

    `waited_for` is what else was waited for, half-way from enough evidence to the telling.
    """

    results: Sequence[tuple[float, Result]]
    readings: Sequence[tuple[float, Reading]]
    told: tuple[float, Verdict]
    waited_for: str


def watch(scene: Scene) -> Watched:
    """The trial of a fault that took the middle of all times, at an interval of half a minute."""
    how = policy(30.0)
    found = trials(how, scene.fault)
    number = found.index(quantile(found, 0.5))
    at, state = learned(how)[number]
    spell, chance = trial(how, scene.fault, number)
    results: list[tuple[float, Result]] = []
    readings: list[tuple[float, Reading]] = []
    told: list[tuple[float, Verdict]] = []
    for result, step in judged(how, state, (spell,), at, chance):
        now = seconds(result.known_at) - spell.begins
        if now > scene.lasts:
            break
        results.append((seconds(result.at) - spell.begins, result))
        reading = detect.reading(step.state, how, result.known_at)
        readings += [(now, reading)] if reading else []
        if step.verdict is not None and step.verdict.judgement in BAD:
            told.append((now, step.verdict))
    waits = [_measure(reading, scene.measure).waits_for for _, reading in readings]
    waited = list(filter(None, waits))
    return Watched(results, readings, told[0], waited[len(waited) // 2] if waited else "")


def evidence() -> str:
    """Three faults: what was probed, the evidence that grew, and the moment it was told."""
    parts: list[str] = [
        text(EDGE, 58, "Every 30 s from three locations, and again at once when in doubt.", "dim"),
        *key(560, 58, [("pass", "passed"), ("fail", "failed"), ("evidence", "evidence"),
                       ("enough", "enough")]),
    ]  # fmt: skip
    for left, scene in zip(LEFTS, SCENES, strict=True):
        parts += _scene(scene, watch(scene), left)
    about = (
        "Three panels, one for each fault. Evidence is near nothing before the fault, climbs with "
        "each probe that contradicts health, crosses a dashed line called enough, and soon after "
        "that a dotted line marks the moment at which it was told."
    )
    return picture(530, "From the first bad probe to the moment it is told", about, parts)


def _scene(scene: Scene, seen: Watched, left: float) -> Iterator[str]:
    across = Scale(-_BEFORE * scene.lasts, scene.lasts, left, left + WIDE)
    found = [(at, _measure(reading, scene.measure)) for at, reading in seen.readings]
    enough = found[0][1].threshold
    panel = Panel(across, Scale(0, 1.35 * enough, 360, 214))
    yield text(left, 92, scene.name, "label")
    yield text(left, 204, "evidence, in nats", "dim")
    yield from _probed(seen, across)
    marks = [number * scene.mark for number in range(math.floor(scene.lasts / scene.mark) + 1)]
    named = [(value, _clock(value)) for value in marks]
    upward = [
        (value, f"{value:g}") for value in (0.0, 5.0, 10.0, 15.0, 20.0) if value < 1.35 * enough
    ]
    yield from panel.axes(named, upward, "since the fault began")
    values = [(at, one.value) for at, one in found if at >= across.low]
    yield panel.steps([*values, (scene.lasts, values[-1][1])], "evidence")
    yield panel.level(enough, "enough")
    at, verdict = seen.told
    yield panel.moment(at, "told", 98)
    aside, side = (-6, "end") if panel.x(at) > left + 0.6 * WIDE else (6, "start")
    yield text(panel.x(at) + aside, 346, f"told: {_after(at)}", "told-words", side)
    yield from paragraph(left, 428, f"“{verdict.evidence}”", "dim", 36)
    if seen.waited_for:
        words = f"Enough evidence, but “{seen.waited_for}”"
        yield from paragraph(left, 488, words, "dim", 36)


def _probed(seen: Watched, across: Scale) -> Iterator[str]:
    """A row for each location and a stroke for each probe; bad ones are longer."""
    for row, location in enumerate(LOCATIONS):
        y = 116 + 26 * row
        yield line((across.start, y), (across.end, y), "rail")
        yield text(across.start - 8, y + 4, location, "tick", "end")
        own = [(at, one) for at, one in seen.results if one.location == location]
        for at, one in sorted(own, key=lambda pair: pair[1].outcome is not Outcome.PASS):
            if across.low <= at <= across.high:
                half = 5 if one.outcome is Outcome.PASS else 9
                yield line((across(at), y - half), (across(at), y + half), str(one.outcome))


def _measure(reading: Reading, name: str) -> Measure:
    return next(one for one in reading.measures if one.name == name)


# Time to detection ----------------------------------------------------------------------------

SHARES = (0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.5, 0.7, 1.0)
FACTORS = (1.2, 1.3, 1.4, 1.5, 1.7, 2.0, 3.0, 4.0, 5.0)
_SPANS = ((10.0, "10 s"), (30.0, "30 s"), (60.0, "1 min"), (300.0, "5 min"), (900.0, "15 min"),
          (3600.0, "1 h"), (7200.0, "2 h"))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sweep:
    """Faults of one sort from slight to grave, and what theory says of them."""

    sizes: Sequence[float]
    fault: Callable[[float], Fault]
    probes: Callable[[float], float]
    floor: float
    marks: Sequence[tuple[float, str]]
    name: str


BY_SHARE = Sweep(
    SHARES, lambda size: Fault(failing=size), probes_for_failures, BALANCED.errors,
    [(0.05, "5 %"), (0.1, "10 %"), (0.2, "20 %"), (0.5, "50 %"), (1.0, "100 %")],
    "probes that fail",
)  # fmt: skip
BY_FACTOR = Sweep(
    FACTORS, lambda size: Fault(factor=size), probes_for_latency, BALANCED.slow,
    [(1.2, "×1.2"), (1.5, "×1.5"), (2.0, "×2"), (3.0, "×3"), (5.0, "×5")],
    "times as slow as usual",
)  # fmt: skip


def times(sweep: Sweep, title: str, about: str, patience: str) -> str:
    """Time to detection against how grave a fault is, a panel for each interval."""
    explained = (
        f"{TRIALS} faults a point. Bars reach from 5 % to 95 % of them; one without a cap goes on"
        " beyond two hours."
    )
    marks = [
        ("measured", "half are told"),
        ("whisker", "from 5 % to 95 %"),
        ("theory", "theory, planned probes alone"),
        ("floor", patience),
    ]
    parts = [text(EDGE, 58, explained, "dim"), *key(EDGE, 84, marks)]
    for left, interval in zip(LEFTS, INTERVALS, strict=True):
        parts += _sweep(sweep, interval, left)
    return picture(420, title, about, parts)


def _sweep(sweep: Sweep, interval: float, left: float) -> Iterator[str]:
    across = Scale(sweep.sizes[0], sweep.sizes[-1], left, left + WIDE, by_ratio=True)
    panel = Panel(across, Scale(8.0, PATIENCE, 360, 128, by_ratio=True))
    yield text(left, 114, f"every {interval:g} s", "label")
    yield from panel.axes(sweep.marks, _SPANS, sweep.name)
    a_second = len(LOCATIONS) / interval
    expected = ((size, sweep.probes(size) / a_second) for size in _between(sweep.sizes))
    yield panel.course(
        [point for point in expected if panel.y.low <= point[1] <= PATIENCE], "theory"
    )
    yield panel.level(sweep.floor, "floor")
    found = [(size, trials(policy(interval), sweep.fault(size))) for size in sweep.sizes]
    for size, told in found:
        yield from _whisker(panel, size, told)
    halves = [(size, quantile(told, 0.5)) for size, told in found]
    yield panel.course([point for point in halves if math.isfinite(point[1])], "measured")
    for size, half in halves:
        if math.isfinite(half):
            yield panel.dot(size, half, "point")


def _whisker(panel: Panel, size: float, told: Sequence[Trial]) -> Iterator[str]:
    """From the quickest twentieth to the slowest."""
    low, high = quantile(told, 0.05), quantile(told, 0.95)
    if math.isinf(low):
        return
    x, top = panel.x(size), panel.y(min(high, PATIENCE))
    yield line((x, panel.y(low)), (x, top), "whisker")
    if math.isfinite(high):
        yield line((x - 4, top), (x + 4, top), "whisker")


def _between(sizes: Sequence[float]) -> Iterator[float]:
    """The sizes and some between them, for a smooth line."""
    low, high = math.log(sizes[0]), math.log(sizes[-1])
    return (math.exp(low + (high - low) * part / 60) for part in range(61))


# Nights ---------------------------------------------------------------------------------------

NIGHTS = 4
BATCH = Fault(factor=2.2)
BATCH_FROM, BATCH_TO = 2 * 3600 + 300.0, 2 * 3600 + 2700.0
FROM, TO = 1 * 3600.0, 4 * 3600.0
DAY = 86_400.0
WATCHED = "iad"
_WIDE, _APART = 192.0, 27.0


@dataclass(frozen=True, slots=True)
class Nights:
    """Answers, what was usual then, and what was told, each with its instant in seconds."""

    answers: list[Point] = field(default_factory=list)
    usual: list[tuple[float, tuple[float, float]]] = field(default_factory=list)
    told: list[tuple[float, Verdict]] = field(default_factory=list)


def spent() -> Nights:
    """The nights of a check that is new at noon."""
    how, noon = policy(60.0), DAY / 2
    starts = [night * DAY for night in range(1, NIGHTS + 1)]
    spells = [Spell(BATCH, start + BATCH_FROM, start + BATCH_TO) for start in starts]
    found = Nights()
    begun = detect.begin(how, instant(noon)).state
    for result, step in judged(how, begun, spells, noon, stream("nights")):
        at = seconds(result.known_at)
        if at > NIGHTS * DAY + TO:
            break
        if step.verdict is not None:
            found.told.append((at, step.verdict))
        if FROM <= at % DAY <= TO and result.location == WATCHED and not result.recheck:
            found.answers.append((at, result.latency_seconds or 0.0))
            reading = detect.reading(step.state, how, result.known_at)
            if reading is not None and reading.usual_seconds is not None:
                found.usual.append((at, reading.usual_seconds))
    return found


def nights() -> str:
    """A nightly batch that doubles latency, in the first four nights."""
    explained = (
        f"Dots: answers at {WATCHED}. Blue: what four in five answers usually take at that hour."
        " Yellow: told as slow."
    )
    about = (
        "Four panels, one for each night from 01:00 to 04:00. From 02:05 to 02:45 answers take "
        "2.2 times as long. In the first night the usual band stays low and all of it is told as "
        "slow. In the second it is told until a quarter-hour agrees with the night before. From "
        "then on the band is high around that hour, and nothing is told."
    )
    found, parts = spent(), [text(EDGE, 58, explained, "dim")]
    for night in range(NIGHTS):
        parts += _night(found, night)
    return picture(390, "A nightly batch becomes usual", about, parts)


def _night(found: Nights, night: int) -> Iterator[str]:
    left, begin = LEFTS[0] + night * (_WIDE + _APART), (night + 1) * DAY
    across = Scale(begin + FROM, begin + TO, left, left + _WIDE)
    panel = Panel(across, Scale(0, 1.2, 330, 112))
    yield text(left, 98, f"night {night + 1}", "label")
    for low, high in _told_spans(found.told, across.low, across.high):
        yield panel.span(low, high, "bad")
    usual = [pair for pair in found.usual if across.low <= pair[0] <= across.high]
    lower, upper = [(at, low) for at, (low, _) in usual], [(at, high) for at, (_, high) in usual]
    yield panel.band(upper, lower, "usual")
    hours = [(begin + hour * 3600.0, f"{hour:02d}:00") for hour in (1, 2, 3)]
    upward = [(value, f"{value:g} s" if night == 0 else "") for value in (0.0, 0.5, 1.0)]
    yield from panel.axes(hours, upward, "time of day, UTC")
    for at, took in found.answers:
        if took and across.low <= at <= across.high:
            yield panel.dot(at, took, "answer", 1.6)


def _told_spans(
    told: Sequence[tuple[float, Verdict]], low: float, high: float
) -> Iterator[tuple[float, float]]:
    """When something bad was told, as far as it lies in between."""
    ends = [at for at, _ in told[1:]] + [math.inf]
    for (at, verdict), end in zip(told, ends, strict=True):
        if verdict.judgement in BAD and at < high and end > low:
            yield max(at, low), min(end, high)


def _after(value: float) -> str:
    return f"{value:.0f} s" if value < 120 else f"{value / 60:.1f} min"


def _clock(value: float) -> str:
    return f"{value:g} s" if value < 60 else f"{value / 60:g} min"


PICTURES: dict[str, Callable[[], str]] = {
    "detection-evidence": evidence,
    "detection-failures": lambda: times(
        BY_SHARE,
        "How soon failures are told",
        "Three panels, one for each interval, both axes by ratio. The time to detection falls as "
        "the share of failing probes grows: from an hour or not at all at five per cent to "
        "seconds when everything fails. It follows the theoretical line until that falls below "
        "the ninety seconds that a partial failure must last.",
        "a partial failure must last",
    ),
    "detection-latency": lambda: times(
        BY_FACTOR,
        "How soon slow answers are told",
        "Three panels, one for each interval, both axes by ratio. Answers that take twice as long "
        "or more are told soon after ninety seconds; one and a half times takes minutes; a third "
        "more takes long and is not always found; a fifth more is hardly ever.",
        "slowness must last",
    ),
    "detection-nights": nights,
}


def main() -> None:
    """Draw every picture, and write every table."""
    IMAGES.mkdir(exist_ok=True)
    for name, draw in PICTURES.items():
        (IMAGES / f"{name}.svg").write_text(draw(), encoding="utf-8")
    tables.write()


if __name__ == "__main__":
    main()
