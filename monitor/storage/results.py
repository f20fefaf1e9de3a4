"""How results and other signals become rows: some 25 bytes for a result that passed.

A row of `results` holds, beside its position:

- `series`: the number of check, location and revision;
- `at`: microseconds since 2030, so that six bytes do from 2025 to 2034;
- `code`: outcome + 4 if it is a recheck + 8 times the milliseconds for which it was known
  later than its latency explains;
- `latency`: tenths of a millisecond;
- `detail`: JSON, for what did not pass, carries a warning or brings a number.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import msgspec
from sqlite_utils import Database

from checks.model import VALUE, Outcome, Result
from incidents.signals import (
    Beat,
    DeployMarker,
    Gap,
    LocationState,
    Positioned,
    ReportSurge,
    Signal,
    Tick,
    Value,
)
from monitor.archive import Line
from monitor.storage.instants import from_microseconds, to_microseconds

BASE = datetime(2030, 1, 1, tzinfo=UTC)
_BASE = to_microseconds(BASE)
TENTHS_PER_SECOND = 10_000
_TENTH = 100
"""Microseconds in a tenth of a millisecond."""

OUTCOMES = (Outcome.PASS, Outcome.SLOW, Outcome.FAIL, Outcome.ERROR)
_RECHECK = 4
_LAG = 8

_CODES = {outcome: code for code, outcome in enumerate(OUTCOMES)}
_MILLISECOND = timedelta(milliseconds=1)
_TYPES: Mapping[str, type[Any]] = {
    "beat": Beat,
    "value": Value,
    "tick": Tick,
    "gap": Gap,
    "deploy": DeployMarker,
    "surge": ReportSurge,
    "location": LocationState,
}
_NAMES = {found: name for name, found in _TYPES.items()}


class Name(NamedTuple):
    """What a series is a series of."""

    check: str
    location: str
    revision: str


def name_of(result: Result) -> Name:
    """The series that a result belongs to."""
    return Name(result.check, result.location, result.revision)


class Detail(msgspec.Struct, omit_defaults=True, frozen=True):
    """What a row says only of results worth a closer look."""

    reason: str = ""
    phases: Mapping[str, float] = {}
    facts: Mapping[str, Any] = {}
    warnings: tuple[str, ...] = ()


_NOTHING = Detail()


class Book:
    """The numbers of series, as the writer knows them; a new one gets its number here."""

    def __init__(self) -> None:
        """Know none; each is looked up once."""
        self._known: dict[Name, int] = {}

    def number(self, database: Database, name: Name) -> int:
        """The number of a series."""
        found = self._known.get(name)
        if found is None:
            database.execute(
                "INSERT INTO series (check_id, location, revision) VALUES (?, ?, ?)"
                " ON CONFLICT DO NOTHING",
                name,
            )
            row = database.execute(
                "SELECT id FROM series WHERE check_id = ? AND location = ? AND revision = ?", name
            ).fetchone()
            found = self._known[name] = int(row[0])
        return found

    def forget(self) -> None:
        """Look all of them up again: some may have been undone."""
        self._known.clear()


def insert(database: Database, book: Book, signals: Sequence[Positioned]) -> None:
    """Write signals under their positions."""
    results: list[tuple[object, ...]] = []
    others: list[tuple[object, ...]] = []
    for item in signals:
        if isinstance(item.signal, Result):
            series = book.number(database, name_of(item.signal))
            results.append(_result_row(item.position, series, item.signal))
        else:
            others.append(_signal_row(item.position, item.signal))
    database.conn.executemany("INSERT INTO results VALUES (?, ?, ?, ?, ?, ?)", results)
    database.conn.executemany("INSERT INTO signals VALUES (?, ?, ?, ?)", others)


def rename(database: Database, book: Book, checks: Mapping[str, str]) -> None:
    """Let series belong to other checks, old to new.

    Where the new one has such a series already, the old one keeps apart under a revision that
    nobody asks by: latency is read over all series of a check.
    """
    known = database.execute(
        "SELECT id, check_id, revision FROM series"
        " WHERE check_id IN (SELECT value FROM json_each(?))",
        (json.dumps(list(checks)),),
    ).fetchall()
    for number, check, revision in known:
        changed = database.execute(
            "UPDATE OR IGNORE series SET check_id = ? WHERE id = ?", (checks[check], number)
        ).rowcount
        if not changed:
            database.execute(
                "UPDATE series SET check_id = ?, revision = ? WHERE id = ?",
                (checks[check], f"{revision}~{number}", number),
            )
    if known:
        book.forget()


_MERGED = """
    SELECT position, check_id, location, revision, r.at, code, latency, detail, NULL, NULL
    FROM results r JOIN series ON series.id = r.series WHERE position > :position
    UNION ALL
    SELECT position, NULL, NULL, NULL, at, NULL, NULL, NULL, type, data
    FROM signals WHERE position > :position
    ORDER BY position LIMIT :limit"""


def page(database: Database, position: int, limit: int) -> list[Positioned]:
    """The next signals after a position."""
    rows = database.execute(_MERGED, {"position": position, "limit": limit})
    return [Positioned(row[0], _signal(*row[1:])) for row in rows]


_LINES = f"""
    SELECT position, series, at + :base,
        at + :base + ifnull(latency, 0) * {_TENTH} + code / {_LAG} * 1000,
        latency / {TENTHS_PER_SECOND}.0, code & {_RECHECK} > 0, code % {_RECHECK}, detail
    FROM results WHERE position BETWEEN :first AND :last
        AND (:checks IS NULL OR series IN (
            SELECT id FROM series WHERE check_id IN (SELECT value FROM json_each(:checks))))
    ORDER BY position"""


def lines(database: Database, first: int, last: int, checks: Sequence[str] | None) -> list[Line]:
    """The results from one position to another, as they are packed; of these checks only."""
    wanted = None if checks is None else json.dumps(list(checks))
    given = {"base": _BASE, "first": first, "last": last, "checks": wanted}
    found: list[Line] = database.execute(_LINES, given).fetchall()
    return found


def unpacked(line: Line, name: Name) -> Result:
    """The result that a line of a series is."""
    _, _, at, known_at, seconds, recheck, outcome, detail = line
    more = msgspec.json.decode(detail, type=Detail) if detail else _NOTHING
    return Result(
        name.check, name.location, from_microseconds(at), from_microseconds(known_at),
        OUTCOMES[outcome], seconds, more.reason, more.phases, more.facts, more.warnings,
        bool(recheck), name.revision,
    )  # fmt: skip


def names(database: Database) -> dict[int, Name]:
    """What each series is a series of, by its number."""
    rows = database.execute("SELECT id, check_id, location, revision FROM series")
    return {number: Name(*name) for number, *name in rows}


def others(database: Database, first: int, last: int) -> list[Positioned]:
    """The signals but results from one position to another, without ticks."""
    rows = database.execute(
        "SELECT position, type, data FROM signals WHERE position BETWEEN ? AND ?"
        " AND type <> 'tick' ORDER BY position",
        (first, last),
    )
    return [
        Positioned(position, msgspec.json.decode(data, type=_TYPES[name]))
        for position, name, data in rows
    ]


def last_position(database: Database) -> int:
    """The highest position written, among rows that are still there or were summed up."""
    row = database.execute(
        "SELECT max((SELECT ifnull(max(position), 0) FROM results),"
        " (SELECT ifnull(max(position), 0) FROM signals),"
        " (SELECT ifnull(max(value), 0) FROM progress WHERE name IN ('states', 'rollups')))"
    ).fetchone()
    return int(row[0])


def _result_row(position: int, series: int, result: Result) -> tuple[object, ...]:
    latency = result.latency_seconds
    lag = result.known_at - result.at - timedelta(seconds=latency or 0.0)
    code = _CODES[result.outcome] + _RECHECK * result.recheck
    return (
        position,
        series,
        to_microseconds(result.at, BASE),
        code + _LAG * max(0, round(lag / _MILLISECOND)),
        None if latency is None else round(latency * TENTHS_PER_SECOND),
        _detail(result),
    )


def _detail(result: Result) -> str | None:
    if result.outcome is Outcome.PASS and not result.warnings and VALUE not in result.facts:
        return None
    detail = Detail(result.reason, result.phases, result.facts, result.warnings)
    return msgspec.json.encode(detail, enc_hook=str).decode()


def _signal_row(position: int, signal: Signal) -> tuple[object, ...]:
    data = msgspec.json.encode(signal).decode()
    return position, _NAMES[type(signal)], to_microseconds(signal.at), data


def _signal(
    check: str, location: str, revision: str, at: int, code: int, latency: int | None,
    detail: str | None, type_name: str | None, data: str,
) -> Signal:  # fmt: skip
    if type_name is not None:
        signal: Signal = msgspec.json.decode(data, type=_TYPES[type_name])
        return signal
    began = at + _BASE
    known_at = began + (latency or 0) * _TENTH + code // _LAG * 1000
    seconds = None if latency is None else latency / TENTHS_PER_SECOND
    packed = (0, 0, began, known_at, seconds, code & _RECHECK, code % _RECHECK, detail)
    return unpacked(packed, Name(check, location, revision))


def delete_before(database: Database, table: str, cutoff: int, position: int, limit: int) -> int:
    """Delete a slice of the oldest rows that are older than a cutoff; returns how many.

    Rows are nearly in the order of time, so the oldest lie at one end. None after the position
    is touched.
    """
    rows: Iterable[tuple[int, int]] = database.execute(
        f"SELECT position, at FROM {table} WHERE position <= ? ORDER BY position LIMIT ?",
        (position, limit),
    ).fetchall()
    last = 0
    for found, at in rows:
        if at >= cutoff:
            break
        last = found
    if not last:
        return 0
    return database.execute(f"DELETE FROM {table} WHERE position <= ?", (last,)).rowcount
