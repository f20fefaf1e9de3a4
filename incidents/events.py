"""What can happen: to an incident, a maintenance, a component, a check, a subscription.

Events are facts that are never rewritten. Each carries the version of its shape; a later
shape brings an upcaster for the earlier one. An event that this version does not know is
kept as `Unknown`, so that nothing is lost when an older Upfront reads a newer log.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

import msgspec

from incidents.maintenance import Work
from incidents.model import ComponentStatus, IncidentStatus, Phrase, Shift, Verdict
from incidents.policy import Publication

MACHINE = "machine"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened; `TYPE` and `VERSION` name its shape in the log."""

    TYPE: ClassVar[str]
    VERSION: ClassVar[int] = 1


@dataclass(frozen=True, slots=True)
class Opened(Event):
    """An incident began; `onset_at` is the first result that belongs to it.

    `phrase` is the title in the machine's words, to be said in any language.
    """

    TYPE: ClassVar[str] = "opened"
    title: str
    onset_at: datetime
    publication: Publication
    phrase: Phrase | None = None


@dataclass(frozen=True, slots=True)
class CheckJudged(Event):
    """A check joined the incident, or its verdict changed.

    `signal_position` is the last signal that the verdict rests on: replay after a restart
    offers older verdicts again, and they must change nothing.
    """

    TYPE: ClassVar[str] = "check_judged"
    verdict: Verdict
    signal_position: int


@dataclass(frozen=True, slots=True)
class CheckForgotten(Event):
    """A check of the incident is no longer monitored."""

    TYPE: ClassVar[str] = "check_forgotten"
    check: str


@dataclass(frozen=True, slots=True)
class MembersMoved(Event):
    """Components and checks of the incident go by other ids now: old to new."""

    TYPE: ClassVar[str] = "members_moved"
    components: Mapping[str, str]
    checks: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class StatusChanged(Event):
    """A component has another status within this incident, from `from_at` on."""

    TYPE: ClassVar[str] = "status_changed"
    component: str
    status: ComponentStatus
    from_at: datetime


@dataclass(frozen=True, slots=True)
class Published(Event):
    """The incident became public, back-dated to its onset."""

    TYPE: ClassVar[str] = "published"


@dataclass(frozen=True, slots=True)
class Discarded(Event):
    """The incident was never to be public, and is over."""

    TYPE: ClassVar[str] = "discarded"
    reason: str


@dataclass(frozen=True, slots=True)
class Retitled(Event):
    """The incident goes by another title; `automatic` says that its words are the machine's.

    `phrase` is those words, to be said in any language.
    """

    TYPE: ClassVar[str] = "retitled"
    title: str
    automatic: bool = True
    phrase: Phrase | None = None


@dataclass(frozen=True, slots=True)
class Relapsed(Event):
    """A component that had recovered fails again within the same incident."""

    TYPE: ClassVar[str] = "relapsed"


@dataclass(frozen=True, slots=True)
class ChecksRecovered(Event):
    """All is well by the checks, in an incident whose words are an operator's."""

    TYPE: ClassVar[str] = "checks_recovered"


@dataclass(frozen=True, slots=True)
class UpdatePosted(Event):
    """A public post, which sets the incident's status."""

    TYPE: ClassVar[str] = "update_posted"
    update: str
    status: IncidentStatus
    body: str
    phrase: Phrase | None = None
    promised_at: datetime | None = None
    automatic: bool = False
    components: Mapping[str, Shift] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class UpdateEdited(Event):
    """A post has other words; it stays the same post."""

    TYPE: ClassVar[str] = "update_edited"
    update: str
    body: str


@dataclass(frozen=True, slots=True)
class MaintenanceEvent(Event):
    """Something that became of a maintenance.

    `phrase` or `body` is what is posted of it, nothing where both are empty. `quiet` says that
    nobody is written to.
    """

    phrase: Phrase | None = None
    body: str = ""
    quiet: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MaintenanceScheduled(MaintenanceEvent):
    """Work was announced; or again, after it had been cancelled."""

    TYPE: ClassVar[str] = "maintenance_scheduled"
    plan: str
    work: Work


@dataclass(frozen=True, slots=True, kw_only=True)
class MaintenanceChanged(MaintenanceEvent):
    """The announcement says something else."""

    TYPE: ClassVar[str] = "maintenance_changed"
    work: Work


@dataclass(frozen=True, slots=True, kw_only=True)
class MaintenanceStarted(MaintenanceEvent):
    """The work goes on, since `from_at`."""

    TYPE: ClassVar[str] = "maintenance_started"
    from_at: datetime
    components: Mapping[str, Shift] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class MaintenanceCompleted(MaintenanceEvent):
    """The work is over, since `to_at`."""

    TYPE: ClassVar[str] = "maintenance_completed"
    to_at: datetime
    components: Mapping[str, Shift] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class MaintenanceCancelled(MaintenanceEvent):
    """The work that was announced will not take place."""

    TYPE: ClassVar[str] = "maintenance_cancelled"


@dataclass(frozen=True, slots=True)
class ComponentRegistered(Event):
    """A component was seen for the first time, or by another name; its public id stays."""

    TYPE: ClassVar[str] = "component_registered"
    public_id: str
    name: str


@dataclass(frozen=True, slots=True)
class ComponentRemoved(Event):
    """A component is no longer in the configuration."""

    TYPE: ClassVar[str] = "component_removed"


@dataclass(frozen=True, slots=True)
class ComponentMoved(Event):
    """The component took the place of another one, which it was before under another id."""

    TYPE: ClassVar[str] = "component_moved"
    previous: str


@dataclass(frozen=True, slots=True)
class ComponentUnknown(Event):
    """No check of the component can tell, since `from_at`."""

    TYPE: ClassVar[str] = "component_unknown"
    from_at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class ComponentKnown(Event):
    """The component's checks can tell again, since `from_at`; or for the `first` time."""

    TYPE: ClassVar[str] = "component_known"
    from_at: datetime
    first: bool = False


@dataclass(frozen=True, slots=True)
class WarningRaised(Event):
    """A `warn_if` of a check came true; for operators only."""

    TYPE: ClassVar[str] = "warning_raised"
    warning: str
    signal_position: int = 0


@dataclass(frozen=True, slots=True)
class WarningCleared(Event):
    """A `warn_if` of a check is no longer true."""

    TYPE: ClassVar[str] = "warning_cleared"
    warning: str
    signal_position: int = 0


@dataclass(frozen=True, slots=True)
class SubscriptionRequested(Event):
    """Someone asked to be told and must confirm; the address is in the subscriber's record.

    What was asked for holds once it is confirmed: nobody changes another's subscription.
    `page` is the one that was asked, empty from before there were several.
    """

    TYPE: ClassVar[str] = "subscription_requested"
    components: tuple[str, ...] = ()
    language: str = "en"
    page: str = ""


@dataclass(frozen=True, slots=True)
class SubscriptionConfirmed(Event):
    """The subscriber confirmed: events from here on are owed."""

    TYPE: ClassVar[str] = "subscription_confirmed"


@dataclass(frozen=True, slots=True)
class SubscriptionEnded(Event):
    """The subscriber wants no more."""

    TYPE: ClassVar[str] = "subscription_ended"
    reason: str = "unsubscribed"


@dataclass(frozen=True, slots=True)
class Unknown(Event):
    """An event of a later version, kept as it was written."""

    TYPE: ClassVar[str] = ""
    type: str
    version: int
    raw: bytes


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event in the log.

    `position` orders the whole log without gaps that matter; `sequence` counts within the
    subject, from 1. Subjects are `incident:ID`, `maintenance:ID`, `component:ID`, `check:ID`,
    `subscriber:ID`.
    """

    position: int
    subject: str
    sequence: int
    at: datetime
    actor: str
    event: Event


Upcaster = Callable[[dict[str, Any]], dict[str, Any]]

UPCASTERS: Mapping[tuple[str, int], Upcaster] = {}
"""(type, version) to a function from that version's fields to the next version's."""

KNOWN: Mapping[str, type[Event]] = {
    found.TYPE: found
    for found in list(globals().values())
    if isinstance(found, type) and issubclass(found, Event) and "TYPE" in vars(found) and found.TYPE
}


def subject_id(subject: str) -> str:
    """The id in a subject: "incident:k3v9" to "k3v9"."""
    return subject.partition(":")[2]


def encode(event: Event) -> bytes:
    """The event's fields as JSON, as the log keeps them."""
    return event.raw if isinstance(event, Unknown) else msgspec.json.encode(event)


def decode(name: str, version: int, raw: bytes) -> Event:
    """The event that the log holds, brought up to today's shape; `Unknown` if it is newer."""
    known = KNOWN.get(name)
    if known is None or version > known.VERSION:
        return Unknown(name, version, raw)
    if version == known.VERSION:
        return msgspec.json.decode(raw, type=known)
    fields = msgspec.json.decode(raw, type=dict[str, Any])
    for older in range(version, known.VERSION):
        fields = UPCASTERS[name, older](fields)
    return msgspec.convert(fields, known)


def shape(event: Event) -> tuple[str, int]:
    """Type and version under which an event is written."""
    if isinstance(event, Unknown):
        return event.type, event.version
    return event.TYPE, event.VERSION
