"""What several answers of our own API are made of."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from incidents.policy import Policy
from statuspage.ports import Snapshot
from statuspage.views.standing import find
from statuspage.views.story import component_name

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


class Names:
    """What components are called, configured or not."""

    def __init__(self, snapshot: Snapshot) -> None:
        """Take the names as they are now."""
        self._policy: Policy = snapshot.policy
        board = snapshot.board.components
        self._known: Mapping[str, str] = {id: found.name for id, found in board.items()}

    def named(self, component: str) -> ComponentName:
        """A component with its name."""
        return ComponentName(component, component_name(component, self._policy, self._known))


def current_id(component: str | UnsetType, snapshot: Snapshot) -> str | UnsetType:
    """The id that a component goes by now: a former one and its public one do as well."""
    standing = None if component is UNSET else find(snapshot, component)
    return standing.component.id if standing else component


def utc(at: datetime) -> datetime:
    """The instant in UTC, which all answers are in."""
    return at.astimezone(UTC)


def maybe_utc(at: datetime | None) -> datetime | None:
    """The same for an instant that may not be."""
    return utc(at) if at else None
