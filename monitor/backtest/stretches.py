"""A slice of results, of which those that are quiet are folded in ahead of their turn.

A quiet answer changes nothing but what is known of its own check. So the answers of one check
are folded in one after another, as they are packed, up to the first that is not quiet; and
whatever is not is unpacked, and folded in when its turn comes among those of all checks.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from heapq import heapify, heappop, heapreplace
from itertools import accumulate
from operator import itemgetter
from typing import Protocol

from checks.instants import from_microseconds
from incidents.detect.learned.row import Answers, Run
from incidents.detect.learned.row import run as one_by_one
from incidents.signals import Beat, Positioned, Signal, Value
from monitor.archive import PASSED, Line, Series, Slice

_position, _series, _known_at = itemgetter(0), itemgetter(1), itemgetter(3)


class Folder(Protocol):
    """Who folds."""

    def pass_until(self, until: datetime) -> None:
        """Let the time pass until an instant."""
        ...

    @property
    def holding(self) -> bool:
        """Whether failures wait to be let through, which any result may do."""
        ...

    def judged(self, series: Series) -> tuple[str, int] | None:
        """Of which check a series is, and the number of its location, if any may be quiet."""
        ...

    def runner(self, answers: Answers) -> Run:
        """How answers are run through, again and again."""
        ...

    def ahead(self, check: str, answers: Answers, first: int, run: Run) -> int:
        """Fold in the answers of a check from the first on that are quiet; how many these are."""
        ...

    def feed(self, signal: Signal, clock: datetime | None = None) -> None:
        """Let the time pass until a signal was known, or to where the clock is, and fold it in."""
        ...

    def pass_by(self, found: Slice, line: Line, clock: int) -> None:
        """Come by a result that was folded in ahead; it may let others through."""
        ...


@dataclass(slots=True)
class _Queue:
    """The lines of one check, by their numbers, of which some are done.

    Of a check whose answers may be quiet there are these, too, and how they are run through.
    """

    lines: Sequence[int]
    check: str = ""
    answers: Answers | None = None
    run: Run = one_by_one
    done: int = 0


class Stretches:
    """Feeds slices to a folder."""

    def __init__(self, folder: Folder) -> None:
        """Begin before the first of them."""
        self._folder = folder
        self._clock = 0

    def feed(self, found: Slice) -> None:
        """Fold a slice in."""
        begin, reports = 0, deque[Positioned]()
        for other in found.others:
            if isinstance(other.signal, Beat | Value):
                reports.append(other)
                continue
            end = bisect_left(found.lines, other.position, begin, key=_position)
            self._feed(found, found.lines[begin:end], reports)
            self._folder.feed(other.signal)
            begin = end
        self._feed(found, found.lines[begin:], reports)
        self._folder.pass_until(from_microseconds(self._clock))

    def _feed(self, found: Slice, lines: Sequence[Line], reports: deque[Positioned]) -> None:
        """Fold lines in, and reports in their turn, which only concern checks of their own."""
        folder = self._folder
        clocks = [*accumulate(map(_known_at, lines), max, initial=self._clock)][1:]
        passed = 0
        for number, queue in _turns(self._queues(found, lines, clocks)):
            while reports and reports[0].position < lines[number][0]:
                folder.feed(reports.popleft().signal)
            while folder.holding and passed < number:
                folder.pass_by(found, lines[passed], clocks[passed])
                passed += 1
            passed = number + 1
            taken = self._ahead(queue)
            if not taken:
                folder.feed(found.result(lines[number]), from_microseconds(clocks[number]))
            queue.done += taken or 1
        while reports:
            folder.feed(reports.popleft().signal)
        self._clock = clocks[-1] if clocks else self._clock

    def _ahead(self, queue: _Queue) -> int:
        """Fold in what is quiet of a check from its next line on; how many lines that are."""
        if queue.answers is None or not queue.answers.passed[queue.done] or self._folder.holding:
            return 0
        return self._folder.ahead(queue.check, queue.answers, queue.done, queue.run)

    def _queues(
        self, found: Slice, lines: Sequence[Line], clocks: Sequence[int]
    ) -> Iterator[_Queue]:
        """A queue for each check that may be quiet, and one for all that is not judged so."""
        by_series: dict[int, list[int]] = defaultdict(list)
        for number, series in enumerate(map(_series, lines)):
            by_series[series].append(number)
        rest: list[int] = []
        places: dict[str, dict[int, int]] = defaultdict(dict)
        for series, numbers in by_series.items():
            judged = self._folder.judged(found.series[series])
            if judged is None:
                rest += numbers
            else:
                places[judged[0]][series] = judged[1]
        for check, of_series in places.items():
            numbers = sorted(number for series in of_series for number in by_series[series])
            answers = _answers([lines[number] for number in numbers], of_series)._replace(
                clocks=[clocks[number] for number in numbers]
            )
            yield _Queue(numbers, check, answers, self._folder.runner(answers))
        if rest:
            yield _Queue(sorted(rest))


def _answers(lines: Sequence[Line], places: Mapping[int, int]) -> Answers:
    """The columns of a check's lines."""
    _, series, at, known_at, seconds, rechecks, outcomes, more = zip(*lines, strict=True)
    passed = [
        outcome == PASSED and detail is None for outcome, detail in zip(outcomes, more, strict=True)
    ]
    took = [math.nan if one is None else one for one in seconds]
    return Answers((), passed, [places[one] for one in series], at, known_at, took, rechecks)


def _turns(queues: Iterator[_Queue]) -> Iterator[tuple[int, _Queue]]:
    """The next line that is not done, of all queues, again and again; with its queue."""
    waiting = [(queue.lines[0], number, queue) for number, queue in enumerate(queues)]
    heapify(waiting)
    while waiting:
        line, number, queue = waiting[0]
        yield line, queue
        if queue.done < len(queue.lines):
            heapreplace(waiting, (queue.lines[queue.done], number, queue))
        else:
            heappop(waiting)
