"""Results in a file: a JSON object a line (.jsonl, .ndjson), or CSV under a line of names."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from io import BytesIO
from itertools import compress
from operator import attrgetter, not_
from pathlib import Path
from typing import Annotated, Any, BinaryIO, NamedTuple

import msgspec
from msgspec import Meta

from checks.instants import from_microseconds, to_microseconds
from checks.model import Outcome, Result
from monitor.backtest.mistakes import misnamed, said, unread

LOCATION = "local"

_TAIL = 1 << 16
AT_ONCE = 1 << 20
"""Bytes that are read at once."""
_ROWS = 5_000
_check = attrgetter("check")
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


class Block(NamedTuple):
    """Some lines of a file: its bytes up to their end, and each one's number and what it says."""

    offset: int
    rows: Sequence[tuple[int, Row]]


def read(path: Path, others: Collection[str] = ()) -> Iterator[Block]:
    """The results in a file but those of some checks, in blocks of about a megabyte.

    Raises:
        Unreadable: A line is not a result, or the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            yield from _reader(path)(path, file, others)
    except OSError as error:
        raise Unreadable(f"{path} cannot be read: {error.strerror}.") from None


def span(path: Path) -> tuple[datetime, datetime] | None:
    """When the first and the last result were known; None if there is none.

    Raises:
        Unreadable: They are not results, or the file cannot be read.
    """
    first = next((row for block in read(path) for _, row in block.rows), None)
    if first is None:
        return None
    with path.open("rb") as file:
        head = [file.readline()] if path.suffix.lower() == ".csv" else []
        file.seek(max(file.tell(), path.stat().st_size - _TAIL))
        tail = [line for line in file.read().splitlines(keepends=True) if not line.isspace()]
    try:
        ended = BytesIO(b"".join([*head, *tail[-1:]]))
        *_, last = (row for block in _reader(path)(path, ended, ()) for _, row in block.rows)
    except Unreadable as error:
        raise Unreadable(f"{path}: its last line: {str(error).partition(': ')[2]}") from None
    return _within(path, first), _within(path, last)


def _within(path: Path, row: Row) -> datetime:
    """When a result was known, in a year in which there are results."""
    at, known_at = moments(row)
    day = row.at if isinstance(row.at, datetime) else from_microseconds(at)
    if not _YEARS[0] <= day.year <= _YEARS[1]:
        raise Unreadable(f"{path}: {day:%Y-%m-%d} is no day of results.")
    return from_microseconds(known_at)


def moments(row: Row) -> tuple[int, int]:
    """When a probe began, and its result was known, in microseconds since 1970.

    That is as it says, or when the answer was there; one that took a day must not make it
    tomorrow for all others.
    """
    at = _instant(row.at)
    if row.known_at is not None:
        return at, _instant(row.known_at)
    took = min(row.latency_seconds or 0.0, _LONGEST_SECONDS)
    return at, at + round(took * 1e6)


def _instant(given: datetime | float) -> int:
    """What an instant in a file means."""
    if isinstance(given, float):
        return round(given * 1e6)
    return to_microseconds(given if given.tzinfo else given.replace(tzinfo=UTC))


def result(row: Row, revision: str) -> Result:
    """The result in a row, as an answer to a check of that revision."""
    at, known_at = map(from_microseconds, moments(row))
    return Result(
        row.check, row.location, at, known_at, row.outcome, row.latency_seconds, row.reason,
        warnings=row.warnings, recheck=row.recheck, revision=revision,
    )  # fmt: skip


def _json_lines(path: Path, file: BinaryIO, others: Collection[str]) -> Iterator[Block]:
    decoder, offset, first = msgspec.json.Decoder(Row), 0, 1
    while lines := file.read(AT_ONCE) + file.readline():
        offset += len(lines)
        number = lines.count(b"\n") + (not lines.endswith(b"\n"))
        rows = _decoded_at_once(lines, decoder)
        if len(rows) == number:
            numbers: Sequence[int] = range(first, first + number)
        else:  # blank lines, or mistakes
            numbers, rows = _one_by_one(path, lines, first, decoder)
        if first == 1 and rows:
            raw = lines.split(b"\n", numbers[0])[numbers[0] - 1]
            _refuse(path, numbers[0], misnamed(_decoded(raw), _NAMES))
        first += number
        wanted = map(not_, map(others.__contains__, map(_check, rows)))
        yield Block(offset, [*compress(zip(numbers, rows, strict=True), wanted)])


def _decoded_at_once(lines: bytes, decoder: msgspec.json.Decoder[Row]) -> list[Row]:
    try:
        return decoder.decode_lines(lines)
    except msgspec.DecodeError:
        return []


def _one_by_one(
    path: Path, lines: bytes, first: int, decoder: msgspec.json.Decoder[Row]
) -> tuple[list[int], list[Row]]:
    """The numbers of lines that are not blank, and what each says."""
    numbers: list[int] = []
    rows: list[Row] = []
    for number, raw in enumerate(lines.split(b"\n"), first):
        if not raw or raw.isspace():
            continue
        try:
            rows.append(decoder.decode(raw))
        except msgspec.ValidationError as error:
            raise Unreadable(f"{path}:{number}: {said(error, _decoded(raw))}") from None
        except msgspec.DecodeError as error:
            raise Unreadable(f"{path}:{number}: {unread(error, raw)}") from None
        numbers.append(number)
    return numbers, rows


def _decoded(raw: bytes) -> Mapping[str, Any]:
    try:
        found = msgspec.json.decode(raw)
    except msgspec.DecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def _refuse(path: Path, number: int, mistake: str) -> None:
    if mistake:
        raise Unreadable(f"{path}:{number}: {mistake}")


def _comma_separated(path: Path, file: BinaryIO, others: Collection[str]) -> Iterator[Block]:
    offset = 0

    def decoded() -> Iterator[str]:
        nonlocal offset
        for raw in file:
            offset += len(raw)
            yield raw.decode("utf-8-sig")

    table, given = csv.DictReader(decoded()), dict[str, Any]()
    rows: list[tuple[int, Row]] = []
    try:
        _refuse(path, 1, misnamed(table.fieldnames or _REQUIRED, _NAMES, _REQUIRED))
        for cells in table:
            if cells["check"] in others:
                continue
            given = _given(cells)
            rows.append((table.line_num, msgspec.convert(given, Row, strict=False)))
            if len(rows) == _ROWS:
                yield Block(offset, rows)
                rows = []
    except msgspec.ValidationError as error:
        raise Unreadable(f"{path}:{table.line_num}: {said(error, given)}") from None
    except UnicodeDecodeError:
        raise Unreadable(f"{path}:{table.line_num + 1}: this is not UTF-8.") from None
    except csv.Error as error:
        raise Unreadable(f"{path}:{table.line_num}: {error}.") from None
    yield Block(offset, rows)


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
_Reader = Callable[[Path, BinaryIO, Collection[str]], Iterator[Block]]
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
