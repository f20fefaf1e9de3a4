"""The course of the evidence for people: the chart, and in words what changed and why."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import click

from checks.duration import say_span
from incidents.detect.evidence import between, lasting
from incidents.model import Verdict
from monitor.explain.around import Blind, Release
from monitor.explain.chart import BLIND, JUDGEMENTS, amount, chart
from monitor.explain.course import Course
from monitor.terminal.layout import printable


def as_text(course: Course) -> str:
    """All of it, for people."""
    blocks = (
        _heading(course), chart(course), _closely(course), _changes(course), _notes(course),
        _unknowable(course),
    )  # fmt: skip
    return "\n\n".join(filter(None, map("\n".join, blocks)))


def _heading(course: Course) -> Iterator[str]:
    last = course.verdicts[-1] if course.verdicts else course.held
    colour = JUDGEMENTS[last.judgement][1]
    state = click.style(f"{last.judgement} at {_clock(course.until)}", fg=colour, bold=True)
    yield f"{click.style(course.check, bold=True)} of {printable(course.name)}: {state}"
    yield (
        f"{_clock(course.from_at, date=True)} to {_clock(course.until)} UTC,"
        f" a column is {say_span(timedelta(seconds=course.step_seconds))};"
        f" {len(course.results):,} results"
    )


def _closely(course: Course) -> Iterator[str]:
    """The instant that was asked about."""
    reading = course.reading
    yield click.style(f"At {_clock(reading.at, date=True, seconds=True)} UTC", bold=True)
    yield f"  held {reading.judgement}"
    if reading.latest_seconds is not None:
        usual = f", usual {between(*reading.usual_seconds)}" if reading.usual_seconds else ""
        yield f"  last answer {lasting(reading.latest_seconds)}{usual}"
    for one in reading.measures:
        enough = one.value >= one.threshold
        said = f"{one.name}: {amount(one)}, {'enough' if enough else 'not enough'}"
        waits = f", {'but ' if enough else ''}{one.waits_for}" if one.waits_for else ""
        yield f"  {said}{waits}"
    yield from (f"  {printable(note)}" for note in reading.notes)


def _changes(course: Course) -> Iterator[str]:
    yield click.style("What was held", bold=True)
    yield _change(course.held, "before")
    told = [(one.at, _change(one, _clock(one.at, seconds=True))) for one in course.verdicts]
    for release in course.releases:
        told += _released(release, course)
    for blind in course.blind:
        told += _unseeing(blind, course)
    within = (line for at, line in sorted(told) if course.from_at <= at <= course.until)
    yield from within


def _change(verdict: Verdict, when: str) -> str:
    return _line(when, str(verdict.judgement), JUDGEMENTS[verdict.judgement][1], verdict.evidence)


def _released(release: Release, course: Course) -> Iterator[tuple[datetime, str]]:
    note = f": {release.note}" if release.note else ""
    yield _event(release.from_at, "release", "cyan", f"begins{note}")
    if release.marked:
        yield _event(release.until, "release", "cyan", "ends; failures and slowness count again")
    elif release.until < course.until:
        yield _event(release.until, "release", "cyan", "is taken for over; nobody marked its end")


def _unseeing(blind: Blind, course: Course) -> Iterator[tuple[datetime, str]]:
    words = f"no canary answers from {blind.location}: what fails from there counts for nothing"
    yield _event(blind.from_at, "blind", BLIND[1], words)
    if blind.until < course.until:
        yield _event(blind.until, "sees", BLIND[1], f"canaries answer from {blind.location} again")


def _event(at: datetime, what: str, colour: str, words: str) -> tuple[datetime, str]:
    return at, _line(_clock(at, seconds=True), what, colour, words)


def _line(when: str, what: str, colour: str, words: str) -> str:
    return f"  {when:<8}  {click.style(f'{what:<8}', fg=colour)}  {printable(words)}".rstrip()


def _notes(course: Course) -> Iterator[str]:
    if course.other_revision:
        yield (
            f"{course.other_revision:,} results answer another question than the check asks now"
            " and are left out."
        )


def _unknowable(course: Course) -> Iterator[str]:
    if course.unknowable:
        yield click.style("What cannot be known", bold=True)
        yield from (f"  {sentence}" for sentence in course.unknowable)


def _clock(at: datetime, *, date: bool = False, seconds: bool = False) -> str:
    form = f"{'%Y-%m-%d ' if date else ''}%H:%M{':%S' if seconds else ''}"
    return at.astimezone(UTC).strftime(form)
