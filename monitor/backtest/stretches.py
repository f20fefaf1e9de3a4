"""A slice of results, of which those that are quiet are folded in ahead of their turn.

A quiet answer changes nothing but what is known of its own check. So the answers of one check
are folded in one after another, as they are packed, up to the first that is not quiet; and
whatever is not is unpacked, and folded in when its turn comes among those of all checks.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import itemgetter
from typing import Protocol

from checks.instants import from_microseconds
from incidents.detect.learned.quiet import Passed
from incidents.signals import Beat, Positioned, Signal, Value
from monitor.archive import PASSED, Line, Series, Slice

_position = itemgetter(0)


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

    def ahead(self, check: str, answers: Sequence[Passed | None], first: int) -> int:
        """Fold in the answers of a check from the first on that are quiet; how many these are."""
        ...

    def feed(self, signal: Signal, clock: datetime | None = None) -> None:
        """Let the time pass until a signal was known, or to where the clock is, and fold it in."""
        ...

    @property
    def watched(self) -> bool:
        """Whether it matters of a result that was folded in ahead when its turn comes."""
        ...

    def pass_by(self, found: Slice, line: Line, clock: int) -> None:
        """Come by a result that was folded in ahead; it may let others through."""
        ...


@dataclass(slots=True)
class _Queue:
    """The answers of one check, None for each that did not pass, and on which lines they are.

    `done` of them are folded in.
    """

    check: str
    answers: list[Passed | None] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
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
        queues, ahead = self._queued(found, lines), bytearray(len(lines))
        for number, line in enumerate(lines):
            self._clock = max(self._clock, line[3])
            if ahead[number]:
                if folder.watched:
                    folder.pass_by(found, line, self._clock)
                continue
            while reports and reports[0].position < line[0]:
                folder.feed(reports.popleft().signal)
            queue = queues.get(line[1])
            if queue is None or not self._run(queue, ahead):
                folder.feed(found.result(line), from_microseconds(self._clock))
        while reports:
            folder.feed(reports.popleft().signal)

    def _run(self, queue: _Queue, ahead: bytearray) -> int:
        """Fold in what is quiet of a check from its next line on; how many lines that are."""
        first, taken = queue.done, 0
        if queue.answers[first] is not None and not self._folder.holding:
            taken = self._folder.ahead(queue.check, queue.answers, first)
        queue.done += max(taken, 1)
        for line in queue.lines[first : first + taken]:
            ahead[line] = True
        return taken

    def _queued(self, found: Slice, lines: Sequence[Line]) -> Mapping[int, _Queue]:
        """For each series that may be quiet the queue of its check."""
        queues: dict[str, _Queue] = {}
        by_series: dict[int, tuple[_Queue, int]] = {}
        for number, series in found.series.items():
            judged = self._folder.judged(series)
            if judged is not None:
                check, place = judged
                by_series[number] = queues.setdefault(check, _Queue(check)), place
        clock = self._clock
        for number, (_, one, at, known_at, seconds, recheck, outcome, more) in enumerate(lines):
            if known_at > clock:
                clock = known_at
            target = by_series.get(one)
            if target is None:
                continue
            queue, place = target
            quiet = outcome == PASSED and more is None
            passed = (clock, place, at, known_at, seconds, bool(recheck)) if quiet else None
            queue.answers.append(passed)
            queue.lines.append(number)
        return {number: queue for number, (queue, _) in by_series.items()}
