"""Quiet answers of one check in a row: plain arithmetic on plain numbers, for speed.

`run` and all that it calls use only what a compiler of numbers knows, so that a replay may
run machine code made from the very same lines (`monitor/backtest/machine.py`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, MutableSequence, Sequence
from typing import NamedTuple

import msgspec

from incidents.detect.learned import burn, pace
from incidents.detect.learned.burn import Burn
from incidents.detect.learned.gather import rate_after_pass
from incidents.detect.learned.latency import REFUSED, Terms, timed
from incidents.detect.learned.pace import Course, Level
from incidents.detect.learned.rounds import earned
from incidents.detect.learned.shift import Drift
from incidents.detect.learned.tail import Tail

SECOND = 1_000_000
"""In microseconds."""
TOO_LATE = -1
"""What `woken` says where a tick finds silence."""


class Answers(NamedTuple):
    """Answers in the order in which they came, as columns; instants in microseconds since 1970.

    `clocks` are how far time had come when each is folded in, which is no earlier than any
    signal before it. Then come whether it passed without a warning, the number of its place,
    when it began and when it was known, the seconds that it took (NaN where there are none), and
    whether it was asked for on a suspicion.
    """

    clocks: Sequence[int]
    passed: Sequence[bool]
    places: Sequence[int]
    at: Sequence[int]
    known_at: Sequence[int]
    seconds: Sequence[float]
    rechecks: Sequence[bool]


class Counters(msgspec.Struct, gc=False):
    """What changes with each answer beside what is known of its time; instants as in `Answers`.

    No answer is quiet up to `hurry_until`, nor from `settles_at` on, in epoch seconds. `silence`
    is in microseconds. The burn of an error budget is counted only where there is an objective.
    """

    rate: float
    budget: float
    hurry_until: float
    settles_at: float
    objective: bool
    silence: int = 0
    heard: int = 0
    awaited: int = 0
    wake: int = 0


class Row(NamedTuple):
    """Everything that quiet answers change of a check as a whole."""

    counters: Counters
    course: Course
    drift: Drift
    tail: Tail
    burn: Burn


class Seen(NamedTuple):
    """What they change of each of its places: the level, and when the last answer began."""

    levels: Sequence[Level]
    latest: MutableSequence[float]


Run = Callable[[Row, Seen, Terms, Answers, int, int], int]
"""Takes in answers from one number on and before another; the number of the first it did not."""


def run(row: Row, seen: Seen, terms: Terms, answers: Answers, first: int, last: int) -> int:
    """Take in answers in a row, up to the first that is not quiet; the number of that."""
    counters, latest = row.counters, seen.latest
    for number in range(first, last):
        place, at, known_at = answers.places[number], answers.at[number], answers.known_at[number]
        wake = woken(counters, answers.clocks[number])
        if not answers.passed[number] or wake == TOO_LATE or known_at - at > counters.silence:
            return number
        began, now = min(at, known_at) / SECOND, known_at / SECOND
        if began <= latest[place] or not counters.hurry_until < now < counters.settles_at:
            return number
        seconds, planned = answers.seconds[number], not answers.rechecks[number]
        if not take(row, seen.levels[place], terms, place, began, seconds, planned=planned):
            return number
        latest[place] = began
        counters.wake, counters.heard = wake, known_at
        counters.awaited = max(counters.awaited, known_at)
    return last


def woken(counters: Counters, clock: int) -> int:
    """The next tick, if those until then found nothing: each only wishes for the next one."""
    wake, silent_at = counters.wake, counters.awaited + counters.silence
    while wake <= clock:
        if wake >= silent_at:
            return TOO_LATE
        wake = silent_at
    return wake


def take(
    row: Row, level: Level, terms: Terms, place: int, began: float, seconds: float, planned: bool,
) -> bool:  # fmt: skip
    """Take in one answer; False if it is not quiet, and then only the course has turned."""
    counters, course = row.counters, row.course
    if not math.isnan(seconds):
        pace.turn(course, began, quiet=True)
        above = timed(
            level, course, row.drift, row.tail, terms, place, began, seconds, planned=planned
        )
        if above == REFUSED:
            return False
    if planned:
        counters.rate = rate_after_pass(counters.rate)
        counters.budget = earned(counters.budget)
    if counters.objective:
        burn.count(row.burn, began, failed=False)
    return True
