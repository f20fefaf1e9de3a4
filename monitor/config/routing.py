"""Channels and the routes over them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from incidents.policy import Component, Group, Route, Target
from incidents.sending import Channel
from monitor.config.names import is_identifier
from monitor.config.nodes import Entry, Items, Map, Node, Spot, is_null, kind_of, locate
from monitor.config.scalars import Secret
from monitor.config.schema import RouteSettings
from monitor.config.suggestions import did_you_mean, listing
from monitor.config.validation import Reader, adapter, follow
from monitor.config.warnings import literal_secrets


def read_channels(root: Map, reader: Reader, kinds: Mapping[str, Channel]) -> dict[str, Any]:
    """The settings of each channel that the file sets up, and of those that need none."""
    found: dict[str, Any] = {}
    for name, entry in _entries(root, "channels", reader).items():
        channel = kinds.get(name)
        if channel is None:
            near = did_you_mean(name, kinds)
            reader.issues.add(
                entry.key,
                f'no channel "{name}"{near}',
                "" if near else f"there are {listing(kinds)}",
            )
        else:
            found[name] = _settings(channel, entry, reader)
    for name, channel in kinds.items():
        if name not in found and _needs_nothing(channel):
            found[name] = channel.settings()
    return found


def _settings(channel: Channel, entry: Entry, reader: Reader) -> Any:
    node: Node = Map({}, entry.key.place) if is_null(entry.value) else entry.value
    raw = reader.raw(node)
    if isinstance(node, Map):
        raw = {name: raw[name] for name, value in node if not is_null(value)}
        literal_secrets(node, raw, reader.issues)
    return reader.validate(node, raw, channel.settings, entry.key, channel.name)


def _needs_nothing(channel: Channel) -> bool:
    if channel.public:
        return False
    try:
        adapter(channel.settings).read({})
    except ValueError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Routing:
    """Reads routes; `kinds` are the channels there are, `channels` those that are set up."""

    reader: Reader
    kinds: Mapping[str, Channel]
    channels: Mapping[str, Any]
    components: Mapping[str, Component]
    groups: Mapping[str, Group]

    def read(self, entries: Mapping[str, Entry]) -> tuple[Route, ...]:
        """Every route, its targets checked by their channels."""
        found: list[Route] = []
        for name, entry in entries.items():
            if not is_identifier(name, entry.key, self.reader.issues):
                continue
            node: Node = Map({}, entry.key.place) if is_null(entry.value) else entry.value
            settings: RouteSettings | None = self.reader.read(
                node, RouteSettings, entry.key, "a route"
            )
            if settings is not None:
                targets = tuple(
                    self._target(target, index, entry) for index, target in enumerate(settings.to)
                )
                components = self._components(settings, entry)
                found.append(Route(name, targets, settings.when.impact, components))
        return tuple(found)

    def _target(self, target: Target, index: int, entry: Entry) -> Target:
        issues = self.reader.issues
        spot = _spot(entry, ("to",), index)
        channel = self.kinds.get(target.channel)
        if channel is None:
            near = did_you_mean(target.channel, self.kinds)
            hint = "" if near else f"a target is KIND:ADDRESS; kinds are {listing(self.kinds)}"
            issues.add(spot, f'no channel "{target.channel}"{near}', hint)
            return target
        if target.channel not in self.channels:
            settings = f"its settings go under channels: {target.channel}:"
            issues.add(spot, f'"{target.channel}" is not set up', settings)
        try:
            return Target(target.channel, _kept(target.address, channel))
        except ValueError as error:
            secret = isinstance(target.address, Secret)
            shown = "what the variable holds" if secret else f'"{target.address}"'
            hint = "" if secret else str(error)
            issues.add(spot, f"{shown} is no address for {target.channel}", hint)
        return target

    def _components(self, settings: RouteSettings, entry: Entry) -> frozenset[str]:
        """The components that a route is for, those of its groups included."""
        wanted: set[str] = set()
        for index, name in enumerate(settings.when.components):
            if name in self.components:
                wanted.add(name)
            wanted |= {one.id for one in self.components.values() if one.group == name}
            known = {*self.components, *self.groups}
            if name not in known and not self.reader.issues.broken:
                near = did_you_mean(name, sorted(known))
                self.reader.issues.add(
                    _spot(entry, ("when", "components"), index),
                    f'no component or group "{name}"{near}',
                    "" if near else f"there are {listing(sorted(known))}",
                )
        return frozenset(wanted)


def _spot(entry: Entry, path: tuple[str, ...], index: int) -> Spot:
    """The place of an item of a list, which may stand there as a single value."""
    listed = isinstance(follow(entry.value, path), Items)
    return locate(entry.value, (*path, index) if listed else path, entry.key)


def _kept(address: str, channel: Channel) -> str:
    kept = channel.check_address(address)
    return Secret(kept, address.source) if isinstance(address, Secret) else kept


def _entries(root: Map, name: str, reader: Reader) -> dict[str, Entry]:
    node = root.get(name)
    if node is not None and not isinstance(node, Map):
        reader.issues.add(node, f"a map is due, not {kind_of(node)}")
    return node.entries if isinstance(node, Map) else {}
