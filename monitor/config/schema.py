"""The keys of checks.yaml as people write them; the docstring under a field is its reference.

None means that a key is not set, so that what it inherits can be told from what it says.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Annotated, Any

from annotated_types import MinLen

from checks.settings import Duration
from incidents.model import ComponentStatus, Impact
from incidents.policy import Sensitivity
from monitor.config.forms import (
    Address,
    CountsForm,
    Gap,
    Learned,
    LocalTime,
    Month,
    Network,
    Part,
    PublicationForm,
    QuorumText,
    Storage,
    TargetText,
    Timezone,
    Transport,
    Url,
)
from monitor.config.page_schema import PageSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Where Upfront listens."""

    public: Address = "127.0.0.1:8080"
    """The status page, its feeds and APIs; `0.0.0.0:8080` in a container."""
    internal: Address = "127.0.0.1:9464"
    """`/metrics`, `/probe` and health, for your own network only."""
    trusted_proxies: tuple[Network, ...] = ()
    """Networks whose `X-Forwarded-For` is believed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watchdog:
    """Who watches us."""

    ping: Url
    """An address that we call every minute while we are well; its owner alarms on silence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmSettings:
    """A plain rule of your own: when to believe a failure and a recovery.

    The more is asked for, the later it is told and the less often it is wrong.
    """

    fail: QuorumText | None = None
    """So many of the last results fail before a failure is believed: `3/5`."""
    recover: QuorumText | None = None
    """So many of the last results pass before a recovery is believed: `2/2`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseSettings:
    """How soon after an update the next one is promised to customers, by impact."""

    critical: Duration | None = None
    """Impact critical: 30m unless set."""
    major: Duration | None = None
    """Impact major: 1h unless set."""
    minor: Duration | None = None
    """Impact minor: 4h unless set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cadence:
    """What a check inherits from `defaults` and may set itself."""

    interval: Duration | None = None
    """How often it is probed from each location; 30s unless set."""
    timeout: Duration | None = None
    """When a probe is given up; 5s unless set, never more than `interval`."""
    locations: Annotated[tuple[str, ...], MinLen(1)] | None = None
    """Where it is probed from; all locations unless set."""
    sensitivity: Sensitivity | None = None
    """How much evidence an incident takes; `balanced` unless set. A total outage is told as soon by
    all three. `calm` waits longer for the rest (slowness for 4m, not 90s; one failure in five is
    told half as late again) and misses more of what is slight. `eager` waits less (slowness 60s)
    and is wrong more often. [detection.md](detection.md#the-settings-and-what-each-costs) has
    the figures."""
    confirm: Learned | ConfirmSettings | None = None
    """A plain rule of your own in place of what is learned: so many of the last results. It knows
    nothing of slow answers that are unusual, of a few per cent of failures, of releases and of
    short gaps: `sensitivity` and `ignore_gaps` do not apply. With 3/3 a total outage is told in
    half the time (rechecks come a second apart), one failure in five mostly never, and every run
    of failures that long is an incident, each restart too: dozens of times as many false ones.
    `learned` sets aside a rule that `defaults` or a template brings."""
    ignore_gaps: Gap | None = None
    """Outages shorter than this open no incident: a restart, a fail-over. 8s unless set, `0s` for
    none. Each second more tells every total outage a second later, and nothing else; what
    usually lasts longer here (a reboot takes 45s) costs a false alarm unless this is longer,
    until it is learned as a habit."""
    location_grace: Duration | None = None
    """How long a check may fail from one location only, while canaries answer there, before
    customers read of a partial outage that names the location; operators see it at once. 5m
    unless set. Shorter tells of a cut route sooner, and of every passing trouble of one network.
    With one location it means nothing: nobody can tell then whose fault a failure is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Defaults(Cadence):
    """What holds wherever nothing else is said."""

    publish: PublicationForm | None = None
    """How incidents become public; auto unless set."""
    promise: PromiseSettings | None = None
    """How soon the next update is promised."""
    watch: Duration = timedelta(minutes=5)
    """How long an incident whose checks recovered is watched before it is resolved; doubled by
    each relapse."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckSettings(Cadence):
    """A check: the question that is asked again and again. It holds exactly one kind key."""

    name: str | None = None
    """What operators call it; the id made readable unless set."""
    template: tuple[str, ...] = ()
    """Templates to start from, left to right; what the check says itself wins."""
    expect: dict[str, Any] | None = None
    """All of these must hold; otherwise the check fails."""
    degraded_if: dict[str, Any] | None = None
    """One of these suffices to call the check slow rather than down."""
    warn_if: dict[str, Any] | None = None
    """One of these suffices to tell operators; customers see nothing."""
    aliases: tuple[str, ...] = ()
    """Ids that the check had before; its history follows."""
    for_each: dict[str, list[str]] | None = None
    """Makes the check once for each value; `${each:NAME}` stands for it, in the key as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Below:
    """A limit from above."""

    below: Duration
    """Shorter than this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectiveSettings:
    """What we hold ourselves to."""

    availability: Part | None = None
    """The share of time that the component is up, below 100 %."""
    latency: dict[str, Below] = field(default_factory=dict)
    """By percentile, as in `p95: {below: 300ms}`."""
    window: Duration | None = None
    """The sliding window it is judged over; 30d unless set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementSettings:
    """What was agreed with customers (SLA)."""

    availability: Part
    """The share of time that the component is up."""
    window: Month = "calendar_month"
    """Judged by calendar month."""
    agreed: date
    """The day from which it holds."""
    timezone: Timezone | None = None
    """The zone of its months; the page's unless set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentSettings:
    """A named part of what customers use. One without checks is set by operators."""

    name: str | None = None
    """What customers call it; the id made readable unless set."""
    group: str | None = None
    """The group it is shown in."""
    description: str = ""
    """One sentence for customers."""
    depends_on: tuple[str, ...] = ()
    """Components whose failure explains this one's: both share one incident."""
    publish: PublicationForm | None = None
    """How incidents become public: `auto`, `draft`, `never`, or `{hold: 3m}`, a time in which
    operators can discard them."""
    promise: PromiseSettings | None = None
    """How soon after an update the next one is promised."""
    impact_at_most: Impact = Impact.CRITICAL
    """The most that its failure is called."""
    counts: CountsForm | None = None
    """How failing checks make the component: `worst` (the worst decides), `best` (the best
    decides, for redundant ways) or `{at_least: 2}` (that many must fail)."""
    objective: ObjectiveSettings | None = None
    """What you hold yourselves to (SLO)."""
    agreement: AgreementSettings | None = None
    """What was agreed with customers (SLA)."""
    help: tuple[str, ...] = ()
    """Articles that may help customers: Markdown files in `help/` beside the main file."""
    pages: tuple[str, ...] = ()
    """The pages it is shown on, and no others; unless set, those that select it or everything."""
    aliases: tuple[str, ...] = ()
    """Ids that the component had before; its history follows."""
    for_each: dict[str, list[str]] | None = None
    """Makes the component once for each value; `${each:NAME}` stands for it."""
    checks: dict[str, Any] = field(default_factory=dict)
    """Its checks by id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupSettings:
    """Components shown together."""

    name: str | None = None
    """Its heading; the id made readable unless set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """What a route is for; everything unless limited."""

    impact: frozenset[Impact] = frozenset(Impact)
    """Incidents of these impacts."""
    components: tuple[str, ...] = ()
    """Incidents of these components or groups."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteSettings:
    """Which events go to which operators."""

    to: Annotated[tuple[TargetText, ...], MinLen(1)]
    """Targets as KIND:ADDRESS: `mail:oncall@acme.example`, `webhook:https://…`."""
    when: When = field(default_factory=When)
    """Which incidents; all unless limited."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MaintenanceSettings:
    """Announced work, as [maintenance.md](maintenance.md) tells: nothing opens while it runs."""

    title: str
    """What is done, for customers."""
    description: str = ""
    """More about it, in Markdown."""
    components: tuple[str, ...] = ()
    """Components or groups; all unless set."""
    starts: LocalTime
    """Local time of the (first) start: `2026-01-31 22:30`."""
    timezone: Timezone | None = None
    """The zone of `starts`; the page's unless set."""
    lasts: Duration
    """How long it takes, at most `90d`."""
    repeat: str | None = None
    """An RFC 5545 rule, daily at the most often: `FREQ=WEEKLY;BYDAY=SU`."""
    status: ComponentStatus = ComponentStatus.MAINTENANCE
    """What components show while it runs: `under_maintenance` or `operational`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Main:
    """The whole file. Only `version` and `components` are required."""

    version: int
    """The version of this grammar: 1."""
    include: tuple[str, ...] = ()
    """Paths or globs of further files, relative to this one. They may hold `components`, `groups`,
    `templates`, `routes` and `include`."""
    page: PageSettings | None = None
    """The page; short for `pages: {main: …}`."""
    pages: dict[str, PageSettings] | None = None
    """Several pages by id; the first one answers wherever no other is meant."""
    server: Server = field(default_factory=Server)
    """Where Upfront listens."""
    storage: Storage = "sqlite:.data/upfront.db"
    """Where everything is kept: `sqlite:PATH` (relative to where Upfront runs) or
    `postgresql://…`."""
    transport: Transport | None = None
    """How probes reach agents elsewhere: `nats://…`; within this process unless set."""
    locations: tuple[str, ...] = ()
    """Where agents probe from; this process alone, called `local`, unless set."""
    connectivity: tuple[dict[str, Any], ...] = ()
    """Canaries, which say whether it is us: checks of things that are not yours and always there,
    best three in different networks, each probed every 60s with a timeout of 3s unless it says
    otherwise. When a check fails they are asked at once from the same place, and while none
    answers nothing that fails there counts. That costs up to 3s where they do not answer and
    nothing where they do. Without any, an outage of Upfront's own network is told as one of every
    component that is probed over it."""
    watchdog: Watchdog | None = None
    """Who watches us."""
    secret_key: str | None = None
    """The key that signs links: `${file:secret_key}`; made at the first start unless set."""
    channels: dict[str, Any] = field(default_factory=dict)
    """Ways to tell, by kind."""
    defaults: Defaults = field(default_factory=Defaults)
    """What holds wherever nothing else is said."""
    routes: dict[str, RouteSettings] = field(default_factory=dict)
    """Which events go to which operators, by id."""
    templates: dict[str, Any] = field(default_factory=dict)
    """Parts of checks by name, for `template:`."""
    groups: dict[str, GroupSettings] = field(default_factory=dict)
    """Headings on the page, by id."""
    components: dict[str, ComponentSettings]
    """What customers use, by id."""
    maintenance: dict[str, MaintenanceSettings] = field(default_factory=dict)
    """Announced work, by id."""


INCLUDED_KEYS = ("version", "include", "components", "groups", "templates", "routes")
"""What an included file may hold."""
