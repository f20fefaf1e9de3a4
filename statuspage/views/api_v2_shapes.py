"""What Atlassian Statuspage's public API, version 2, answers: its fields and their types."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from msgspec import UNSET, Meta, Struct, UnsetType

from incidents.model import IncidentStatus

Timestamp = Annotated[
    str,
    Meta(
        pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}(Z|[+-]\d\d:\d\d)$",
        description="In the page's zone, always with three decimals.",
        examples=["2026-11-21T14:02:31.000+01:00"],
    ),
]
Id = Annotated[str, Meta(pattern="^[a-z0-9]{12}$", examples=["kctbh9vrtdwd"])]


def timestamp(at: datetime, zone: ZoneInfo) -> str:
    """An instant in the page's zone, always with three decimals: clients cut them off."""
    text = at.astimezone(zone).isoformat(timespec="milliseconds")
    return text.removesuffix("+00:00") + "Z" if text.endswith("+00:00") else text


class KnownStatus(StrEnum):
    """How a component is; the format has no word for unknown."""

    OPERATIONAL = "operational"
    DEGRADED = "degraded_performance"
    PARTIAL_OUTAGE = "partial_outage"
    MAJOR_OUTAGE = "major_outage"
    MAINTENANCE = "under_maintenance"


class WorkStatus(StrEnum):
    """Where a maintenance stands; the format has no word for cancelled."""

    SCHEDULED = "scheduled"
    IN_PROGRESS = "in_progress"
    VERIFYING = "verifying"
    COMPLETED = "completed"


class PostStatus(StrEnum):
    """Where an incident or a maintenance stood when an update was posted."""

    INVESTIGATING = "investigating"
    IDENTIFIED = "identified"
    MONITORING = "monitoring"
    RESOLVED = "resolved"
    POSTMORTEM = "postmortem"
    SCHEDULED = "scheduled"
    IN_PROGRESS = "in_progress"
    VERIFYING = "verifying"
    COMPLETED = "completed"


class ImpactWord(StrEnum):
    """What customers feel of an incident, or that it is a maintenance."""

    NONE = "none"
    MINOR = "minor"
    MAJOR = "major"
    CRITICAL = "critical"
    MAINTENANCE = "maintenance"


class StatuspagePage(Struct, frozen=True):
    """The page itself; part of every answer."""

    id: Id
    name: str
    url: str
    time_zone: str
    updated_at: Timestamp


class TopLine(Struct, frozen=True):
    """The page in one word, and in the words that readers match on."""

    indicator: ImpactWord
    description: Annotated[str, Meta(examples=["All Systems Operational"])]


class UnknownBeside(Struct, frozen=True):
    """What the format has no word for: that nobody can tell the status now."""

    status: Literal["unknown"]
    since: Timestamp | None


class ComponentRow(Struct, frozen=True):
    """A component, or a group: groups stand in the same list and have `components`."""

    id: Id
    name: str
    status: KnownStatus
    created_at: Timestamp
    updated_at: Timestamp
    position: int
    description: str | None
    showcase: bool
    start_date: Annotated[str, Meta(pattern=r"^\d{4}-\d\d-\d\d$")] | None
    group_id: Id | None
    page_id: Id
    group: bool
    only_show_if_degraded: bool
    components: list[Id] | UnsetType = UNSET
    upfront: UnknownBeside | UnsetType = UNSET


class AffectedRow(Struct, frozen=True):
    """What an update did to a component; `code` is its id."""

    code: str
    name: str
    old_status: KnownStatus
    new_status: KnownStatus


class UpdateRow(Struct, frozen=True):
    """One post on an incident or a maintenance."""

    id: Id
    status: PostStatus
    body: str
    incident_id: Id
    created_at: Timestamp
    updated_at: Timestamp
    display_at: Timestamp
    affected_components: list[AffectedRow] | None
    deliver_notifications: bool = True
    custom_tweet: str | None = None
    tweet_id: str | None = None


class Told(Struct, frozen=True, kw_only=True):
    """What incidents and maintenances have in common; `incident_updates` are newest first."""

    id: Id
    name: str
    created_at: Timestamp
    updated_at: Timestamp
    monitoring_at: Timestamp | None
    resolved_at: Timestamp | None
    impact: ImpactWord
    shortlink: str
    started_at: Timestamp
    page_id: Id
    incident_updates: Annotated[list[UpdateRow], Meta(min_length=1)]
    components: list[ComponentRow]


class IncidentRow(Told, frozen=True, kw_only=True):
    """One incident with all its posts, newest first."""

    status: IncidentStatus


class MaintenanceRow(Told, frozen=True, kw_only=True):
    """One maintenance: when it was announced to begin and to end, and what was posted."""

    status: WorkStatus
    scheduled_for: Timestamp
    scheduled_until: Timestamp


class StatuspageStatus(Struct, frozen=True):
    """The top line alone."""

    page: StatuspagePage
    status: TopLine


class StatuspageComponents(Struct, frozen=True):
    """All components and groups."""

    page: StatuspagePage
    components: list[ComponentRow]


class StatuspageIncidents(Struct, frozen=True):
    """Incidents, newest first."""

    page: StatuspagePage
    incidents: list[IncidentRow]


class StatuspageMaintenances(Struct, frozen=True):
    """Maintenances."""

    page: StatuspagePage
    scheduled_maintenances: list[MaintenanceRow]


class StatuspageSummary(Struct, frozen=True):
    """The page at a glance: what goes on, and what is announced."""

    page: StatuspagePage
    components: list[ComponentRow]
    incidents: list[IncidentRow]
    scheduled_maintenances: list[MaintenanceRow]
    status: TopLine


class StatuspageUnavailable(Struct, frozen=True):
    """Nothing may be claimed now: there are no fresh results."""

    page: StatuspagePage
    error: str
