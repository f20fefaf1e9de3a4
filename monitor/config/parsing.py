"""YAML text to nodes: one pass over the parser's events, bounded in depth and size.

libyaml's own composer recurses (a megabyte of `[` ends the process), resolves by YAML 1.1
and holds the interpreter; reading its events needs none of that and is faster.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from monitor.config.nodes import Entry, Items, Map, Node, Place, Scalar, Unreadable, kind_of
from monitor.config.syntax import explain

DEEPEST = 64
MOST_BY_ALIASES = 1_000_000
"""How many values aliases may add to those that are written."""


@dataclass(slots=True)
class _Open:
    """A list or map whose end has not come yet."""

    node: Items | Map
    anchor: str | None
    key: Scalar | None = None
    size: int = 1


@dataclass(slots=True)
class _Parser:
    file: str
    open: list[_Open] = field(default_factory=list)
    anchors: dict[str, tuple[Node, int] | None] = field(default_factory=dict)
    duplicates: list[tuple[Scalar, Scalar]] = field(default_factory=list)
    root: Node | None = None
    by_aliases: int = 0

    def place(self, event: Any) -> Place:
        mark = event.start_mark
        return Place(self.file, mark.line + 1, mark.column + 1)

    def read(self, events: Iterator[Any]) -> None:
        documents = 0
        for event in events:
            match event:
                case yaml.ScalarEvent():
                    self.scalar(event)
                case yaml.MappingStartEvent():
                    self.begin(event, Map({}, self.place(event)))
                case yaml.SequenceStartEvent():
                    self.begin(event, Items([], self.place(event)))
                case yaml.CollectionEndEvent():
                    self.end()
                case yaml.AliasEvent():
                    self.alias(event)
                case yaml.DocumentStartEvent():
                    documents += 1
                    if documents > 1:
                        raise Unreadable(
                            self.place(event),
                            "a second document begins here",
                            "one file holds one document; put it into another file and include it",
                        )

    def scalar(self, event: Any) -> None:
        if event.tag is not None:
            self.refuse_tag(event)
        node = Scalar(event.value, self.place(event), plain=not event.style)
        if event.anchor is not None:
            self.anchors[event.anchor] = (node, 1)
        self.put(node, 1)

    def begin(self, event: Any, node: Items | Map) -> None:
        if event.tag is not None:
            self.refuse_tag(event)
        if len(self.open) >= DEEPEST:
            raise Unreadable(node.place, f"nested deeper than {DEEPEST} levels")
        if event.anchor is not None:
            self.anchors[event.anchor] = None
        self.open.append(_Open(node, event.anchor))

    def end(self) -> None:
        closed = self.open.pop()
        if closed.anchor is not None:
            self.anchors[closed.anchor] = (closed.node, closed.size)
        self.put(closed.node, closed.size)

    def alias(self, event: Any) -> None:
        place = self.place(event)
        if event.anchor not in self.anchors:
            raise Unreadable(
                place,
                f'unknown anchor "{event.anchor}"',
                f"a text that begins with * wants quotes; an anchor is written &{event.anchor}",
            )
        target = self.anchors[event.anchor]
        if target is None:
            raise Unreadable(place, f'"*{event.anchor}" stands inside what it names')
        node, size = target
        self.by_aliases += size
        if self.by_aliases > MOST_BY_ALIASES:
            raise Unreadable(place, f"aliases make more than {MOST_BY_ALIASES:,} values")
        self.put(node, size)

    def refuse_tag(self, event: Any) -> None:
        raise Unreadable(
            self.place(event),
            f'tags such as "{event.tag}" are not read',
            "a text that begins with ! wants quotes; what others do with !include, "
            "`include:` and `templates:` do here",
        )

    def put(self, node: Node, size: int) -> None:
        if not self.open:
            self.root = node
            return
        parent = self.open[-1]
        parent.size += size
        if isinstance(parent.node, Items):
            parent.node.items.append(node)
        elif parent.key is None:
            parent.key = self.key(node)
        else:
            self.entry(parent.node, parent.key, node)
            parent.key = None

    def key(self, node: Node) -> Scalar:
        if not isinstance(node, Scalar):
            raise Unreadable(
                node.place,
                f"{kind_of(node)} cannot be a key",
                "a value with braces, such as {name}, wants quotes",
            )
        if node.plain and node.text == "<<":
            raise Unreadable(
                node.place, "merge keys (<<) are not read", "use `templates:` and `template:`"
            )
        return node

    def entry(self, parent: Map, key: Scalar, value: Node) -> None:
        first = parent.entries.get(key.text)
        if first is None:
            parent.entries[key.text] = Entry(key, value)
        else:
            self.duplicates.append((key, first.key))


@dataclass(frozen=True, slots=True)
class Document:
    """A file's one document, and keys that stand twice as (second, first)."""

    root: Node
    duplicates: list[tuple[Scalar, Scalar]]


def parse(text: str, file: str) -> Document:
    """Read a text; an empty one is an empty map.

    Raises:
        Unreadable: It is not YAML, or holds what we do not read.
    """
    parser = _Parser(file)
    try:
        parser.read(yaml.parse(text, Loader=yaml.CSafeLoader))
    except yaml.YAMLError as error:
        place, message, hint = explain(error, text, file)
        raise Unreadable(place, message, hint) from None
    root = parser.root if parser.root is not None else Map({}, Place(file, 1, 1))
    return Document(root, parser.duplicates)
