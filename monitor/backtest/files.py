"""Results in a file: a JSON object a line (.jsonl, .ndjson), or CSV under a line of names."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from checks.model import Outcome, Result
from monitor.backtest.mistakes import misnamed, said, unread

LOCATION = "local"

_TAIL = 1 << 16
_LONGEST_SECONDS = 60.0
"""Nobody waits longer for an answer."""
_YEARS = 1970, 2999


class Unreadable(Exception):
    """A line is not a result; says which and why."""


UnixSeconds = Annotated[float, Meta(ge=0, lt=1e11)]
"""Whoever writes milliseconds is told so."""
Latency = Annotated[float, Meta(ge=0, le=1e8)]


class Row(msgspec.Struct, gc=False):
    """What a line may say; `at` and `known_at` in ISO 8601 (UTC unless it says) or Unix seconds."""

    check: str
    at: datetime | UnixSeconds
    outcome: Outcome
    location: str = LOCATION
    latency_seconds: Latency | None = None
    known_at: datetime | UnixSeconds | None = None
    reason: str = ""
    recheck: bool = False
    warnings: tuple[str, ...] = ()


Line = tuple[int, int, Row]
"""The number of a line, the bytes up to its end, and what it says."""


def read(path: Path) -> Iterator[Line]:
    """The results in a file, line by line.

    Raises:
        Unreadable: A line is not a result, or the file cannot be read.
    """
    try:
        with path.open("rb") as lines:
            yield from _reader(path)(path, lines)
    except OSError as error:
        raise Unreadable(f"{path} cannot be read: {error.strerror}.") from None


def span(path: Path) -> tuple[datetime, datetime] | None:
    """When the first and the last result were known; None if there is none.

    Raises:
        Unreadable: They are not results, or the file cannot be read.
    """
    first = next(read(path), None)
    if first is None:
        return None
    with path.open("rb") as file:
        head = [file.readline()] if path.suffix.lower() == ".csv" else []
        file.seek(max(file.tell(), path.stat().st_size - _TAIL))
        tail = [line for line in file.read().splitlines(keepends=True) if not line.isspace()]
    try:
        *_, last = _reader(path)(path, [*head, *tail[-1:]])
    except Unreadable as error:
        raise Unreadable(f"{path}: its last line: {str(error).partition(': ')[2]}") from None
    for _, _, row in (first, last):
        if not _YEARS[0] <= instant(row.at).year <= _YEARS[1]:
            raise Unreadable(f"{path}: {instant(row.at):%Y-%m-%d} is no day of results.")
    return known_at(first[2]), known_at(last[2])


def known_at(row: Row) -> datetime:
    """When a result was known: as it says, or when the answer was there.

    An answer that took a day must not make it tomorrow for all others.
    """
    if row.known_at is not None:
        return instant(row.known_at)
    took = min(row.latency_seconds or 0.0, _LONGEST_SECONDS)
    return instant(row.at) + timedelta(seconds=took)


def instant(given: datetime | float) -> datetime:
    """What an instant in a file means."""
    if not isinstance(given, datetime):
        return datetime.fromtimestamp(given, UTC)
    return given if given.tzinfo else given.replace(tzinfo=UTC)


def result(row: Row, revision: str) -> Result:
    """The result in a row, as an answer to a check of that revision."""
    return Result(
        row.check, row.location, instant(row.at), known_at(row), row.outcome,
        row.latency_seconds, row.reason, warnings=row.warnings, recheck=row.recheck,
        revision=revision,
    )  # fmt: skip


def _json_lines(path: Path, lines: Iterable[bytes]) -> Iterator[Line]:
    decoder = msgspec.json.Decoder(Row)
    offset = named = 0
    for number, raw in enumerate(lines, 1):
        offset += len(raw)
        if raw.isspace():
            continue
        try:
            row = decoder.decode(raw)
        except msgspec.ValidationError as error:
            raise Unreadable(f"{path}:{number}: {said(error, _decoded(raw))}") from None
        except msgspec.DecodeError as error:
            raise Unreadable(f"{path}:{number}: {unread(error, raw)}") from None
        if not named:
            named = number
            _refuse(path, number, misnamed(_decoded(raw), _NAMES))
        yield number, offset, row


def _decoded(raw: bytes) -> Mapping[str, Any]:
    try:
        found = msgspec.json.decode(raw)
    except msgspec.DecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def _refuse(path: Path, number: int, mistake: str) -> None:
    if mistake:
        raise Unreadable(f"{path}:{number}: {mistake}")


def _comma_separated(path: Path, lines: Iterable[bytes]) -> Iterator[Line]:
    offset = 0

    def decoded() -> Iterator[str]:
        nonlocal offset
        for raw in lines:
            offset += len(raw)
            yield raw.decode("utf-8-sig")

    table, given = csv.DictReader(decoded()), dict[str, Any]()
    try:
        _refuse(path, 1, misnamed(table.fieldnames or _REQUIRED, _NAMES, _REQUIRED))
        for cells in table:
            given = _given(cells)
            yield table.line_num, offset, msgspec.convert(given, Row, strict=False)
    except msgspec.ValidationError as error:
        raise Unreadable(f"{path}:{table.line_num}: {said(error, given)}") from None
    except UnicodeDecodeError:
        raise Unreadable(f"{path}:{table.line_num + 1}: this is not UTF-8.") from None
    except csv.Error as error:
        raise Unreadable(f"{path}:{table.line_num}: {error}.") from None


def _given(cells: Mapping[str | None, Any]) -> dict[str, Any]:
    """The cells that are not empty; several warnings are parted by semicolons.

    Other programs write NaN where there is no latency.
    """
    found: dict[str, Any] = {name: cell for name, cell in cells.items() if name and cell}
    if found.get("latency_seconds", "").lower() == "nan":
        del found["latency_seconds"]
    if "warnings" in found:
        found["warnings"] = [text.strip() for text in found["warnings"].split(";")]
    for name in ("at", "known_at"):
        if _NUMBER.fullmatch(found.get(name, "")):
            found[name] = float(found[name])
    return found


_NUMBER = re.compile(r"\d+(\.\d*)?")
_NAMES = Row.__struct_fields__
_REQUIRED = ("check", "at", "outcome")
_Reader = Callable[[Path, Iterable[bytes]], Iterator[Line]]
_READERS: Mapping[str, _Reader] = {
    ".jsonl": _json_lines,
    ".ndjson": _json_lines,
    ".csv": _comma_separated,
}


def _reader(path: Path) -> _Reader:
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise Unreadable(f"{path}: the name of a file of results ends in .jsonl, .ndjson or .csv.")
    return reader
