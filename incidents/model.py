"""The values of judging: verdicts, components, incidents and those who are told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Judgement(StrEnum):
    """What detection holds of a check, from best to worst, and `unknown` beside them."""

    HEALTHY = "healthy"
    DEGRADED = "degraded"
    PARTIAL = "partial"
    FAILING = "failing"
    UNKNOWN = "unknown"


class ComponentStatus(StrEnum):
    """How a component is shown; the strings are the public API's, but for `unknown`."""

    OPERATIONAL = "operational"
    DEGRADED = "degraded_performance"
    PARTIAL_OUTAGE = "partial_outage"
    MAJOR_OUTAGE = "major_outage"
    MAINTENANCE = "under_maintenance"
    UNKNOWN = "unknown"


class Impact(StrEnum):
    """What customers feel."""

    NONE = "none"
    MINOR = "minor"
    MAJOR = "major"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for none to 3 for critical."""
        return list(Impact).index(self)


class IncidentStatus(StrEnum):
    """Where an incident stands, in the public API's words."""

    INVESTIGATING = "investigating"
    IDENTIFIED = "identified"
    MONITORING = "monitoring"
    RESOLVED = "resolved"
    POSTMORTEM = "postmortem"

    @property
    def over(self) -> bool:
        """Whether nothing more is owed: resolved, or its postmortem is out."""
        return self in (IncidentStatus.RESOLVED, IncidentStatus.POSTMORTEM)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What detection holds of one check now, and why.

    `onset_at` is the instant of the first result that belongs to this judgement;
    `at` is when the verdict was reached. `evidence` is a sentence that a person can check in
    seconds.
    `signature` names the class of failure ("connection refused"); alike ones may be one
    fault. `locations` are those it is seen from, empty when that does not matter.
    """

    check: str
    judgement: Judgement
    onset_at: datetime
    at: datetime
    evidence: str = ""
    signature: str = ""
    locations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words of the machine, to be said in any language: a key and what fills it."""

    key: str
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StatusChange:
    """A component's status from an instant on."""

    at: datetime
    status: ComponentStatus


@dataclass(frozen=True, slots=True)
class Shift:
    """A component's status before and after an update."""

    before: ComponentStatus
    after: ComponentStatus


@dataclass(frozen=True, slots=True)
class Update:
    """One public post. `promised_at` is the instant by which the next one is due.

    `phrase` is set when the words are the machine's; `body` then holds them in English.
    `components` maps each affected component to its shift since the update before. `title` is
    what the incident went by when it was posted, `title_phrase` the same to be said in any
    language, where its words are the machine's.
    """

    id: str
    status: IncidentStatus
    body: str
    at: datetime
    author: str
    phrase: Phrase | None = None
    promised_at: datetime | None = None
    automatic: bool = False
    edited_at: datetime | None = None
    components: Mapping[str, Shift] = field(default_factory=dict)
    title: str = ""
    title_phrase: Phrase | None = None


@dataclass(frozen=True, slots=True)
class Incident:
    """A disturbance with a life of its own, as its events left it.

    `timeline` holds every component ever affected with its changes of status, the first at
    the onset. `checks` holds the last verdict of each check that is or was part of it;
    `forgotten` those no longer monitored. `touched` is true once an operator has written,
    `titled` once the title is one's own; until then `title_phrase` says it in any language.
    `recovered_at` is when the last component became operational, None while one is not.
    `sequence` counts its events. `read_only` is true when it holds an event of a later
    version of Upfront. `standing` counts the components that have each status now, `suffered`
    those to which each is the worst that happened, and `untold` those that are worse than
    customers were told; the events keep all three up to date.
    """

    id: str
    title: str
    status: IncidentStatus
    onset_at: datetime
    opened_at: datetime
    sequence: int = 0
    published_at: datetime | None = None
    publish_due_at: datetime | None = None
    discarded_at: datetime | None = None
    recovered_at: datetime | None = None
    monitoring_at: datetime | None = None
    resolved_at: datetime | None = None
    changed_at: datetime | None = None
    relapses: int = 0
    touched: bool = False
    titled: bool = False
    read_only: bool = False
    timeline: Mapping[str, tuple[StatusChange, ...]] = field(default_factory=dict)
    checks: Mapping[str, Verdict] = field(default_factory=dict)
    forgotten: frozenset[str] = frozenset()
    updates: tuple[Update, ...] = ()
    standing: Mapping[ComponentStatus, int] = field(default_factory=dict)
    suffered: Mapping[ComponentStatus, int] = field(default_factory=dict)
    untold: int = 0
    title_phrase: Phrase | None = None

    @property
    def public(self) -> bool:
        """Whether customers may know of it."""
        return self.published_at is not None and self.discarded_at is None

    @property
    def open(self) -> bool:
        """Whether it still goes on."""
        return self.discarded_at is None and not self.status.over

    @property
    def promised_at(self) -> datetime | None:
        """The instant by which customers were promised to hear more."""
        return self.updates[-1].promised_at if self.updates and self.open else None

    @property
    def components(self) -> dict[str, ComponentStatus]:
        """The present status of every component it ever affected."""
        return {name: changes[-1].status for name, changes in self.timeline.items()}

    def status_of(self, component: str) -> ComponentStatus:
        """The present status of one component, operational if it was never affected."""
        changes = self.timeline.get(component)
        return changes[-1].status if changes else ComponentStatus.OPERATIONAL


@dataclass(frozen=True, slots=True)
class Span:
    """A component had a status from an instant to another (None: still) for a cause.

    The cause is an incident's id, a maintenance's id, or `monitoring:COMPONENT:INSTANT` when
    we could not tell from then on. Spans of several causes may overlap; `impact.flatten`
    says what was shown.
    """

    component: str
    from_at: datetime
    to_at: datetime | None
    status: ComponentStatus
    cause: str


class SubscriberState(StrEnum):
    """Where a subscription stands."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Subscriber:
    """Someone who asked to be told, on one page.

    `components` empty means all that the page shows at the time. `confirmed_position` is the
    event log's position when the subscription was confirmed: events after it are owed. `page`
    is the page's id, empty until one is given to subscriptions from before there were several.
    """

    id: str
    channel: str
    address: str
    created_at: datetime
    state: SubscriberState = SubscriberState.PENDING
    components: tuple[str, ...] = ()
    language: str = "en"
    confirmed_position: int | None = None
    page: str = ""
