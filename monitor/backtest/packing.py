"""Rows of a file packed as storage packs results, so that they are replayed as fast."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from checks.model import Outcome
from monitor.archive import PASSED, Line, Slice
from monitor.backtest.files import Row, result

AT_ONCE = 50_000
"""Rows of one slice."""

_OUTCOMES = {outcome: code for code, outcome in enumerate(Outcome)}
assert _OUTCOMES[Outcome.PASS] == PASSED


class _Series(NamedTuple):
    check: str
    location: str
    revision: str


class Packing:
    """Packs row after row, and hands them over in slices."""

    def __init__(self, revisions: Mapping[str, str]) -> None:
        """Take rows as answers to checks of these revisions."""
        self._revisions = revisions
        self._series: dict[tuple[str, str], int] = {}
        self._names: dict[int, _Series] = {}
        self._rows: list[Row] = []
        self._lines: list[Line] = []

    @property
    def full(self) -> bool:
        """Whether it is time to hand them over."""
        return len(self._rows) >= AT_ONCE

    def add(self, row: Row, at: int, known_at: int) -> None:
        """Pack one more, with its instants in microseconds since 1970."""
        series = self._series.get((row.check, row.location))
        if series is None:
            series = self._numbered(row.check, row.location)
        outcome = PASSED if row.outcome is Outcome.PASS else _OUTCOMES[row.outcome]
        more = row.reason or "".join(row.warnings) or None
        took, recheck = row.latency_seconds, row.recheck
        self._lines.append((len(self._rows), series, at, known_at, took, recheck, outcome, more))
        self._rows.append(row)

    def taken(self) -> Slice:
        """What was packed since the last time."""
        rows, lines, revisions = self._rows, self._lines, self._revisions
        self._rows, self._lines = [], []
        return Slice(
            len(lines), lines, (), self._names,
            lambda line: result(rows[line[0]], revisions.get(rows[line[0]].check, "")),
        )  # fmt: skip

    def _numbered(self, check: str, location: str) -> int:
        number = self._series[check, location] = len(self._series)
        self._names[number] = _Series(check, location, self._revisions.get(check, ""))
        return number
