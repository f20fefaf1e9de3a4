"""The whole tree to one `Config`: sections in order, then what must hold between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from dataclasses import fields as fields_of
from pathlib import Path
from typing import Any, get_type_hints

from checks.model import Kind
from incidents.policy import CheckPolicy, Component, Group, Policy
from incidents.sending import Channel
from monitor.config.canaries import read_canaries
from monitor.config.checking import Checking, unknown_location
from monitor.config.components import Components
from monitor.config.config import LOCAL, Config
from monitor.config.files import is_file
from monitor.config.maintenance import maintenance_plans
from monitor.config.names import is_identifier, readable
from monitor.config.nodes import Entry, Items, Map, Node, Place, Scalar, is_null, kind_of
from monitor.config.pages import Pages
from monitor.config.references import check_aliases, check_dependencies
from monitor.config.routing import Routing, read_channels
from monitor.config.schema import ConfirmSettings, Defaults, GroupSettings, Main, Server, Watchdog
from monitor.config.suggestions import did_you_mean, listing
from monitor.config.templates import Templates
from monitor.config.validation import Reader
from monitor.config.warnings import hiding, literal_secrets, not_acting, overruled
from statuspage.site import Page

KEYS = tuple(one.name for one in fields_of(Main))
VERSION = 1


@dataclass(slots=True)
class Composer:
    """Reads the sections of a tree; the result is worth using only without mistakes."""

    root: Map
    reader: Reader
    kinds: Mapping[str, Kind]
    channels: Mapping[str, Channel]
    folder: Path
    checking: Checking = field(init=False)
    canaries: Checking = field(init=False)
    components: Components = field(init=False)
    pages: Pages = field(init=False)

    def config(self) -> Config:
        """Everything that the tree says."""
        self._keys()
        self.pages = Pages(self.root, self.reader)
        pages = self.pages.read_all()
        page = next(iter(pages.values()))
        locations = self._locations()
        defaults = self._one("defaults", Defaults) or Defaults()
        self.checking = self._checking(defaults, locations)
        groups = self._groups()
        components = self.components = self._components(defaults, groups, pages)
        channels = read_channels(self.root, self.reader, self.channels)
        canaries = self.canaries = read_canaries(self.root, self.checking, self.reader)
        self._between(components, groups, page)
        return Config(
            pages=pages,
            server=self._one("server", Server) or Server(),
            storage=self._storage(),
            transport=self._text("transport"),
            locations=locations,
            watchdog=self._one("watchdog", Watchdog),
            secret_key=self._secret_key(),
            channels=channels,
            checks=self.checking.found,
            canaries=canaries.found,
            policy=self._policy(components.found, groups, channels, page, canaries.policies),
            help_folder=self.folder / "help",
        )

    def _policy(
        self,
        components: Mapping[str, Component],
        groups: Mapping[str, Group],
        channels: Mapping[str, Any],
        page: Page,
        canaries: Mapping[str, CheckPolicy],
    ) -> Policy:
        names = {*components, *groups}
        return Policy(
            components=components,
            checks=with_objectives(self.checking.policies, components),
            groups=groups,
            routes=Routing(self.reader, self.channels, channels, components, groups).read(
                self._map("routes")
            ),
            maintenance=maintenance_plans(self.root, self.reader, names, page.timezone),
            canaries=canaries,
            watch=self.checking.defaults.watch,
        )

    def _between(self, components: Components, groups: Mapping[str, Group], page: Page) -> None:
        """What must hold between sections, and what works and may surprise."""
        issues = self.reader.issues
        self._help(components)
        self.pages.check(components.found, groups)
        check_dependencies(components, issues)
        check_aliases(components, self.checking, issues)
        not_acting(self.root, issues)
        self._overruled()
        if not page.url and "mail" in self._map("channels"):
            issues.warn(
                self._map("channels")["mail"].key,
                'links in mails lead nowhere: the page has no "url"',
                "set page: {url: https://status.acme.example}",
            )

    def _overruled(self) -> None:
        """Warn of what a rule in the defaults leaves without effect, unless checks set it aside."""
        checking, node = self.checking, self.checking.defaults_node
        set_aside = any(policy.confirm is None for policy in checking.policies.values())
        if node and isinstance(checking.defaults.confirm, ConfirmSettings) and not set_aside:
            overruled(node, self.reader.issues)

    def _keys(self) -> None:
        issues = self.reader.issues
        if not self.root.entries:
            issues.add(self.root, "the file is empty", "version: 1 and components are due")
            return
        meant = set()
        for name, entry in self.root.entries.items():
            if name not in KEYS:
                near = did_you_mean(name, KEYS)
                meant.add(near)
                hint = "" if near else f"keys of the file are {listing(KEYS, at_most=30)}"
                issues.add(entry.key, f'unknown key "{name}"{near}', hint)
        top = Place(self.root.place.file, 1, 1)
        version = self.root.get("version")
        if version is None:
            issues.add(top, '"version" is required', "version: 1")
        elif not isinstance(version, Scalar) or self.reader.text(version) != str(VERSION):
            issues.add(version, f"version is 1, not {kind_of(version)}")
        missing = "components" not in self.root.entries and not issues.broken
        if missing and did_you_mean("components", ["components"]) not in meant:
            issues.add(top, '"components" is required', "components: {shop: {name: Shop}}")

    def _one(self, name: str, type_: Any) -> Any:
        entry = self.root.entries.get(name)
        if entry is None or is_null(entry.value):
            return None
        return self.reader.read(entry.value, type_, entry.key, name)

    def _text(self, name: str) -> Any:
        """A setting of the file as a whole, read by its type in `Main`."""
        node = self.root.get(name)
        if node is None:
            return None
        return self.reader.read(node, _TYPES[name], self.root.entries[name].key)

    def _storage(self) -> str:
        found: str = self._text("storage") or Config().storage
        if found.startswith("postgresql:"):
            self.reader.issues.warn(
                self.root.entries["storage"].key, "only sqlite is stored to yet"
            )
        return found

    def _secret_key(self) -> str | None:
        entry = self.root.entries.get("secret_key")
        if entry is not None:
            holder = Map({"secret_key": entry}, self.root.place)
            raw = self.reader.raw(entry.value)
            literal_secrets(holder, {"secret_key": raw}, self.reader.issues)
        found: str | None = self._text("secret_key")
        return found

    def _map(self, name: str) -> dict[str, Entry]:
        """The entries of a section."""
        node = self.root.get(name)
        if node is None:
            return {}
        if not isinstance(node, Map):
            self.reader.issues.add(node, f"a map is due, not {kind_of(node)}")
            return {}
        return node.entries

    def _locations(self) -> tuple[str, ...]:
        named = self._text("locations") or ()
        node = self.root.get("locations")
        items = node.items if isinstance(node, Items) else [node] if node else []
        for name, item in zip(named, items, strict=False):
            if isinstance(item, Scalar):
                is_identifier(name, item, self.reader.issues)
        remote = [name for name in named if name != LOCAL]
        if remote and self.root.get("transport") is None and node is not None:
            self.reader.issues.add(
                self.root.entries["locations"].key,
                f"no transport reaches {listing(remote)}",
                "set transport: nats://…, or leave locations out to probe from here",
            )
        return tuple(dict.fromkeys(named)) or (LOCAL,)

    def _checking(self, defaults: Defaults, locations: tuple[str, ...]) -> Checking:
        templates = Templates(self.reader.issues, self._map("templates"), self.kinds)
        for name, entry in templates.bodies.items():
            is_identifier(name, entry.key, self.reader.issues)
        templates.check()
        node = self.root.get("defaults")
        mapped = node if isinstance(node, Map) else None
        for index, name in enumerate(defaults.locations or ()):
            if mapped is not None and name not in locations:
                unknown_location(mapped, index, name, locations, self.reader)
        if mapped is not None:
            hiding(mapped, defaults.ignore_gaps, self.reader.issues)
        return Checking(self.kinds, templates, defaults, mapped, locations)

    def _groups(self) -> dict[str, Group]:
        found: dict[str, Group] = {}
        for name, entry in self._map("groups").items():
            if is_identifier(name, entry.key, self.reader.issues):
                node: Node = entry.value
                if is_null(node):
                    node = Map({}, entry.key.place)
                settings = self.reader.read(node, GroupSettings, entry.key, "a group")
                found[name] = Group(name, (settings and settings.name) or readable(name))
        return found

    def _components(
        self, defaults: Defaults, groups: Mapping[str, Group], pages: Mapping[str, Page]
    ) -> Components:
        components = Components(self.checking, defaults, groups, pages)
        components.read_all(self._map("components"), self.reader)
        return components

    def _help(self, components: Components) -> None:
        for name, component in components.found.items():
            for slug in component.help:
                if not is_file(self.folder / "help" / f"{slug}.md"):
                    components.note(name, ("help",), slug, f'there is no article "help/{slug}.md"')


_TYPES = get_type_hints(Main, include_extras=True)


def with_objectives(
    policies: Mapping[str, CheckPolicy], components: Mapping[str, Component]
) -> dict[str, CheckPolicy]:
    """How checks are judged, with what their components hold themselves to."""
    judged = dict(policies)
    for component in components.values():
        share = component.objective.availability if component.objective else None
        for check in component.checks if share is not None else ():
            if check in judged:
                judged[check] = replace(judged[check], availability=share)
    return judged
