"""A strict reader of the Statuspage API, version 2, written from CONTRACTS and not from our code.

Whatever is more or less than the format has, or outside of its vocabularies, does not decode.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

Ts = Annotated[str, Meta(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}(Z|[+-]\d\d:\d\d)$")]
Id = Annotated[str, Meta(pattern="^[a-z0-9]{12}$")]
Status = Literal[
    "operational", "degraded_performance", "partial_outage", "major_outage", "under_maintenance"
]


class Strict(Struct, forbid_unknown_fields=True):
    pass


class Page(Strict):
    id: Id
    name: str
    url: str
    time_zone: str
    updated_at: Ts


class TopLine(Strict):
    indicator: Literal["none", "minor", "major", "critical", "maintenance"]
    description: Literal[
        "All Systems Operational",
        "Partially Degraded Service",
        "Degraded System Service",
        "Minor Service Outage",
        "Partial System Outage",
        "Major System Outage",
        "Service Under Maintenance",
    ]


class Beside(Strict):
    status: Literal["unknown"]
    since: Ts | None


class Component(Strict):
    id: Id
    name: str
    status: Status
    created_at: Ts
    updated_at: Ts
    position: Annotated[int, Meta(ge=1)]
    description: str | None
    showcase: bool
    start_date: Annotated[str, Meta(pattern=r"^\d{4}-\d\d-\d\d$")] | None
    group_id: Id | None
    page_id: Id
    group: bool
    only_show_if_degraded: bool
    components: list[Id] | UnsetType = UNSET
    upfront: Beside | UnsetType = UNSET


class Affected(Strict):
    code: Id
    name: str
    old_status: Status
    new_status: Status


class IncidentUpdate(Strict):
    id: Id
    status: Literal["investigating", "identified", "monitoring", "resolved", "postmortem"]
    body: str
    incident_id: Id
    created_at: Ts
    updated_at: Ts
    display_at: Ts
    affected_components: Annotated[list[Affected], Meta(min_length=1)] | None
    deliver_notifications: bool
    custom_tweet: str | None
    tweet_id: str | None


class MaintenanceUpdate(IncidentUpdate):
    status: Literal["scheduled", "in_progress", "verifying", "completed"]


class Incident(Strict):
    id: Id
    name: str
    status: Literal["investigating", "identified", "monitoring", "resolved", "postmortem"]
    created_at: Ts
    updated_at: Ts
    monitoring_at: Ts | None
    resolved_at: Ts | None
    impact: Literal["none", "minor", "major", "critical"]
    shortlink: str
    started_at: Ts
    page_id: Id
    incident_updates: Annotated[list[IncidentUpdate], Meta(min_length=1)]
    components: list[Component]


class Maintenance(Incident, kw_only=True):
    status: Literal["scheduled", "in_progress", "verifying", "completed"]
    impact: Literal["maintenance"]
    incident_updates: Annotated[list[MaintenanceUpdate], Meta(min_length=1)]
    scheduled_for: Ts
    scheduled_until: Ts


class Components(Strict):
    page: Page
    components: list[Component]


class Incidents(Strict):
    page: Page
    incidents: list[Incident]


class Maintenances(Strict):
    page: Page
    scheduled_maintenances: list[Maintenance]


class TopLineOnly(Strict):
    page: Page
    status: TopLine


class Summary(Strict):
    page: Page
    components: list[Component]
    incidents: list[Incident]
    scheduled_maintenances: list[Maintenance]
    status: TopLine


ANSWERS = {
    "summary": Summary,
    "status": TopLineOnly,
    "components": Components,
    "incidents": Incidents,
    "incidents/unresolved": Incidents,
    "scheduled-maintenances": Maintenances,
    "scheduled-maintenances/upcoming": Maintenances,
    "scheduled-maintenances/active": Maintenances,
}


def read(name, body):
    """What an endpoint answered."""
    return msgspec.json.decode(body, type=ANSWERS[name])
