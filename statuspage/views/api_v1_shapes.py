"""What several answers of our own API are made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Annotated, TypeVar

from msgspec import UNSET, Meta, Struct, UnsetType

from incidents.maintenance import Maintenance
from incidents.model import Incident
from statuspage.ports import Snapshot
from statuspage.views.posts import component_name
from statuspage.views.standing import find

Told = TypeVar("Told", Incident, Maintenance)

Instant = Annotated[datetime, Meta(tz=True, examples=["2026-11-21T13:02:31Z"])]
Share = Annotated[float, Meta(ge=0, le=1)]
Seconds = Annotated[float, Meta(ge=0)]

MOST_ON_A_PAGE = 100
Limit = Annotated[int, Meta(ge=1, le=MOST_ON_A_PAGE, description="How many at once.")]
Cursor = Annotated[str, Meta(max_length=200, description="`next` of the answer before.")]


class ComponentName(Struct, frozen=True):
    """A component by id and name; it may be one that is no longer configured."""

    id: str
    name: str


def named(component: str, snapshot: Snapshot) -> ComponentName:
    """A component with its name."""
    return ComponentName(component, component_name(component, snapshot))


def matching(
    found: Iterable[Told], component: str | UnsetType, statuses: Sequence[str], snapshot: Snapshot
) -> list[Told]:
    """Those of a component and in one of these statuses, as far as either is asked for.

    A component goes by its id, a former one or its public one.
    """
    standing = None if component is UNSET else find(snapshot, component)
    wanted = standing.component.id if standing else component
    return [
        one
        for one in found
        if (wanted is UNSET or wanted in one.components)
        and (not statuses or one.status in statuses)
    ]


def utc(at: datetime) -> datetime:
    """The instant in UTC, which all answers are in."""
    return at.astimezone(UTC)


def maybe_utc(at: datetime | None) -> datetime | None:
    """The same for an instant that may not be."""
    return utc(at) if at else None
