"""Effective settings with their origins: which place, template or default each value is from.

Reads the trees that the composer merged; nothing is merged here for a second time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from datetime import timedelta
from enum import Enum, StrEnum
from functools import cache
from typing import Any, get_args, get_type_hints

from checks.duration import format_duration
from checks.model import Check, Kind
from checks.settings import Size
from incidents.detect.plain.failures import rule
from incidents.policy import Component, Counts, CountsMode, Publication, PublicationMode, Quorum
from monitor.config.checking import JUDGING
from monitor.config.composing import Composer
from monitor.config.nodes import Entry, Items, Map, Node, Scalar, Via, is_null
from monitor.config.schema import Cadence, ComponentSettings
from monitor.config.validation import Reader
from monitor.config.warnings import SECRET_NAMES

HIDDEN = "(written in the file, not shown)"
CANARY = ("interval", "timeout", "locations")
"""What a canary has of the cadence: it is asked, not judged."""

_NOT_SHOWN = ("checks", "for_each")
_SECRET_HEADER = re.compile(r"authorization|cookie|key|token|secret|password", re.IGNORECASE)
_LOGIN = re.compile(r"//[^/?#@\s]*@")


class Source(StrEnum):
    """What kind of place a value comes from."""

    FILE = "file"
    TEMPLATE = "template"
    DEFAULTS = "defaults"
    SENSITIVITY = "sensitivity"
    BUILT_IN = "built in"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value was written: FILE:LINE, and through which template it came."""

    source: Source
    place: str = ""
    template: str = ""

    def __str__(self) -> str:
        """As a person reads it."""
        named = f"template {self.template}" if self.template else ""
        word = "" if self.source in (Source.FILE, Source.TEMPLATE) else str(self.source)
        return ", ".join(filter(None, (word, named, self.place)))


@dataclass(frozen=True, slots=True)
class Setting:
    """One effective setting: its key with dots, its value as it is written, its origin."""

    key: str
    value: str
    origin: Origin


_BUILT_IN = Origin(Source.BUILT_IN)


def of_check(composer: Composer, id: str) -> list[Setting]:
    """Every setting of a check or canary, those of its kind included."""
    return list(_CheckOrigins(composer, id).settings())


def of_component(composer: Composer, id: str) -> list[Setting]:
    """Every setting of a component, but not those of its checks."""
    return list(_ComponentOrigins(composer, id).settings())


@dataclass(frozen=True, slots=True)
class _Written:
    """Reads what stands in a tree as settings; secrets stay as they are written."""

    reader: Reader
    source: Source = Source.FILE

    def under(self, holder: Map | None, key: str, label: str | None = None) -> list[Setting]:
        """What is written under a key of a map: a setting for each value."""
        entry = holder.entries.get(key) if holder else None
        if holder is None or entry is None or is_null(entry.value):
            return []
        return list(self.leaves(label or key, entry.value, via_of(holder, entry)))

    def leaves(self, path: str, node: Node, via: Via | None) -> Iterator[Setting]:
        """The values below a node."""
        match node:
            case Map(entries=entries) if entries:
                for name, entry in entries.items():
                    yield from self.leaves(
                        f"{path}.{name}", entry.value, via_of(node, entry) or via
                    )
            case Items(items=items) if not all(isinstance(item, Scalar) for item in items):
                for index, item in enumerate(items):
                    yield from self.leaves(f"{path}[{index}]", item, item.via or via)
            case _:
                yield Setting(path, self._value(path, node), self._origin(node, via))

    def _origin(self, node: Node, via: Via | None) -> Origin:
        place = f"{node.place.file}:{node.place.line}"
        if via is None:
            return Origin(self.source, place)
        return Origin(Source.TEMPLATE, place, via.what.partition('"')[2].rstrip('"'))

    def _value(self, path: str, node: Node) -> str:
        match node:
            case Items(items=items):
                return ", ".join(self._value(path, item) for item in items)
            case Scalar():
                return self._scalar(path, node)
        return "{}"

    def _scalar(self, path: str, node: Scalar) -> str:
        if "${env:" in node.text or "${file:" in node.text:
            return node.text
        if _is_secret(path):
            return HIDDEN
        return _LOGIN.sub("//…@", self.reader.text(node))


def via_of(holder: Map, entry: Entry) -> Via | None:
    """The way by which an entry of a map came there."""
    return entry.value.via or entry.key.via or holder.via


def _is_secret(path: str) -> bool:
    *above, name = path.split(".")
    return name in SECRET_NAMES or ("headers" in above and bool(_SECRET_HEADER.search(name)))


class _CheckOrigins:
    """The settings of one check, in the order of the reference."""

    def __init__(self, composer: Composer, id: str) -> None:
        self._judged = id in composer.checking.found
        checking = composer.checking if self._judged else composer.canaries
        self._check: Check = checking.found[id]
        self._policy = checking.policies[id]
        self._body = checking.nodes[id][1]
        self._defaults = checking.defaults_node
        self._own = _Written(checking.readers[id])
        self._inherited = _Written(composer.reader, Source.DEFAULTS)

    def settings(self) -> Iterator[Setting]:
        """All of them."""
        body, check = self._body, self._check
        name = self._own.under(body, "name")
        yield from name or [Setting("name", check.name, _BUILT_IN)]
        yield from self._own.under(body, "template")
        yield from self._options()
        for inherited in self._asked_of(check.kind) if self._judged else CANARY:
            yield from self._cadence(inherited)
        yield from self._expect()
        for key in ("degraded_if", "warn_if", "aliases"):
            yield from self._own.under(body, key)

    @staticmethod
    def _asked_of(kind: Kind) -> tuple[str, ...]:
        """What is inherited: of what nobody probes no cadence, of what brings no number no rule."""
        if kind.pushed is None:
            return tuple(one.name for one in fields(Cadence))
        return JUDGING if kind.learns else ()

    def _options(self) -> Iterator[Setting]:
        kind, options = self._check.kind, self._check.options
        entry = self._body.entries[kind.name]
        node = entry.value
        via = via_of(self._body, entry)
        if isinstance(node, Scalar) and not is_null(node) and kind.short:
            short = Entry(Scalar(kind.short, node.place, via=via), node)
            node = Map({kind.short: short}, node.place, via)
        yield from self._fields(kind.name, options, node if isinstance(node, Map) else None, via)

    def _fields(
        self, path: str, value: Any, node: Map | None, via: Via | None
    ) -> Iterator[Setting]:
        """The fields of a settings value: as written, or as they are unless written."""
        settings: type = type(value)
        sizes = _sizes(settings)
        for one in filter(lambda one: one.init, fields(value)):
            name = one.metadata.get("alias", one.name)
            found, below = getattr(value, one.name), node.get(name) if node else None
            if is_dataclass(found) and (below is None or isinstance(below, Map)):
                yield from self._fields(f"{path}.{name}", found, below, via)
            elif below is not None and node is not None:
                way = via_of(node, node.entries[name]) or via
                yield from self._own.leaves(f"{path}.{name}", below, way)
            else:
                words = said_size(found) if one.name in sizes else said(found)
                yield Setting(f"{path}.{name}", words, _BUILT_IN)

    def _cadence(self, name: str) -> list[Setting]:
        if name == "confirm" and (self._policy.confirm or self._policy.learns is not None):
            return [self._confirm(key) for key in ("fail", "recover")]
        unsaid = getattr(self._policy, name)
        return (
            self._own.under(self._body, name)
            or self._inherited.under(self._defaults, name)
            or [Setting(name, "learned" if unsaid is None else said(unsaid), _BUILT_IN)]
        )

    def _confirm(self, key: str) -> Setting:
        """One half of the rule; where no rule is written, the sensitivity says it."""
        quorum = getattr(rule(self._policy), key)
        if self._policy.confirm is None:
            return Setting(f"confirm.{key}", said(quorum), Origin(Source.SENSITIVITY))
        ways = ((self._own, self._body), (self._inherited, self._defaults))
        for written, holder in ways:
            found = written.under(_below(holder, "confirm"), key, f"confirm.{key}")
            if found:
                return found[0]
        return Setting(f"confirm.{key}", said(quorum), _BUILT_IN)

    def _expect(self) -> Iterator[Setting]:
        """What is written, and what the kind expects by itself."""
        written = _below(self._body, "expect")
        for key, implied in self._check.kind.expected.items():
            if written is None or written.get(key) is None:
                yield Setting(f"expect.{key}", str(implied), _BUILT_IN)
        yield from self._own.under(self._body, "expect")


class _ComponentOrigins:
    """The settings of one component, in the order of the reference."""

    def __init__(self, composer: Composer, id: str) -> None:
        instance = composer.components.nodes[id]
        self._component: Component = composer.components.found[id]
        self._body = instance.body
        self._defaults = composer.checking.defaults_node
        self._own = _Written(instance.reader)
        self._inherited = _Written(composer.reader, Source.DEFAULTS)

    def settings(self) -> Iterator[Setting]:
        """All of them."""
        for one in fields(ComponentSettings):
            if one.name == "promise":
                yield from map(self._promise, ("critical", "major", "minor"))
            elif one.name not in _NOT_SHOWN:
                yield from self._setting(one.name)

    def _setting(self, name: str) -> list[Setting]:
        own = self._own.under(self._body, name)
        if not own and name == "publish":
            own = self._inherited.under(self._defaults, name)
        return own or [Setting(name, said(getattr(self._component, name)), _BUILT_IN)]

    def _promise(self, impact: str) -> Setting:
        ways = ((self._own, self._body), (self._inherited, self._defaults))
        for written, holder in ways:
            found = written.under(_below(holder, "promise"), impact, f"promise.{impact}")
            if found:
                return found[0]
        span = getattr(self._component.promise, impact)
        return Setting(f"promise.{impact}", said(span), _BUILT_IN)


def _below(holder: Map | None, key: str) -> Map | None:
    """The map under a key, knowing the way by which it came."""
    entry = holder.entries.get(key) if holder else None
    if holder is None or entry is None or not isinstance(entry.value, Map):
        return None
    return Map(entry.value.entries, entry.value.place, via_of(holder, entry))


@cache
def _sizes(settings: type) -> frozenset[str]:
    """Which of the settings are sizes."""
    hints = get_type_hints(settings, include_extras=True)
    mark = get_args(Size)[1]
    return frozenset(name for name, hint in hints.items() if mark in _marks(hint))


def _marks(hint: Any) -> tuple[Any, ...]:
    return getattr(hint, "__metadata__", ())


def said_size(number: int) -> str:
    """A number of bytes as one would write it."""
    for unit, size in (("MiB", 2**20), ("KiB", 2**10)):
        if number and number % size == 0:
            return f"{number // size}{unit}"
    return f"{number}B"


def said(value: Any) -> str:
    """A value as one would write it; nothing where there is none."""
    match value:
        case bool() | int():
            return str(value).lower()
        case timedelta():
            return format_duration(value)
        case Quorum():
            return f"{value.needed}/{value.of}"
        case Publication(mode=PublicationMode.HOLD):
            return f"hold: {format_duration(value.hold)}"
        case Counts(mode=CountsMode.AT_LEAST):
            return f"at_least: {value.at_least}"
        case Publication(mode=mode) | Counts(mode=mode):
            return str(mode)
        case Enum():
            return str(value.value)
        case tuple():
            return ", ".join(map(said, value))
    return str(value) if value else ""
