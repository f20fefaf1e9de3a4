"""Templates: parts of checks merged into those that name them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from checks.model import Kind
from monitor.config.issues import Issues
from monitor.config.nodes import (
    Entry,
    Items,
    Map,
    Node,
    Place,
    Scalar,
    Via,
    came_via,
    is_null,
    kind_of,
)
from monitor.config.suggestions import did_you_mean, listing

NOT_SHARED = ("for_each", "aliases", "name")
"""What belongs to one check only."""


@dataclass(slots=True)
class Templates:
    """Merges templates into check bodies; each template is resolved once."""

    issues: Issues
    bodies: Mapping[str, Entry]
    kinds: Mapping[str, Kind]
    resolved: dict[str, Map] = field(default_factory=dict)

    def check(self) -> None:
        """Resolve every template, so that one that nobody uses is found wrong, too."""
        for entry in self.bodies.values():
            resolved = self._resolve(entry.key, ())
            for name in NOT_SHARED:
                if resolved is not None and name in resolved.entries:
                    key = resolved.entries[name].key
                    self.issues.add(key, f'"{name}" has no place in a template')

    def applied(self, body: Map) -> Map:
        """The body with its templates below it; what it says itself wins."""
        names = self._names(body)
        if not names:
            return body
        merged = Map({}, body.place)
        for name in names:
            template = self._resolve(name, ())
            if template is not None:
                via = Via(name.place, f'from template "{name.text}"')
                merged = self.merge(merged, _marked(template, via))
        return self.merge(merged, body)

    def merge(self, below: Map, above: Map) -> Map:
        """Two check bodies as one; a kind above replaces another one below."""
        kept = below.entries
        ours = [name for name in above.entries if name in self.kinds]
        if ours:
            kept = {
                name: entry
                for name, entry in kept.items()
                if name not in self.kinds or name in ours
            }
        entries = dict(kept)
        for name, entry in above.entries.items():
            present = entries.get(name)
            if present is None:
                entries[name] = entry
            elif not is_null(entry.value):
                entries[name] = self._one(name, present, entry)
        return Map(entries, above.place, above.via)

    def _one(self, name: str, below: Entry, above: Entry) -> Entry:
        upper, lower = above.value, below.value
        if name in self.kinds:
            upper, lower = _long(upper, self.kinds[name]), _long(lower, self.kinds[name])
        if isinstance(upper, Map) and isinstance(lower, Map):
            return Entry(above.key, deep_merge(lower, upper))
        return above

    def _names(self, body: Map) -> list[Scalar]:
        node = body.get("template")
        items = node.items if isinstance(node, Items) else [node] if node else []
        return [item for item in items if isinstance(item, Scalar)]

    def _resolve(self, name: Scalar, ring: tuple[str, ...]) -> Map | None:
        if name.text in self.resolved:
            return self.resolved[name.text]
        if name.text in ring:
            self._cycle(name.text, ring)
            return None
        entry = self.bodies.get(name.text)
        if entry is None:
            self._unknown(name)
            return None
        if not isinstance(entry.value, Map):
            if not is_null(entry.value):
                self.issues.add(entry.value, f"a map is due, not {kind_of(entry.value)}")
            return None
        merged = Map({}, entry.value.place)
        for below in self._names(entry.value):
            found = self._resolve(below, (*ring, name.text))
            if found is not None:
                merged = self.merge(merged, found)
        result = self.merge(merged, entry.value).without("template")
        if not ring:
            self.resolved[name.text] = result
        return result

    def _unknown(self, name: Scalar) -> None:
        if self.issues.broken:
            return
        near = did_you_mean(name.text, self.bodies)
        known = f"there are {listing(self.bodies)}" if self.bodies else "there are no templates"
        self.issues.add(name, f'no template "{name.text}"{near}', "" if near else known)

    def _cycle(self, name: str, ring: tuple[str, ...]) -> None:
        members = ring[ring.index(name) :]
        order = list(self.bodies)
        first = min(members, key=order.index)
        at = members.index(first)
        whole = [*members[at:], *members[:at], first]
        self.issues.add(self.bodies[first].key, f"templates go in a ring: {' -> '.join(whole)}")


def deep_merge(below: Map, above: Map) -> Map:
    """Maps merge, lists and scalars replace."""
    entries = dict(below.entries)
    for name, entry in above.entries.items():
        present = entries.get(name)
        if present and isinstance(present.value, Map) and isinstance(entry.value, Map):
            entry = Entry(entry.key, deep_merge(_inherit(present.value, below), entry.value))
        entries[name] = entry
    for name, entry in below.entries.items():
        if entries[name] is entry and below.via:
            entries[name] = _entry_via(entry, below.via)
    return Map(entries, above.place, above.via)


def _inherit(node: Map, parent: Map) -> Map:
    return came_via(node, parent.via) if parent.via and not node.via else node


def _marked(template: Map, via: Via) -> Map:
    return Map(
        {name: _entry_via(entry, via) for name, entry in template.entries.items()},
        template.place,
        via,
    )


def _entry_via(entry: Entry, via: Via) -> Entry:
    return Entry(came_via(entry.key, via), came_via(entry.value, via))


def _long(node: Node, kind: Kind) -> Node:
    """A bare scalar after a kind's key as the map that it is short for."""
    if isinstance(node, Scalar) and not is_null(node) and kind.short:
        place: Place = node.place
        entry = Entry(Scalar(kind.short, place, via=node.via), node)
        return Map({kind.short: entry}, place, node.via)
    return node
