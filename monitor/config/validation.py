"""Settings from nodes: pydantic validates, and every issue finds its place in the file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from typing import Any, cast

from pydantic import TypeAdapter
from pydantic_core import ErrorDetails, SchemaValidator, ValidationError

from monitor.config.coercion import fields_at, rewritten
from monitor.config.issues import Issues
from monitor.config.nodes import Items, Map, Node, Scalar, is_null, locate
from monitor.config.scalars import Missing, Secret
from monitor.config.schema import CheckSettings, ComponentSettings
from monitor.config.suggestions import did_you_mean, listing, nearest
from monitor.config.variables import Variables
from monitor.config.wording import said

_NONE: Mapping[str, str] = {}


class Adapter:
    """Reads one type, with text converted as GRAMMAR has it."""

    def __init__(self, type_: Any) -> None:
        """Build the validator; costly, so call `adapter` instead."""
        self.schema = rewritten(TypeAdapter(type_).core_schema)
        self._validator = SchemaValidator(self.schema)

    def read(self, raw: Any) -> Any:
        """The value; raises pydantic's ValidationError with everything that is wrong."""
        return self._validator.validate_python(raw)


@cache
def adapter(type_: Any) -> Adapter:
    """The adapter for a type, made once."""
    return Adapter(type_)


@dataclass(slots=True)
class Reader:
    """Reads nodes as typed values and notes what is wrong with them."""

    issues: Issues
    variables: Variables
    each: Mapping[str, str] = field(default_factory=dict)

    def bound(self, each: Mapping[str, str]) -> Reader:
        """The same reader under a for_each's binding."""
        return Reader(self.issues, self.variables, each)

    def text(self, node: Scalar) -> str:
        """A scalar as text."""
        return self.variables.value(node, self.each)

    def read(self, node: Node, type_: Any, key: Scalar | None = None, what: str = "") -> Any:
        """The node as a value of the type; with issues, what is right of it, or None.

        Keys left empty count as not there. `key` introduces the node and shows issues with
        the whole of it; `what` names the place for unknown keys, as in "server".
        """
        raw = self.raw(node)
        if isinstance(raw, dict) and isinstance(node, Map):
            raw = {name: raw[name] for name, value in node if not is_null(value)}
        try:
            return adapter(type_).read(raw)
        except ValidationError as error:
            self._note_all(node, error, type_, key, what)
            return _salvaged(raw, error, type_)

    def validate(self, node: Node, raw: Any, type_: Any, key: Scalar | None, what: str = "") -> Any:
        """What was made of a node as a value of the type, or None with the issues noted."""
        try:
            return adapter(type_).read(raw)
        except ValidationError as error:
            self._note_all(node, error, type_, key, what)
        return None

    def raw(self, node: Node) -> Any:
        """The node as plain data, with variables expanded."""
        match node:
            case Scalar():
                return None if is_null(node) else self.variables.value(node, self.each)
            case Items(items=items):
                return [self.raw(item) for item in items]
            case Map(entries=entries):
                return {name: self.raw(entry.value) for name, entry in entries.items()}

    def _note_all(
        self, node: Node, error: ValidationError, type_: Any, key: Scalar | None, what: str
    ) -> None:
        for details in distinct(error.errors(include_url=False)):
            self._note(node, details, adapter(type_), key, what)

    def _note(
        self, node: Node, details: ErrorDetails, found: Adapter, key: Scalar | None, what: str
    ) -> None:
        path = path_of(details)
        if details["type"] == "unexpected_keyword_argument":
            self._unknown(node, path, fields_at(found.schema, details["loc"][:-1]), what)
            return
        if has_any(details["input"], Missing):
            return
        message, hint = said(details)
        if has_any(details["input"], Secret):
            message, hint = "what the variable holds does not fit here", type_hint(details)
        if details["type"] in ("missing", "missing_argument"):
            path = path[:-1]
        elif details["type"] == "value_error":
            path += sole_key(follow(node, path))
        self.issues.add(locate(node, path, key), message, hint)

    def _unknown(
        self, node: Node, path: tuple[Any, ...], known: tuple[str, ...], what: str
    ) -> None:
        parent = follow(node, path[:-1])
        name = str(path[-1])
        place: Node = parent.entries[name].key if isinstance(parent, Map) else node
        spot = locate(node, path)
        shown = locate(place, (), None)
        shown.via = shown.via or spot.via
        if shown.via:
            shown.place, shown.defined = shown.via.place, place.place
        where = f" in {what}" if what and len(path) == 1 else ""
        near = did_you_mean(name, known)
        hint = "" if near else misplaced(name, what) or f"known are {listing(known, at_most=24)}"
        self.issues.add(shown, f'unknown key "{name}"{where}{near}', hint)


def sole_key(node: Node | None) -> tuple[str, ...]:
    """The key of a map that has one only: what is wrong with the map is wrong there."""
    return tuple(node.entries) if isinstance(node, Map) and len(node.entries) == 1 else ()


def misplaced(name: str, what: str) -> str:
    """Where a key belongs that is known, but not here."""
    if what not in ("a check", "a component"):
        return ""
    for place, type_ in (("a check", CheckSettings), ("a component", ComponentSettings)):
        meant = nearest(name, (one.name for one in fields(type_)))
        if meant and place != what:
            return f'"{meant}" is a key of {place}'
    return ""


def _salvaged(raw: Any, error: ValidationError, type_: Any) -> Any:
    """The value without the keys that are wrong, so that what they leave can be checked on."""
    if not isinstance(raw, dict):
        return None
    wrong = {path[0] for path in map(path_of, error.errors(include_url=False)) if path}
    try:
        return adapter(type_).read({key: raw[key] for key in raw if key not in wrong})
    except ValidationError:
        return None


def follow(node: Node, path: tuple[Any, ...]) -> Node | None:
    """The node below another, by keys and indexes."""
    found: Node | None = node
    for step in path:
        match found:
            case Map(entries=entries) if str(step) in entries:
                found = entries[str(step)].value
            case Items(items=items) if isinstance(step, int) and step < len(items):
                found = items[step]
            case _:
                return None
    return found


def path_of(details: ErrorDetails) -> tuple[Any, ...]:
    """Where in the data an error stands: pydantic's path without the branches of unions."""
    return tuple(step for step in details["loc"] if not str(step).startswith("|"))


def distinct(errors: list[ErrorDetails]) -> list[ErrorDetails]:
    """One error where every branch of a union complains: that of the branch that got furthest."""
    kept: dict[tuple[Any, ...], list[ErrorDetails]] = {}
    for details in errors:
        if details["type"] == "too_short" and any(_below(details, other) for other in errors):
            continue
        labels = [index for index, step in enumerate(details["loc"]) if str(step)[:1] == "|"]
        union = details["loc"][: labels[0]] if labels else ("", *details["loc"], details["type"])
        kept.setdefault(union, []).append(details)
    return [details for group in kept.values() for details in _furthest(group)]


def _below(details: ErrorDetails, other: ErrorDetails) -> bool:
    """Whether another error stands inside what this one is about: a list short of a wrong item."""
    depth = len(details["loc"])
    return len(other["loc"]) > depth and other["loc"][:depth] == details["loc"]


def _furthest(group: list[ErrorDetails]) -> list[ErrorDetails]:
    deepest = max(len(path_of(details)) for details in group)
    best = [details for details in group if len(path_of(details)) == deepest]
    branch = next((step for step in best[0]["loc"] if str(step).startswith("|")), None)
    return [details for details in best if branch is None or branch in details["loc"]]


def has_any(value: Any, sort: type) -> bool:
    """Whether some raw data holds a value of that sort, such as a secret."""
    if isinstance(value, dict):
        return any(has_any(item, sort) for item in value.values())
    if isinstance(value, list | tuple):
        return any(has_any(item, sort) for item in value)
    return isinstance(value, sort)


def type_hint(details: ErrorDetails) -> str:
    """What is due, if that can be said without telling the value."""
    if details["type"] == "value_error":
        return ""
    return said(cast(ErrorDetails, {**details, "input": "…"}))[0].removesuffix(', not "…"')
