"""The expectation `json`: values in a JSON body, found by JSONPath (RFC 9535)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import islice
from typing import Annotated, Any

import msgspec

from checks.expectations import stated_as, together
from checks.expectations_value import parse_number
from checks.limits import hold, limits_in_words
from checks.model import Expectation, Finding, Observation
from checks.patterns import Pattern, parse_pattern
from checks.settings import Shaped, Written
from checks.words import excerpt, quoted

_MOST_NODES = 10_000
_TESTS = ("above", "below", "equals", "matches", "exists")
_MISSING = object()


@dataclass(frozen=True, slots=True)
class Value:
    """A test of one JSON value; what is not given is not tested."""

    equals: Any = _MISSING
    above: float | None = None
    below: float | None = None
    matches: Pattern | None = None
    exists: bool = True

    def holds(self, value: object) -> bool:
        """Whether a value passes; a limit holds of numbers only, a pattern of text only."""
        return (
            (self.equals is _MISSING or _equal(value, self.equals))
            and _is_within(value, self.above, self.below)
            and (self.matches is None or _is_match(value, self.matches))
        )

    def __str__(self) -> str:
        """The test in words."""
        if not self.exists:
            return "missing"
        words = [] if self.equals is _MISSING else [_shown(self.equals)]
        words.append(limits_in_words(self.above, self.below, "{:g}".format))
        words += [stated_as(self.matches)] if self.matches else []
        return " and ".join(filter(None, words)) or "present"


@dataclass(frozen=True, slots=True)
class Json:
    """The path selects at least one value, and all that it selects pass the test.

    With `exists: false` it selects none.
    """

    path: str
    value: Value

    def judge(self, observation: Observation, at: datetime) -> Finding:
        """Select from the body and test."""
        stated = str(self.value)
        try:
            document = observation.facts["body"].json()
        except KeyError:
            return Finding(False, "no body", stated)
        except ValueError as unreadable:
            return Finding(False, str(unreadable), stated)
        try:
            found = list(islice(compiled(self.path).finditer(document), _MOST_NODES))
        except RecursionError:
            return Finding(False, f"{self.path} reaches too deep", stated)
        return self._test([node.obj for node in found], stated)

    def _test(self, values: list[Any], stated: str) -> Finding:
        if not values:
            return Finding(not self.value.exists, f"{self.path} is missing", stated)
        if not self.value.exists:
            return Finding(False, f"{self.path} is {_shown(values[0])}", stated)
        wrong = [value for value in values if not self.value.holds(value)]
        return Finding(not wrong, f"{self.path} is {_shown((wrong or values)[0])}", stated)


def _is_within(value: object, above: float | None, below: float | None) -> bool:
    if above is None and below is None:
        return True
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return hold(value, above, below)


def _is_match(value: object, pattern: Pattern) -> bool:
    return isinstance(value, str) and pattern.found_in(value)


def _equal(left: object, right: object) -> bool:
    """Equal in JSON: true is not 1, but 1 is 1.0."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(_equal, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(_equal(left[key], right[key]) for key in left)
    return left == right


def _shown(value: object) -> str:
    if isinstance(value, str):
        return quoted(value)
    return excerpt(msgspec.json.encode(value).decode(errors="replace"))


@lru_cache(maxsize=1024)
def compiled(path: str) -> Any:
    """The compiled path.

    Raises:
        ValueError: It is no JSONPath, with what is wrong about it.
    """
    from jsonpath import JSONPathError

    try:
        return _environment().compile(path)
    except JSONPathError as refused:
        why = str(refused).partition("\n")[0]
        hint = "" if path.startswith("$") else "; a path starts with $, as in $.status"
        raise ValueError(f'"{path}" is no JSONPath: {why}{hint}') from None


@lru_cache(maxsize=1)
def _environment() -> Any:
    """RFC 9535 to the letter, with `match` and `search` in bounded time."""
    from jsonpath import JSONPathEnvironment
    from jsonpath.function_extensions import Match, Search

    class BoundedMatch(Match):
        def __call__(self, value: object, pattern: object) -> bool:
            return _found(value, pattern, "^(?:{})$")

    class BoundedSearch(Search):
        def __call__(self, value: object, pattern: object) -> bool:
            return _found(value, pattern, "(?:{})")

    environment = JSONPathEnvironment(strict=True)
    environment.function_extensions["match"] = BoundedMatch()
    environment.function_extensions["search"] = BoundedSearch()
    return environment


def _found(value: object, pattern: object, frame: str) -> bool:
    if not isinstance(value, str) or not isinstance(pattern, str):
        return False
    try:
        return Pattern(frame.format(pattern)).found_in(value)
    except ValueError:
        return False


# Reading ----------------------------------------------------------------------------------------


def _value(raw: object) -> Value:
    if not isinstance(raw, Mapping):
        return Value(equals=raw)
    if not raw or not set(raw) <= set(_TESTS):
        raise ValueError(
            f"a value is due, or a mapping of {', '.join(_TESTS)};"
            " to compare with a mapping write {equals: …}"
        )
    if raw.get("exists") is False and len(raw) > 1:
        raise ValueError("exists: false leaves nothing to compare")
    return Value(
        equals=raw.get("equals", _MISSING),
        above=_number(raw, "above"),
        below=_number(raw, "below"),
        matches=parse_pattern(raw["matches"]) if "matches" in raw else None,
        exists=_truth(raw.get("exists", True)),
    )


def _number(raw: Mapping[str, Any], key: str) -> float | None:
    if key not in raw:
        return None
    try:
        return parse_number(raw[key])
    except ValueError as refused:
        raise ValueError(f"{key}: {refused}") from None


def _truth(raw: object) -> bool:
    if str(raw).lower() not in ("true", "false"):
        raise ValueError(f"exists is true or false, not {raw!r}")
    return str(raw).lower() == "true"


def _json(raw: Mapping[str, Value]) -> Expectation:
    for path in raw:
        compiled(path)
    parts: list[Expectation] = [Json(path, value) for path, value in raw.items()]
    return together(parts, "a path is due, such as {$.status: UP}")


_VALUE_SCHEMA = {
    "description": "a value, or limits on it: above, below, equals, matches, exists",
}
JsonExpectation = Annotated[
    Expectation, Shaped(dict[str, Annotated[Any, Written(_value, _VALUE_SCHEMA)]], _json)
]
