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
        number = len(self._rows)
        self._rows.append(row)
        self._lines.append((
            number, self._number(row.check, row.location), at, known_at, row.latency_seconds,
            row.recheck, _OUTCOMES[row.outcome], row.reason or "".join(row.warnings) or None,
        ))  # fmt: skip

    def taken(self) -> Slice:
        """What was packed since the last time."""
        rows, lines, revisions = self._rows, self._lines, self._revisions
        self._rows, self._lines = [], []
        return Slice(
            len(lines), lines, (), self._names,
            lambda line: result(rows[line[0]], revisions.get(rows[line[0]].check, "")),
        )  # fmt: skip

    def _number(self, check: str, location: str) -> int:
        number = self._series.get((check, location))
        if number is None:
            number = self._series[check, location] = len(self._series)
            self._names[number] = _Series(check, location, self._revisions.get(check, ""))
        return number
