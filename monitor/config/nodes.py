"""What stands in a file, with its place: the tree between YAML and settings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, TypeVar


class Place(NamedTuple):
    """A line and a column of a file, both from 1, columns in characters."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Unreadable(Exception):
    """A file that cannot be read any further; carries its one issue."""

    def __init__(self, place: Place, message: str, hint: str = "") -> None:
        """Say where, what and how to mend it."""
        super().__init__(message)
        self.place, self.message, self.hint = place, message, hint


class Via(NamedTuple):
    """How a node came to stand where it did not: through what, used at which place."""

    place: Place
    what: str


@dataclass(slots=True, eq=False)
class Scalar:
    """One value as written. `plain` is false when it was quoted, and so is text for certain."""

    text: str
    place: Place
    plain: bool = True
    via: Via | None = None


@dataclass(slots=True, eq=False)
class Items:
    """A list."""

    items: list[Node]
    place: Place
    via: Via | None = None


class Entry(NamedTuple):
    """A key and its value."""

    key: Scalar
    value: Node


@dataclass(slots=True, eq=False)
class Map:
    """A map; no key stands twice."""

    entries: dict[str, Entry]
    place: Place
    via: Via | None = None

    def get(self, key: str) -> Node | None:
        """The value under a key; one left empty counts as not there."""
        entry = self.entries.get(key)
        return None if entry is None or is_null(entry.value) else entry.value

    def without(self, *keys: str) -> Map:
        """The same map without these keys."""
        kept = {name: entry for name, entry in self.entries.items() if name not in keys}
        return Map(kept, self.place, self.via)

    def __iter__(self) -> Iterator[tuple[str, Node]]:
        """Each key with its value, in the order of the file."""
        return ((name, entry.value) for name, entry in self.entries.items())


Node = Scalar | Items | Map
AnyNode = TypeVar("AnyNode", Scalar, Items, Map, Node)

NULLS = frozenset({"", "~", "null", "Null", "NULL"})


def is_null(node: Node) -> bool:
    """Whether nothing stands there."""
    return isinstance(node, Scalar) and node.plain and node.text in NULLS


def came_via(node: AnyNode, via: Via) -> AnyNode:
    """The same node, known to have come by that way; what is below it is shared."""
    return replace(node, via=via)


def inherited(parent: Map, entry: Entry) -> Entry:
    """An entry that is known to have come the way that its map did."""
    via = parent.via
    if via is None or entry.key.via:
        return entry
    return Entry(came_via(entry.key, via), came_via(entry.value, via))


def kind_of(node: Node) -> str:
    """What a person calls it."""
    match node:
        case Map():
            return "a map"
        case Items():
            return "a list"
    return "nothing" if is_null(node) else f'"{node.text}"'


@dataclass(slots=True)
class Spot:
    """Where an issue is shown, and where its cause is defined if that is elsewhere."""

    place: Place
    via: Via | None = None
    defined: Place | None = field(default=None)


def locate(node: Node, path: tuple[Any, ...], key: Scalar | None = None) -> Spot:
    """Follow keys and indexes down from a node as far as they lead.

    `key` is what introduces the node itself; a map is shown at its key.
    """
    via = node.via
    for step in path:
        match node:
            case Map(entries=entries) if str(step) in entries:
                key, node = entries[str(step)]
            case Items(items=items) if isinstance(step, int) and step < len(items):
                key, node = None, items[step]
            case _:
                break
        via = via or node.via or (key.via if key else None)
    return spot_of(key if isinstance(node, Map) and key else node, via)


def spot_of(node: Node, via: Via | None = None) -> Spot:
    """Where an issue with a node itself is shown."""
    via = via or node.via
    return Spot(via.place, via, node.place) if via else Spot(node.place)
