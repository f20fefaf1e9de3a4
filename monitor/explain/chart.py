"""The evidence as a chart of characters: a column for each step, a row for all that counts."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta

import click

from checks.model import Outcome
from incidents.detect.evidence import between
from incidents.detect.metric.words import number
from incidents.detect.reading import Measure
from incidents.model import Judgement
from monitor.explain.axes import clock_ticks
from monitor.explain.course import MOST_STEPS, Course, Moment

BARS = "▁▂▃▄▅▆▇█"
_LABELS = 9
_BESIDE = 50
"""Characters beside the columns: labels, and what is said of a row."""
_FEWEST = 20

_OUTCOMES = (
    (Outcome.FAIL, "✗", "red"),
    (Outcome.ERROR, "?", "magenta"),
    (Outcome.SLOW, "!", "yellow"),
    (Outcome.PASS, "·", "green"),
)
"""The worst of a step is shown."""
BLIND = "░", "magenta"

JUDGEMENTS = {
    Judgement.HEALTHY: ("─", "green"),
    Judgement.DEGRADED: ("▒", "yellow"),
    Judgement.PARTIAL: ("▓", "yellow"),
    Judgement.FAILING: ("█", "red"),
    Judgement.UNKNOWN: ("?", "magenta"),
}
"""The character and the colour of each."""

_WRONG = (Judgement.DEGRADED, Judgement.PARTIAL, Judgement.FAILING)

_Cell = tuple[str, str]
"""A character and its colour."""

_BLANK = (" ", "")


def columns(width: int) -> int:
    """How many columns a terminal of this width has room for."""
    return min(MOST_STEPS, max(_FEWEST, width - _BESIDE))


def chart(course: Course) -> Iterator[str]:
    """Times of day over the columns, the rows, and what their marks mean."""
    found = list(_rows(course))
    width = max(_LABELS, *(len(label) for label, _, _ in found))
    yield f"  {'':<{width}}  {_axis(course)}".rstrip()
    for label, cells, told in found:
        yield f"  {label:<{width}}  {cells}  {told}".rstrip()
    yield ""
    yield f"  {_legend(course)}"


def _rows(course: Course) -> Iterator[tuple[str, str, str]]:
    """A label, a character for each step, and what is to be said of all."""
    yield "held", _held(course), ""
    for location in course.locations:
        yield location, *_seen_from(location, course)
    if any(moment.numbers for moment in course.moments):
        yield "values", *_numbers(course.moments)
    elif any(moment.latency for moment in course.moments):
        yield "answers", *_latency(course.moments)
    for name in course.measures:
        yield name, *_measured(name, course.moments)


def _axis(course: Course) -> str:
    """Round times of day over the columns that begin with them."""
    step = timedelta(seconds=course.step_seconds)
    line = [" "] * (len(course.moments) + len("00:00:00"))
    most = len(course.moments) / 8
    for at, text in clock_ticks(course.from_at, course.until, most):
        column = (at - course.from_at) // step
        line[column : column + len(text)] = text
    return "".join(line).rstrip()


def _held(course: Course) -> str:
    return _coloured(JUDGEMENTS[moment.reading.judgement] for moment in course.moments)


def _seen_from(location: str, course: Course) -> tuple[str, str]:
    bad = whole = 0
    cells: list[_Cell] = []
    for moment in course.moments:
        found = moment.outcomes.get(location, {})
        bad += found.get(Outcome.FAIL, 0)
        whole += sum(found.values())
        shown = ((mark, colour) for key, mark, colour in _OUTCOMES if key in found)
        cells.append(BLIND if _blind(location, moment, course) else next(shown, _BLANK))
    return _coloured(cells), f"{bad} of {whole} failed" if bad else f"{whole} results"


def _blind(location: str, moment: Moment, course: Course) -> bool:
    """Whether what fails there in this step counts for nothing."""
    began_at = moment.ends_at - timedelta(seconds=course.step_seconds)
    return any(
        one.location == location and one.from_at < moment.ends_at and one.until > began_at
        for one in course.blind
    )


def _latency(moments: Sequence[Moment]) -> tuple[str, str]:
    """Medians over the range that they span; the words say what the range is, and what is usual."""
    known = [moment.latency[1] for moment in moments if moment.latency]
    top = max(known)
    cells = _coloured(_answer(moment, top) for moment in moments)
    usual = next(
        (m.reading.usual_seconds for m in reversed(moments) if m.reading.usual_seconds), None
    )
    told = between(min(known), top)
    return cells, told + (f", usual {between(*usual)}" if usual is not None else "")


def _numbers(moments: Sequence[Moment]) -> tuple[str, str]:
    """Medians between the least and the greatest of them."""
    known = [moment.numbers[1] for moment in moments if moment.numbers]
    low, high = min(known), max(known)
    span = high - low or 1.0
    cells = _coloured(
        (_bar((moment.numbers[1] - low) / span), "cyan") if moment.numbers else _BLANK
        for moment in moments
    )
    return cells, f"{number(low)} to {number(high)}" if low < high else number(low)


def _answer(moment: Moment, top: float) -> _Cell:
    """One median; in another colour when it is slower than usual."""
    if moment.latency is None:
        return _BLANK
    usual = moment.reading.usual_seconds
    slow = usual is not None and moment.latency[1] > usual[1]
    return _bar(moment.latency[1] / top), "yellow" if slow else "cyan"


def _measured(name: str, moments: Sequence[Moment]) -> tuple[str, str]:
    """How near each reading came to what it takes; a full bar has reached it."""
    found = [_named(name, moment) for moment in moments]
    cells = "".join(" " if one is None else _bar(_share(one)) for one in found)
    known = [one for one in found if one is not None]
    most = max(known, key=_share)
    told = f"at most {amount(most)}"
    if not any(moment.reading.judgement in _WRONG for moment in moments):
        told += next((f", {one.waits_for}" for one in reversed(known) if one.waits_for), "")
    return click.style(cells, fg="red" if _share(most) >= 1 else "blue"), told


def _named(name: str, moment: Moment) -> Measure | None:
    return next((one for one in moment.reading.measures if one.name == name), None)


def amount(one: Measure) -> str:
    """As in "13.5 of 10.5"."""
    value, threshold = (f"{number:.1f}".removesuffix(".0") for number in (one.value, one.threshold))
    return f"{value} of {threshold}"


def _share(one: Measure) -> float:
    return one.value / one.threshold if one.threshold else 0.0


def _coloured(cells: Iterable[_Cell]) -> str:
    """Neighbours of the same colour are coloured together."""
    runs = itertools.groupby(cells, key=lambda cell: cell[1])
    told = (("".join(mark for mark, _ in run), colour) for colour, run in runs)
    return "".join(click.style(marks, fg=colour or None) for marks, colour in told)


def _bar(share: float) -> str:
    return BARS[min(len(BARS) - 1, max(0, int(share * (len(BARS) - 1) + 1e-9)))]


def _legend(course: Course) -> str:
    """What the marks mean that are there."""
    seen = {one.outcome for one in course.results}
    outcomes = [(mark, colour, str(key)) for key, mark, colour in _OUTCOMES if key in seen]
    blind = [(*BLIND, "blind")] if course.blind else []
    held = {moment.reading.judgement for moment in course.moments}
    states = [(*JUDGEMENTS[one], str(one)) for one in Judgement if one in held]
    parts = (_keys((*reversed(outcomes), *blind)), f"held: {_keys(states)}" if states else "")
    return "   ".join(filter(None, parts))


def _keys(marks: Iterable[tuple[str, str, str]]) -> str:
    return "  ".join(f"{click.style(mark, fg=colour)} {name}" for mark, colour, name in marks)
