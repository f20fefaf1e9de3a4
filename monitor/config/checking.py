"""One check: its body, templates and defaults to the values that probing and judging go by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta
from typing import Any

from checks.assertions import named
from checks.duration import format_duration
from checks.model import Check, Expectation, Kind, Named
from checks.revision import revision_of
from incidents.policy import CheckPolicy, Confirm, Sensitivity
from monitor.config.each import Instance
from monitor.config.forms import Learned
from monitor.config.names import readable
from monitor.config.nodes import Entry, Map, Node, Scalar, inherited, is_null, kind_of, locate
from monitor.config.schema import Cadence, CheckSettings, ConfirmSettings, Defaults
from monitor.config.suggestions import did_you_mean, listing
from monitor.config.templates import Templates
from monitor.config.validation import Reader, misplaced
from monitor.config.warnings import hiding, literal_secrets, overruled

INTERVAL = timedelta(seconds=30)
TIMEOUT = timedelta(seconds=5)
STATEMENTS = ("expect", "degraded_if", "warn_if")
PROBING = tuple(one.name for one in fields(Cadence))
JUDGING = ("sensitivity", "confirm")
"""Of the cadence: what says how results are judged, not how they are got."""
KEYS = tuple(one.name for one in fields(CheckSettings))
Rule = Learned | ConfirmSettings


@dataclass(slots=True)
class Checking:
    """Reads checks; what all of them share is held here."""

    kinds: Mapping[str, Kind]
    templates: Templates
    defaults: Defaults
    defaults_node: Map | None
    locations: tuple[str, ...]
    found: dict[str, Check] = field(default_factory=dict)
    policies: dict[str, CheckPolicy] = field(default_factory=dict)
    nodes: dict[str, tuple[Scalar, Map]] = field(default_factory=dict)
    readers: dict[str, Reader] = field(default_factory=dict)
    told_default: bool = False
    shared: dict[tuple[int, str], tuple[Named, ...]] = field(default_factory=dict)
    """What expectations of templates came to, by their entries: thousands of checks share them."""

    def read(self, component: str, one: Instance) -> str:
        """Read a check, keep it, and return its id; what is wrong is noted."""
        identifier = f"{component}/{one.id}"
        body = self.templates.applied(one.body)
        self.nodes[identifier] = (one.key, body)
        self.readers[identifier] = one.reader
        check = self.check(identifier, one, body)
        if check is not None:
            self.found[identifier] = check[0]
            self.policies[identifier] = check[1]
        return identifier

    def check(self, identifier: str, one: Instance, body: Map) -> tuple[Check, CheckPolicy] | None:
        """The check and how it is judged; None when something essential is wrong."""
        reader = one.reader
        kind = self._kind(one, body)
        plain = body.without(*self.kinds, *STATEMENTS, "for_each", *self._strangers(body))
        settings: CheckSettings | None = reader.read(plain, CheckSettings, one.key, "a check")
        if kind is None:
            return None
        entry = body.entries[kind.name]
        options = read_options(entry, kind, reader)
        statements = {key: self._statements(key, body, kind, reader) for key in STATEMENTS}
        if settings is None:
            return None
        policy = self._policy(identifier, settings, kind, options)
        if kind.pushed:
            _refuse_probing(kind, body, reader)
        else:
            self._timing(identifier, settings, body, one.key, reader)
            if not kind.learns:
                if policy.confirm is not None:
                    overruled(body, reader.issues, by_defaults=settings.confirm is None)
                hiding(body, settings.ignore_gaps, reader.issues)
            self._known_locations(settings, body, reader)
        if options is None:
            return None
        expected = {named.key for named in statements["expect"]}
        implied = named({key: value for key, value in kind.expected.items() if key not in expected})
        check = Check(
            identifier,
            settings.name or readable(one.id),
            kind,
            options,
            policy.interval,
            policy.timeout,
            policy.locations,
            (*implied, *statements["expect"]),
            statements["degraded_if"],
            statements["warn_if"],
            policy.aliases,
            policy.revision,
        )
        return check, policy

    def _kind(self, one: Instance, body: Map) -> Kind | None:
        issues = one.reader.issues
        found = [name for name in body.entries if name in self.kinds]
        if len(found) > 1:
            first = body.entries[found[0]].key
            issues.add(
                body.entries[found[1]].key,
                f'a second kind "{found[1]}" beside "{found[0]}" in line {first.place.line}',
                "a check asks one question: make it two checks",
            )
        if found:
            return self.kinds[found[0]]
        strangers = self._strangers(body)
        if not strangers:
            issues.add(
                locate(body, (), one.key),
                f'check "{one.id}" has no kind',
                f"say what is probed: one of {listing(self.kinds)}",
            )
        return None

    def _strangers(self, body: Map) -> list[str]:
        """Unknown keys, told with the kinds among what may be meant."""
        strangers = [name for name in body.entries if name not in self.kinds and name not in KEYS]
        for name in strangers:
            near = did_you_mean(name, [*KEYS, *self.kinds])
            known = f"kinds are {listing(self.kinds)}; keys are {listing(KEYS, at_most=24)}"
            hint = "" if near else misplaced(name, "a check") or known
            self.templates.issues.add(body.entries[name].key, f'unknown key "{name}"{near}', hint)
        return strangers

    def _statements(self, key: str, body: Map, kind: Kind, reader: Reader) -> tuple[Named, ...]:
        node = body.get(key)
        if node is None:
            return ()
        if not isinstance(node, Map):
            reader.issues.add(
                node,
                f"a map of expectations is due, not {kind_of(node)}",
                f"{kind.name} has {listing(kind.expectations)}",
            )
            return ()
        shared = (id(node.entries), kind.name)
        if not reader.each and shared in self.shared:
            return self.shared[shared]
        found: dict[str, Expectation] = {}
        for name, entry in node.entries.items():
            type_ = kind.expectations.get(name)
            if type_ is None:
                near = did_you_mean(name, kind.expectations)
                reader.issues.add(
                    inherited(node, entry).key,
                    f'{kind.name} has no expectation "{name}"{near}',
                    f"it has {listing(kind.expectations)}" if kind.expectations else "it has none",
                )
                continue
            label, inner = inherited(node, entry)
            value = reader.validate(inner, reader.raw(inner), type_, label, name)
            if value is not None:
                found[name] = value
        made = named(found)
        if not reader.each:
            self.shared[shared] = made
        return made

    def _policy(
        self, identifier: str, settings: CheckSettings, kind: Kind, options: Any
    ) -> CheckPolicy:
        def either(name: str, otherwise: Any) -> Any:
            own = getattr(settings, name)
            inherited = getattr(self.defaults, name)
            return own if own is not None else inherited if inherited is not None else otherwise

        standard = CheckPolicy("", INTERVAL, TIMEOUT, ())
        return CheckPolicy(
            identifier,
            either("interval", INTERVAL),
            either("timeout", TIMEOUT),
            () if kind.pushed else either("locations", self.locations),
            revision_of(kind.name, options),
            either("sensitivity", Sensitivity.BALANCED),
            _confirm(settings.confirm, self.defaults.confirm),
            either("ignore_gaps", standard.ignore_gaps),
            either("location_grace", standard.location_grace),
            tuple(whole_alias(alias, identifier) for alias in settings.aliases),
            kind.pushed,
            options if kind.pushed else None,
            kind.learns(options) if kind.learns and options is not None else None,
        )

    def _timing(
        self, identifier: str, settings: CheckSettings, body: Map, key: Scalar, reader: Reader
    ) -> None:
        interval = settings.interval or self.defaults.interval or INTERVAL
        timeout = settings.timeout or self.defaults.timeout or TIMEOUT
        if timeout <= interval:
            return
        spans = (format_duration(timeout), format_duration(interval))
        longer = "timeout {} is longer than interval {}".format(*spans)
        hint = "a probe must have ended before the next one begins"
        own = next((name for name in ("timeout", "interval") if getattr(settings, name)), None)
        if own:
            reader.issues.add(locate(body, (own,), key), longer, hint)
        elif not self.told_default and self.defaults_node is not None:
            self.told_default = True
            name = "timeout" if self.defaults.timeout else "interval"
            reader.issues.add(
                locate(self.defaults_node, (name,)), f"{longer} for {identifier}", hint
            )

    def _known_locations(self, settings: CheckSettings, body: Map, reader: Reader) -> None:
        for index, name in enumerate(settings.locations or ()):
            if name not in self.locations:
                unknown_location(body, index, name, self.locations, reader)


def _refuse_probing(kind: Kind, body: Map, reader: Reader) -> None:
    """Note settings that say how a check is probed, on one that nobody probes."""
    for name in PROBING:
        if name in JUDGING and kind.learns:
            continue  # a number is judged like a result
        if body.get(name) is not None:
            message = f'"{name}" means nothing to {kind.name}: others report to it'
            hint = f"what {kind.name} has stands under {kind.name}: itself"
            reader.issues.add(inherited(body, body.entries[name]).key, message, hint)


def whole_alias(alias: str, identifier: str) -> str:
    """A check's earlier id in full; without a slash it was in the same component."""
    return alias if "/" in alias else f"{identifier.partition('/')[0]}/{alias}"


def unknown_location(
    node: Map, index: int, name: str, known: tuple[str, ...], reader: Reader
) -> None:
    """Note a location that the file does not have."""
    near = did_you_mean(name, known)
    reader.issues.add(
        locate(node, ("locations", index)),
        f'no location "{name}"{near}',
        "" if near else f"there are {listing(known)}; more are named in locations: at the top",
    )


def read_options(entry: Entry, kind: Kind, reader: Reader) -> Any:
    """What stands under a kind's key as the kind's options."""
    node: Node = entry.value
    if is_null(node):
        node = Map({}, entry.key.place, entry.key.via)
    raw = reader.raw(node)
    if isinstance(node, Scalar) and kind.short:
        raw = {kind.short: raw}
    elif isinstance(node, Map):
        raw = {name: raw[name] for name, value in node if not is_null(value)}
        literal_secrets(node, raw, reader.issues)
    return reader.validate(node, raw, kind.options, entry.key, kind.name)


def _confirm(own: Rule | None, inherited: Rule | None) -> Confirm | None:
    rules = [one for one in (own, inherited) if isinstance(one, ConfirmSettings)]
    if own == "learned" or not rules:
        return None
    standard = Confirm()
    return Confirm(
        next((one.fail for one in rules if one.fail), standard.fail),
        next((one.recover for one in rules if one.recover), standard.recover),
    )
