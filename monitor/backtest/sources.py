"""Where results to be replayed come from: what a service stored, or a file."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from checks.instants import MICROSECOND, from_microseconds, to_microseconds
from incidents.moves import moves
from incidents.policy import Policy
from incidents.signals import Signal, known_at
from monitor.archive import Archive, Slice
from monitor.backtest.files import moments, read
from monitor.backtest.packing import Packing

OUT_OF_ORDER = timedelta(hours=1)
"""Results may come later than others by this much; beyond it a file is not sorted."""

Step = tuple[int, Signal | Slice]
"""How far along the source is, in its own units, after a signal or a slice of results."""


class Unsorted(Exception):
    """A file goes back in time; says where."""


class Source(Protocol):
    """Signals in the order they came, read by each of several processes for its own checks."""

    @property
    def begins_at(self) -> datetime:
        """The instant from which checks wait for results."""
        ...

    @property
    def ends_at(self) -> datetime:
        """Until when time passes."""
        ...

    def checks(self) -> frozenset[str]:
        """Ids that there are results of, as far as that is known before they are read."""
        ...

    def size(self) -> int:
        """How far along `signals` is at its end."""
        ...

    def steps(self, policy: Policy) -> Iterator[Step]:
        """The signals for the checks and canaries of a policy, and perhaps for others."""
        ...


def names(policy: Policy) -> frozenset[str]:
    """The ids by which results of a policy's checks may be stored, earlier ones included."""
    earlier = {old for old, new in moves(policy).checks.items() if new in policy.checks}
    return frozenset(policy.checks) | frozenset(policy.canaries) | earlier


@dataclass(frozen=True, slots=True)
class Stored:
    """What a service stored between two instants; it may be running meanwhile."""

    open: Callable[[], Archive]
    begins_at: datetime
    ends_at: datetime

    def checks(self) -> frozenset[str]:
        """All that were ever stored."""
        with closing(self.open()) as archive:
            return archive.checks()

    def size(self) -> int:
        """The number of positions."""
        with closing(self.open()) as archive:
            return archive.size(self.begins_at, self.ends_at)

    def signals(self, policy: Policy) -> Iterator[tuple[int, Signal]]:
        """Results of these checks, and all other signals but ticks, one by one."""
        first = None
        with closing(self.open()) as archive:
            for kept in archive.signals(self.begins_at, self.ends_at, names(policy)):
                first = kept.position if first is None else first
                if self.begins_at <= known_at(kept.signal) <= self.ends_at:
                    yield kept.position - first + 1, kept.signal

    def steps(self, policy: Policy) -> Iterator[Step]:
        """The same in slices."""
        done = 0
        with closing(self.open()) as archive:
            for found in archive.slices(self.begins_at, self.ends_at, names(policy)):
                done += found.positions
                yield done, self._within(found)

    def _within(self, found: Slice) -> Slice:
        """The slice without what was known before the time in question, or after it."""
        first, last = to_microseconds(self.begins_at), to_microseconds(self.ends_at)
        lines = [line for line in found.lines if first <= line[3] <= last]
        others = [
            kept for kept in found.others if self.begins_at <= known_at(kept.signal) <= self.ends_at
        ]
        return replace(found, lines=lines, others=others)


@dataclass(frozen=True, slots=True)
class ResultsFile:
    """A file of results, one a line, the oldest first; `known` are all ids that mean something."""

    path: Path
    known: frozenset[str]
    begins_at: datetime
    ends_at: datetime

    def checks(self) -> frozenset[str]:
        """None are known before."""
        return frozenset()

    def size(self) -> int:
        """The file's bytes."""
        return self.path.stat().st_size

    def steps(self, policy: Policy) -> Iterator[Step]:
        """Results of these checks, and those that nobody knows.

        Raises:
            Unreadable: A line is not a result.
            Unsorted: A result is far older than one before it.
        """
        others, packing = self.known - names(policy), Packing(_revisions(policy))
        begins_at, ends_at = to_microseconds(self.begins_at), to_microseconds(self.ends_at)
        newest, late = begins_at, OUT_OF_ORDER // MICROSECOND
        for offset, rows in read(self.path, others):
            for line, row in rows:
                at, known_at = moments(row)
                if not begins_at <= known_at <= ends_at:
                    continue
                if known_at > newest:
                    newest = known_at
                elif known_at < newest - late:
                    raise Unsorted(
                        f"{self.path}:{line} is from {_said(known_at)}, a line before"
                        f" it from {_said(newest)}: sort the file by time."
                    )
                packing.add(row, at, known_at)
            if packing.full:
                yield offset, packing.taken()
        yield self.size(), packing.taken()


def _said(at: int) -> str:
    return f"{from_microseconds(at):%Y-%m-%d %H:%M:%S}"


def _revisions(policy: Policy) -> dict[str, str]:
    """Those of now: who hands us a file says that it answers today's questions."""
    found = {id: check.revision for id, check in {**policy.checks, **policy.canaries}.items()}
    return found | {old: found[new] for old, new in moves(policy).checks.items() if new in found}


def left_out(seen: Collection[str], policy: Policy) -> tuple[str, ...]:
    """Checks that there are results of, but that the policy does not have."""
    return tuple(sorted(name for name in set(seen) - names(policy) if not name.startswith("_")))
