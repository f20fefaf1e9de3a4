"""Quiet answers folded in by machine code, made by numba from the very lines that run elsewhere.

Making it takes seconds, and saves more on a million results. Without the extra `fast`, which
brings numba, Python runs these lines, with the same outcome in every bit.
"""

from __future__ import annotations

import dis
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from inspect import isfunction, ismodule
from types import CodeType, FunctionType, ModuleType
from typing import Any

import msgspec

from incidents.detect.learned import row
from incidents.detect.learned.latency import Terms
from incidents.detect.learned.row import Answers, Row, Run, Seen

WORTH_MAKING = 1_500_000
"""Results in one process below which the code takes longer to make than it saves."""

_OURS = "incidents.detect.learned."
_COLUMNS = "i8", "?", "i8", "i8", "i8", "f8", "?"
"""Of what type the columns of answers are."""
_KINDS = {float: "f8", int: "i8", bool: "?"}


def worth_making(results: int, processes: int) -> bool:
    """Whether machine code would save time on so many results."""
    return results >= WORTH_MAKING * processes


def available() -> bool:
    """Whether numba is installed."""
    return find_spec("numba") is not None


class Machine:
    """Runs answers as `row.run` does, in machine code."""

    def __init__(self) -> None:
        """Load numba; the code is made when it is first needed, once for a number of places."""
        self._numpy = import_module("numpy")
        self._code = _compiled(row.run, import_module("numba").njit, {})
        self._tables: dict[int, _Tables] = {}

    def runner(self, answers: Answers) -> Run:
        """What runs through these answers, which it packs when it is first asked to."""
        packed: Answers | None = None

        def run(row: Row, seen: Seen, terms: Terms, _: Answers, first: int, last: int) -> int:
            nonlocal packed
            if packed is None:
                packed = Answers(*map(self._numpy.array, answers, _COLUMNS))
            return self._run(row, seen, terms, packed, first, last)

        return run

    def _run(
        self, found: Row, seen: Seen, terms: Terms, answers: Answers, first: int, last: int
    ) -> int:
        """As `row.run`."""
        tables = self._tables.get(len(seen.levels))
        if tables is None:
            tables = self._tables[len(seen.levels)] = _Tables(self._numpy, found, seen)
        tables.load(found, seen)
        end = self._code(tables.row, tables.seen, terms, answers, first, last)
        tables.store(found, seen)
        return int(end)


# What a row keeps, as numba takes it ----------------------------------------------------------


class _Table:
    """The numbers of some structs of one type, one after another."""

    def __init__(self, numpy: ModuleType, sample: msgspec.Struct, rows: int = 1) -> None:
        fields = msgspec.structs.fields(sample)
        self._names = [field.name for field in fields]
        kept = [(field.name, _type(field.type, getattr(sample, field.name))) for field in fields]
        self.rows = numpy.zeros(rows, numpy.dtype(kept, align=True))

    def load(self, struct: msgspec.Struct, number: int = 0) -> None:
        """Take over what a struct holds."""
        self.rows[number] = msgspec.structs.astuple(struct)

    def store(self, struct: msgspec.Struct, number: int = 0) -> None:
        """Set a struct to what is held."""
        for name, value in zip(self._names, self.rows.item(number), strict=True):
            setattr(struct, name, value if isinstance(value, float | int) else _column(value))


def _type(kind: Any, value: Any) -> str | tuple[str, int]:
    """Of what type a number is, or the numbers are that a field holds."""
    if isinstance(value, bytearray):
        return "u1", len(value)
    return ("f8", len(value)) if isinstance(value, list) else _KINDS[kind]


def _column(values: Any) -> list[float] | bytearray:
    return bytearray(values) if values.dtype == "u1" else values.tolist()


class _Tables:
    """All structs of a row, used again for each row of so many places."""

    def __init__(self, numpy: ModuleType, row: Row, seen: Seen) -> None:
        self._parts = [_Table(numpy, part) for part in row]
        self._levels = _Table(numpy, seen.levels[0], len(seen.levels))
        self.row = Row(*(part.rows[0] for part in self._parts))
        self._latest = numpy.zeros(len(seen.latest))
        self.seen = Seen(self._levels.rows, self._latest)

    def load(self, row: Row, seen: Seen) -> None:
        """Take over what a row holds."""
        for table, part in zip(self._parts, row, strict=True):
            table.load(part)
        for number, level in enumerate(seen.levels):
            self._levels.load(level, number)
        self._latest[:] = seen.latest

    def store(self, row: Row, seen: Seen) -> None:
        """Set a row to what is held."""
        for table, part in zip(self._parts, row, strict=True):
            table.store(part)
        for number, level in enumerate(seen.levels):
            self._levels.store(level, number)
        seen.latest[:] = self._latest.tolist()


# Making the code ------------------------------------------------------------------------------

_Function = Callable[..., Any]
_Compile = Callable[[_Function], Any]
_Made = dict[_Function, Any]


def _compiled(function: _Function, compile: _Compile, made: _Made) -> Any:
    """A function, and those of ours that it calls, as machine code."""
    if function not in made:
        known = {
            name: _known(function.__globals__[name], function, compile, made)
            for name in _globals(function.__code__)
            if name in function.__globals__
        }
        made[function] = compile(FunctionType(function.__code__, known, function.__name__))
    return made[function]


def _globals(code: CodeType) -> set[str]:
    """The names that code looks up in its module, within comprehensions, too."""
    found = {step.argval for step in dis.get_instructions(code) if step.opname == "LOAD_GLOBAL"}
    inner = (_globals(const) for const in code.co_consts if isinstance(const, CodeType))
    return found.union(*inner)


def _known(value: Any, user: _Function, compile: _Compile, made: _Made) -> Any:
    """What a function finds under a name: code of ours is to be machine code, too."""
    if isfunction(value) and value.__module__.startswith(_OURS):
        return _compiled(value, compile, made)
    if ismodule(value) and value.__name__.startswith(_OURS):
        module = ModuleType(value.__name__)
        for name in vars(value).keys() & set(user.__code__.co_names):
            setattr(module, name, _known(getattr(value, name), user, compile, made))
        return module
    return value
