"""for_each: one component or check for each combination of values."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from monitor.config.names import is_identifier
from monitor.config.nodes import Entry, Items, Map, Node, Scalar, is_null, kind_of
from monitor.config.validation import Reader

MOST = 100_000
"""How many components or checks one for_each may make."""


@dataclass(frozen=True, slots=True)
class Instance:
    """One of those that an entry makes: its id, its key, its body and its reader."""

    id: str
    key: Scalar
    body: Map
    reader: Reader


def instances(entries: Mapping[str, Entry], reader: Reader, what: str) -> Iterator[Instance]:
    """Each component or check of a map, those of a for_each one by one."""
    seen: dict[str, Scalar] = {}
    for entry in entries.values():
        body = _body(entry, reader)
        if body is None:
            continue
        node = body.get("for_each")
        bindings = [reader.each] if node is None else _bindings(node, reader)
        for bound in map(reader.bound, bindings):
            identifier = _identifier(entry.key, bound)
            if identifier in seen:
                _twice(entry.key, seen[identifier], identifier, bound, what)
                continue
            seen[identifier] = entry.key
            if is_identifier(identifier, entry.key, reader.issues):
                yield Instance(identifier, entry.key, body, bound)


def _body(entry: Entry, reader: Reader) -> Map | None:
    node = entry.value
    if is_null(node):
        return Map({}, entry.key.place, entry.key.via)
    if not isinstance(node, Map):
        reader.issues.add(node, f"a map is due, not {kind_of(node)}")
        return None
    return node


def _identifier(key: Scalar, reader: Reader) -> str:
    if "${" not in key.text:
        return key.text
    if "${env:" in key.text or "${file:" in key.text:
        reader.issues.add(key, "an id must not come from a variable", "only ${each:…} is read here")
        return key.text
    return str(reader.text(key))


def _twice(key: Scalar, first: Scalar, identifier: str, reader: Reader, what: str) -> None:
    if first is not key:
        reader.issues.add(
            key, f'{what} "{identifier}" is made here for the second time, first at {first.place}'
        )
        return
    variables = [f"${{each:{name}}}" for name in reader.each]
    missing = "-".join(one for one in variables if one not in key.text)
    reader.issues.add(
        key,
        f'for_each makes "{identifier}" more than once',
        f"put what differs into the key: {key.text}-{missing}",
    )


def _bindings(node: Node, reader: Reader) -> list[Mapping[str, str]]:
    """Every combination of the values, on top of what is bound already."""
    if not isinstance(node, Map) or not node.entries:
        reader.issues.add(node, "for_each wants a map of lists, such as {region: [eu, us]}")
        return []
    lists: list[list[tuple[str, str]]] = []
    for name, value in node:
        lists.append([(name, text) for text in _values(name, value, reader)])
    count = 1
    for values in lists:
        count *= len(values)
    if count > MOST:
        reader.issues.add(node, f"for_each makes {count:,}, more than {MOST:,}")
        return []
    return [{**reader.each, **dict(chosen)} for chosen in itertools.product(*lists)]


def _values(name: str, node: Node, reader: Reader) -> list[str]:
    items = node.items if isinstance(node, Items) else [node]
    if not items or is_null(node):
        reader.issues.add(node, f'for_each has no value for "{name}"', "give at least one")
        return []
    texts: list[str] = []
    for item in items:
        if not isinstance(item, Scalar):
            reader.issues.add(item, f"text is due, not {kind_of(item)}")
        elif (text := str(reader.text(item))) in texts:
            reader.issues.add(item, f'"{text}" stands twice')
        else:
            texts.append(text)
    return texts
