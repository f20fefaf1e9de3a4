"""The settings of judging and telling: sensitivity, publication, promises, routes.

Plain frozen values; `monitor/config/` reads them from checks.yaml. The docstring under a
field is its entry in the reference.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any

from annotated_types import Ge

from checks.model import owner_of
from checks.pushing import Pushed
from incidents.model import ComponentStatus, Impact


class Sensitivity(StrEnum):
    """How soon a verdict is reached, against how often it is wrong."""

    CALM = "calm"
    BALANCED = "balanced"
    EAGER = "eager"


@dataclass(frozen=True, slots=True)
class Quorum:
    """So many of the last so many results; written `3/5`."""

    needed: Annotated[int, Ge(1)]
    of: Annotated[int, Ge(1)]


@dataclass(frozen=True, slots=True)
class Confirm:
    """A plain rule in place of the learned one: when to believe a failure and a recovery."""

    fail: Quorum = Quorum(3, 3)
    recover: Quorum = Quorum(2, 2)


@dataclass(frozen=True, slots=True)
class CheckPolicy:
    """How one check is judged. The spans are needed by the folds and come from the check.

    One that nobody probes is judged by what is `pushed` to it, under the `options` of its kind.
    """

    check: str
    interval: timedelta
    timeout: timedelta
    locations: tuple[str, ...]
    revision: str = ""
    sensitivity: Sensitivity = Sensitivity.BALANCED
    confirm: Confirm | None = None
    ignore_gaps: timedelta = timedelta(seconds=8)
    location_grace: timedelta = timedelta(minutes=5)
    aliases: tuple[str, ...] = ()
    pushed: Pushed | None = None
    options: Any = None
    learns: bool | None = None
    """Whether what is usual of the number it brings is learned; None where it brings none."""
    availability: float | None = None
    """The component's objective, by which the burning of its error budget is judged."""

    @property
    def learned(self) -> bool:
        """Whether it is probed and judged by what is learned of it: by no rule, and no number."""
        return self.confirm is None and self.pushed is None and self.learns is None


class PublicationMode(StrEnum):
    """Who makes an incident public, and when."""

    AUTO = "auto"
    HOLD = "hold"
    DRAFT = "draft"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Publication:
    """At once, after a hold in which operators can discard it, by an operator, or never."""

    mode: PublicationMode = PublicationMode.AUTO
    hold: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class PromisePolicy:
    """How soon after an update the next one is promised, by impact."""

    critical: timedelta = timedelta(minutes=30)
    major: timedelta = timedelta(hours=1)
    minor: timedelta = timedelta(hours=4)

    def span(self, impact: Impact) -> timedelta:
        """The span for an impact; `none` is treated as minor."""
        if impact is Impact.CRITICAL:
            return self.critical
        return self.major if impact is Impact.MAJOR else self.minor


class CountsMode(StrEnum):
    """How failing checks make the component."""

    WORST = "worst"
    BEST = "best"
    AT_LEAST = "at_least"


@dataclass(frozen=True, slots=True)
class Counts:
    """The worst check decides, the best one does, or so many must fail."""

    mode: CountsMode = CountsMode.WORST
    at_least: Annotated[int, Ge(1)] = 1


@dataclass(frozen=True, slots=True)
class LatencyGoal:
    """So large a share of probes answers within a span: `p95: {below: 300ms}`."""

    share: float
    below: timedelta


@dataclass(frozen=True, slots=True)
class Objective:
    """What we hold ourselves to, over a sliding window."""

    availability: float | None = None
    latency: tuple[LatencyGoal, ...] = ()
    window: timedelta = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Agreement:
    """What was agreed with customers, by calendar month in a zone (None: the page's)."""

    availability: float
    agreed: date
    timezone: str | None = None


@dataclass(frozen=True, slots=True)
class MaintenancePlan:
    """Announced work as checks.yaml has it: once or by an RFC 5545 rule, in local time.

    `components` empty means all. `status` is what they show while it runs.
    """

    id: str
    title: str
    starts: datetime
    timezone: str
    lasts: timedelta
    description: str = ""
    components: tuple[str, ...] = ()
    repeat: str | None = None
    status: ComponentStatus = ComponentStatus.MAINTENANCE


@dataclass(frozen=True, slots=True)
class Component:
    """A named part of what customers use, as configured."""

    id: str
    name: str
    group: str | None = None
    description: str = ""
    depends_on: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    publish: Publication = Publication()
    promise: PromisePolicy = PromisePolicy()
    impact_at_most: Impact = Impact.CRITICAL
    counts: Counts = Counts()
    help: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    objective: Objective | None = None
    agreement: Agreement | None = None
    pages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """Components shown together."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Target:
    """Where a message goes: the channel's kind and an address that it understands."""

    channel: str
    address: str


@dataclass(frozen=True, slots=True)
class Route:
    """Which events go to which operators."""

    id: str
    to: tuple[Target, ...]
    impact: frozenset[Impact] = frozenset(Impact)
    components: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Policy:
    """All that judging and telling go by, in the order of the file."""

    components: Mapping[str, Component] = field(default_factory=dict)
    checks: Mapping[str, CheckPolicy] = field(default_factory=dict)
    groups: Mapping[str, Group] = field(default_factory=dict)
    routes: tuple[Route, ...] = ()
    maintenance: Mapping[str, MaintenancePlan] = field(default_factory=dict)
    canaries: Mapping[str, CheckPolicy] = field(default_factory=dict)
    """Probes of what is not ours, by id: they fail only where our own network does."""
    watch: timedelta = timedelta(minutes=5)
    """How long a recovered incident is watched before it is resolved; doubled by each relapse."""

    def component_of(self, check: str) -> Component | None:
        """The component that a check belongs to, if it is still configured."""
        return self.components.get(owner_of(check))
