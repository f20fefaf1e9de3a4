"""The course of the evidence in a terminal: a column a step, a row for each thing that counts."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

import click

from checks.duration import say_span
from checks.model import Outcome
from incidents.detect.reading import Measure
from incidents.model import Judgement, Verdict
from monitor.explain.course import Course, Moment
from monitor.terminal.layout import printable

BARS = "▁▂▃▄▅▆▇█"
_LABELS = 9

_OUTCOMES = (
    (Outcome.FAIL, "✗", "red"),
    (Outcome.ERROR, "?", "magenta"),
    (Outcome.SLOW, "!", "yellow"),
    (Outcome.PASS, "·", "green"),
)
"""The worst of a step is shown."""

_JUDGEMENTS = {
    Judgement.HEALTHY: ("─", "green"),
    Judgement.DEGRADED: ("▒", "yellow"),
    Judgement.PARTIAL: ("▓", "yellow"),
    Judgement.FAILING: ("█", "red"),
    Judgement.UNKNOWN: ("?", "magenta"),
}


_Cell = tuple[str, str]
"""A character and its colour."""

_BLANK = (" ", "")


def as_text(course: Course) -> str:
    """All of it, for people."""
    blocks = (_heading(course), _chart(course), _closely(course), _changes(course), _notes(course))
    return "\n\n".join(filter(None, map("\n".join, blocks)))


def _heading(course: Course) -> Iterator[str]:
    last = course.verdicts[-1] if course.verdicts else course.held
    colour = _JUDGEMENTS[last.judgement][1]
    state = click.style(f"{last.judgement} at {_clock(course.until)}", fg=colour, bold=True)
    yield f"{click.style(course.check, bold=True)} of {printable(course.name)}: {state}"
    yield (
        f"{_clock(course.from_at, date=True)} to {_clock(course.until)} UTC,"
        f" a column is {say_span(timedelta(seconds=course.step_seconds))};"
        f" {len(course.results):,} results"
    )


# The chart ------------------------------------------------------------------------------------


def _chart(course: Course) -> Iterator[str]:
    found = list(_rows(course))
    width = max(_LABELS, *(len(label) for label, _, _ in found))
    yield f"  {'':<{width}}  {_axis(course)}"
    for label, cells, told in found:
        yield f"  {label:<{width}}  {cells}  {told}".rstrip()
    yield ""
    yield f"  {_legend()}"


def _rows(course: Course) -> Iterator[tuple[str, str, str]]:
    """A label, a character for each step, and what is to be said of all."""
    yield "held", _held(course), ""
    for location in course.locations:
        yield location, *_seen_from(location, course.moments)
    yield "answers", *_latency(course.moments)
    for name in _measures(course.moments):
        yield name, *_measured(name, course.moments)


def _axis(course: Course) -> str:
    """The time of day over each tenth column."""
    line = [" "] * (len(course.moments) + len("00:00:00"))
    step = timedelta(seconds=course.step_seconds)
    for column in range(0, len(course.moments), 12):
        text = _clock(course.from_at + step * column, seconds=step < timedelta(minutes=1))
        line[column : column + len(text)] = text
    return "".join(line).rstrip()


def _held(course: Course) -> str:
    return _coloured(_JUDGEMENTS[moment.reading.judgement] for moment in course.moments)


def _seen_from(location: str, moments: Sequence[Moment]) -> tuple[str, str]:
    bad = whole = 0
    cells: list[_Cell] = []
    for moment in moments:
        found = moment.outcomes.get(location, {})
        bad += found.get(Outcome.FAIL, 0)
        whole += sum(found.values())
        shown = ((mark, colour) for key, mark, colour in _OUTCOMES if key in found)
        cells.append(next(shown, _BLANK))
    return _coloured(cells), f"{bad} of {whole} failed" if bad else f"{whole} results"


def _latency(moments: Sequence[Moment]) -> tuple[str, str]:
    """Medians over the range that they span; the words say what the range is, and what is usual."""
    known = [moment.latency[1] for moment in moments if moment.latency]
    if not known:
        return " " * len(moments), "no answers"
    top = max(known)
    cells = _coloured(_answer(moment, top) for moment in moments)
    usual = next(
        (m.reading.usual_seconds for m in reversed(moments) if m.reading.usual_seconds), None
    )
    told = f"median {_seconds(min(known))} to {_seconds(top)}"
    if usual is not None:
        told += f"; usual {_seconds(usual[0])} to {_seconds(usual[1])}"
    return cells, told


def _answer(moment: Moment, top: float) -> _Cell:
    """One median; in another colour when it is slower than usual."""
    if moment.latency is None:
        return _BLANK
    usual = moment.reading.usual_seconds
    slow = usual is not None and moment.latency[1] > usual[1]
    return _bar(moment.latency[1] / top), "yellow" if slow else "cyan"


def _measures(moments: Iterable[Moment]) -> list[str]:
    return list(dict.fromkeys(one.name for moment in moments for one in moment.reading.measures))


def _measured(name: str, moments: Sequence[Moment]) -> tuple[str, str]:
    """How near each reading came to what it takes; a full bar has reached it."""
    found = [_named(name, moment) for moment in moments]
    cells = "".join(" " if one is None else _bar(_share(one)) for one in found)
    known = [one for one in found if one is not None]
    most = max(known, key=_share)
    told = f"at most {most.value:.3g} of {most.threshold:.3g}"
    waits = next((f", {one.waits_for}" for one in reversed(known) if one.waits_for), "")
    return click.style(cells, fg="red" if _share(most) >= 1 else "blue"), told + waits


def _named(name: str, moment: Moment) -> Measure | None:
    return next((one for one in moment.reading.measures if one.name == name), None)


def _share(one: Measure) -> float:
    return one.value / one.threshold if one.threshold else 0.0


def _coloured(cells: Iterable[_Cell]) -> str:
    """Neighbours of the same colour are coloured together."""
    runs = itertools.groupby(cells, key=lambda cell: cell[1])
    told = (("".join(mark for mark, _ in run), colour) for colour, run in runs)
    return "".join(click.style(marks, fg=colour or None) for marks, colour in told)


def _bar(share: float) -> str:
    return BARS[min(len(BARS) - 1, max(0, int(share * (len(BARS) - 1) + 1e-9)))]


def _legend() -> str:
    outcomes = [f"{click.style(mark, fg=colour)} {key}" for key, mark, colour in _OUTCOMES]
    held = [f"{click.style(mark, fg=colour)} {key}" for key, (mark, colour) in _JUDGEMENTS.items()]
    return f"{'  '.join(reversed(outcomes))}   held: {'  '.join(held)}"


# In words -------------------------------------------------------------------------------------


def _closely(course: Course) -> Iterator[str]:
    """The instant that was asked about."""
    reading = course.reading
    yield click.style(f"At {_clock(reading.at, date=True, seconds=True)} UTC", bold=True)
    yield f"  held {reading.judgement}"
    if reading.latest_seconds is not None:
        yield f"  last answer {_seconds(reading.latest_seconds)}{_usual(reading.usual_seconds)}"
    for one in reading.measures:
        waits = f", {one.waits_for}" if one.waits_for else ""
        enough = "enough" if one.value >= one.threshold else "not enough"
        yield f"  {one.name}: {one.value:.3g} of {one.threshold:.3g}, {enough}{waits}"
    yield from (f"  {printable(note)}" for note in reading.notes)


def _usual(usual: tuple[float, float] | None) -> str:
    return f", usual {_seconds(usual[0])} to {_seconds(usual[1])}" if usual else ""


def _changes(course: Course) -> Iterator[str]:
    yield click.style("What was held", bold=True)
    yield _change(course.held, "before")
    told = [(one.at, _change(one, _clock(one.at, seconds=True))) for one in course.verdicts]
    released = "release   began or ended"
    told += [(at, f"  {_clock(at, seconds=True)}  {released}") for at in course.deploys]
    yield from (line for _, line in sorted(told))


def _change(verdict: Verdict, when: str) -> str:
    colour = _JUDGEMENTS[verdict.judgement][1]
    held = click.style(f"{verdict.judgement:<8}", fg=colour)
    return f"  {when:<8}  {held}  {printable(verdict.evidence)}".rstrip()


def _notes(course: Course) -> Iterator[str]:
    if course.other_revision:
        yield (
            f"{course.other_revision:,} results answer another question than the check asks now"
            " and are left out."
        )


def _seconds(seconds: float) -> str:
    if seconds < 0.01:
        return f"{seconds * 1000:.1f} ms"
    return say_span(timedelta(seconds=seconds)) if seconds < 1 else f"{seconds:.2f} s"


def _clock(at: datetime, *, date: bool = False, seconds: bool = False) -> str:
    form = f"{'%Y-%m-%d ' if date else ''}%H:%M{':%S' if seconds else ''}"
    return at.astimezone(UTC).strftime(form)
