"""The timetable of one location: which probe is due when, worked out without clock or chance.

Every check has its slots on a fixed grid: the Unix epoch, plus a phase from the hash of its
id, plus the location's share of the interval, plus n intervals. Slots therefore never drift,
checks spread over their interval by themselves, and a restart or another process keeps the
same rhythm. Instants come from the anchored `Clock`; `realign` is for when that was stepped.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heapify, heappop, heappush, heapreplace
from typing import NamedTuple

from checks.instants import MICROSECOND, from_microseconds, to_microseconds
from checks.model import Check, ProbeRequest

FIRST_PROBES_PER_SECOND = 500
"""How fast new checks get their first probe, ahead of their grid: soon, but no stampede."""

_GONE_AT_MOST = 3
"""How many entries for each line there may be before those that are void are sorted out."""

_SECOND = 1_000_000


class _Entry(NamedTuple):
    """One probe to come: when, of which check, and a recheck's timeout (0: a regular one).

    All in microseconds, so that no rounding adds up. An entry is void once its check's line
    is of another draft: it stays where it is until it would be due.
    """

    due: int
    check: str
    recheck: int
    draft: int


@dataclass(frozen=True, slots=True)
class _Line:
    """A check as the timetable has it: its grid, and what makes it another question."""

    interval: int
    offset: int
    hash: int
    revision: str
    draft: int = field(compare=False)

    def slot_from(self, instant: int) -> int:
        """The first slot on the grid at or after an instant."""
        return instant + (self.offset - instant) % self.interval


class Draft(NamedTuple):
    """What a timetable is going to hold, and the entries of those lines that are new in it."""

    number: int
    lines: dict[str, _Line]
    timeouts: dict[str, timedelta]
    entries: list[_Entry]


class Timetable:
    """What is due at one location; each check stands in it once, however late we are."""

    def __init__(self, location: str) -> None:
        """Start empty."""
        self.location = location
        self.skipped = 0
        """Regular probes left out so far, since their successor was due, too."""
        self._draft = 0
        self._lines: dict[str, _Line] = {}
        self._timeouts: dict[str, timedelta] = {}
        self._entries: list[_Entry] = []

    def __len__(self) -> int:
        return len(self._lines)

    def replace(self, checks: Iterable[Check], now: datetime) -> None:
        """Take over these checks; an unchanged one keeps its timers.

        What is new or asks something else is probed within moments, what has only another
        rhythm goes on in that.
        """
        self.take_over(self.drafted(checks, now))

    def drafted(self, checks: Iterable[Check], now: datetime) -> Draft:
        """These checks as they will stand in the table; may be worked out in another thread."""
        number = self._draft + 1
        here = [check for check in checks if self.location in check.locations]
        lines: dict[str, _Line] = {}
        for check in here:
            line, known = self._line(check, number), self._lines.get(check.id)
            lines[check.id] = known if known == line else line
        entries = list(self._changed_entries(lines, number, to_microseconds(now)))
        return Draft(number, lines, {check.id: check.timeout for check in here}, entries)

    def take_over(self, draft: Draft) -> None:
        """Do as `replace` does with what was drafted since the last time.

        The work is that of the lines that changed: what is void of the others stays until due.
        """
        self._draft, self._lines, self._timeouts, entered = draft
        if len(self._entries) > _GONE_AT_MOST * len(self._lines):
            self._entries = [entry for entry in self._entries if self._holds(entry)]
        self._entries += entered
        heapify(self._entries)

    def realign(self, now: datetime) -> None:
        """Start over from `now`, after a stop or a step of the clock.

        What was missed meanwhile is counted and left out; every check is probed soon, at the
        pace of new ones.
        """
        instant = to_microseconds(now)
        self.skipped += sum(
            max(0, instant - entry.due) // self._lines[entry.check].interval
            for entry in self._entries
            if not entry.recheck and self._holds(entry)
        )
        self._entries = list(_first_entries(self._lines, instant))
        heapify(self._entries)

    def expedite(self, check: str, at: datetime, timeout: timedelta | None = None) -> None:
        """Probe a check once more at an instant; its regular slots stay as they are.

        A check that is not here (any more) is passed over.
        """
        if check in self._lines:
            recheck = (timeout or self._timeouts[check]) // MICROSECOND
            draft = self._lines[check].draft
            heappush(self._entries, _Entry(to_microseconds(at), check, recheck, draft))

    def next_at(self) -> datetime | None:
        """When the next probe is due; None when there is nothing to do."""
        entry = self._next()
        return from_microseconds(entry.due) if entry else None

    def pop_due(self, now: datetime, limit: int | None = None) -> list[ProbeRequest]:
        """Take what is due, the most overdue first, and enter what follows.

        A check that is late by more than its interval is probed once, not once per slot
        missed; the others count as skipped.
        """
        until = to_microseconds(now)
        entries = self._entries
        due: list[ProbeRequest] = []
        while (entry := self._next()) and entry.due <= until and len(due) != limit:
            if entry.recheck:
                heappop(entries)
            else:
                heapreplace(entries, self._following(entry, until))
            due.append(self._request(entry))
        return due

    def _next(self) -> _Entry | None:
        """The first entry that is not void; those before it are dropped."""
        entries = self._entries
        while entries and not self._holds(entries[0]):
            heappop(entries)
        return entries[0] if entries else None

    def _holds(self, entry: _Entry) -> bool:
        line = self._lines.get(entry.check)
        return line is not None and line.draft == entry.draft

    def _following(self, entry: _Entry, now: int) -> _Entry:
        line = self._lines[entry.check]
        self.skipped += (now - entry.due) // line.interval
        # A first probe is off the grid: half an interval keeps the next from coming at once.
        slot = line.slot_from(max(entry.due + line.interval // 2, now + 1))
        return _Entry(slot, entry.check, 0, line.draft)

    def _request(self, entry: _Entry) -> ProbeRequest:
        timeout = (
            timedelta(microseconds=entry.recheck) if entry.recheck else self._timeouts[entry.check]
        )
        return ProbeRequest(
            entry.check, self.location, from_microseconds(entry.due), timeout, entry.recheck > 0
        )

    def _line(self, check: Check, draft: int) -> _Line:
        interval = check.interval // MICROSECOND
        hashed = int.from_bytes(hashlib.blake2b(check.id.encode(), digest_size=8).digest())
        stagger = check.locations.index(self.location) * interval // len(check.locations)
        offset = (hashed * interval >> 64) + stagger
        return _Line(interval, offset, hashed, check.revision, draft)

    def _changed_entries(
        self, lines: Mapping[str, _Line], draft: int, now: int
    ) -> Iterator[_Entry]:
        """The entries of the lines that this draft brings."""
        new: dict[str, _Line] = {}
        for check, line in lines.items():
            known = self._lines.get(check)
            if known is None or known.revision != line.revision:
                new[check] = line
            elif line.draft == draft:
                yield _Entry(line.slot_from(now), check, 0, draft)
        yield from _first_entries(new, now)


def _first_entries(lines: Mapping[str, _Line], now: int) -> Iterator[_Entry]:
    """Each line's first probe: within a window by its hash, or on its grid if that is sooner.

    Where the window would be as long as the interval, the grid alone spreads them.
    """
    window = len(lines) * _SECOND // FIRST_PROBES_PER_SECOND
    for check, line in lines.items():
        slot = line.slot_from(now)
        early = now + (line.hash * window >> 64) if window < line.interval else slot
        yield _Entry(min(early, slot), check, 0, line.draft)
