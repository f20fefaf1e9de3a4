"""Components and their checks, with what each inherits from the defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from checks.settings import parse_share
from incidents.policy import (
    Agreement,
    Component,
    Counts,
    Group,
    LatencyGoal,
    Objective,
    PromisePolicy,
    Publication,
)
from monitor.config.checking import Checking
from monitor.config.each import Instance, instances
from monitor.config.names import readable
from monitor.config.nodes import Entry, Items, Map, Node, Scalar, kind_of, locate
from monitor.config.schema import (
    AgreementSettings,
    ComponentSettings,
    Defaults,
    ObjectiveSettings,
    PromiseSettings,
)
from monitor.config.suggestions import did_you_mean, listing
from monitor.config.validation import Reader
from statuspage.site import Page


@dataclass(slots=True)
class Components:
    """Reads components; keeps their nodes, so that later issues find their place."""

    checking: Checking
    defaults: Defaults
    groups: Mapping[str, Group]
    pages: Mapping[str, Page]
    found: dict[str, Component] = field(default_factory=dict)
    nodes: dict[str, Instance] = field(default_factory=dict)

    def read_all(self, entries: Mapping[str, Entry], reader: Reader) -> None:
        """Read every component of the file."""
        for one in instances(entries, reader, "component"):
            self.nodes[one.id] = one
            self._read(one)

    def note(
        self, component: str, path: tuple[str, ...], text: str, message: str, hint: str = ""
    ) -> None:
        """Note an issue with a text in one of a component's lists (or the setting itself)."""
        one = self.nodes[component]
        node: Node | None = one.body.get(path[0])
        items = node.items if isinstance(node, Items) else [node] if node else []
        at = next(
            (item for item in items if isinstance(item, Scalar) and one.reader.text(item) == text),
            one.key,
        )
        one.reader.issues.add(at, message, hint)

    def _read(self, one: Instance) -> None:
        settings: ComponentSettings | None = one.reader.read(
            one.body.without("checks", "for_each"), ComponentSettings, one.key, "a component"
        )
        checks = self._checks(one)
        settings = settings or ComponentSettings()
        self.found[one.id] = Component(
            one.id,
            settings.name or readable(one.id),
            settings.group,
            settings.description,
            tuple(dict.fromkeys(settings.depends_on)),
            checks,
            settings.publish or self.defaults.publish or Publication(),
            _promise(settings.promise, self.defaults.promise),
            settings.impact_at_most,
            settings.counts or Counts(),
            settings.help,
            settings.aliases,
            _objective(settings.objective, one),
            _agreement(settings.agreement),
            settings.pages,
        )
        self._refer(one, self.found[one.id])

    def _checks(self, one: Instance) -> tuple[str, ...]:
        node = one.body.get("checks")
        if node is None:
            return ()
        if not isinstance(node, Map):
            one.reader.issues.add(node, f"a map of checks by id is due, not {kind_of(node)}")
            return ()
        return tuple(
            self.checking.read(one.id, check)
            for check in instances(node.entries, one.reader, "check")
        )

    def _refer(self, one: Instance, component: Component) -> None:
        """What a component refers to within its own file must be there."""
        issues = one.reader.issues
        if component.group and component.group not in self.groups and not issues.broken:
            near = did_you_mean(component.group, self.groups)
            known = f"there are {listing(self.groups)}" if self.groups else "there are no groups"
            issues.add(
                locate(one.body, ("group",), one.key),
                f'no group "{component.group}"{near}',
                "" if near else known,
            )
        for page in component.pages:
            if page not in self.pages:
                near = did_you_mean(page, self.pages)
                hint = "" if near else f"there are {listing(self.pages)}"
                self.note(one.id, ("pages",), page, f'no page "{page}"{near}', hint)
        least, number = component.counts.at_least, len(component.checks)
        if least > max(1, number):
            issues.add(
                locate(one.body, ("counts",), one.key),
                f"at_least {least} of {number} checks can never fail",
            )


def _promise(own: PromiseSettings | None, inherited: PromiseSettings | None) -> PromisePolicy:
    standard = PromisePolicy()

    def either(name: str) -> Any:
        said = (getattr(one, name) for one in (own, inherited) if one is not None)
        return next((span for span in said if span is not None), getattr(standard, name))

    return PromisePolicy(either("critical"), either("major"), either("minor"))


def _objective(settings: ObjectiveSettings | None, one: Instance) -> Objective | None:
    if settings is None:
        return None
    goals: list[LatencyGoal] = []
    for name, limit in settings.latency.items():
        share = _percentile(name)
        if share is None:
            one.reader.issues.add(
                locate(one.body, ("objective", "latency", name), one.key),
                f'"{name}" is no percentile',
                "write p50, p95, p99 or p99.9",
            )
        else:
            goals.append(LatencyGoal(share, limit.below))
    if settings.availability is None and not settings.latency:
        one.reader.issues.add(
            locate(one.body, ("objective",), one.key), "availability or latency is due"
        )
    return Objective(settings.availability, tuple(goals), settings.window or Objective().window)


def _percentile(name: str) -> float | None:
    try:
        share = parse_share(name.removeprefix("p") + "%") if name.startswith("p") else 1
    except ValueError:
        return None
    return share if 0 < share < 1 else None


def _agreement(settings: AgreementSettings | None) -> Agreement | None:
    if settings is None:
        return None
    return Agreement(settings.availability, settings.agreed, settings.timezone)
