"""Components as our own API tells them: how they are, were, and what they are held to."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated

from msgspec import Meta, Struct

from incidents import slo
from incidents.model import ComponentStatus, Span
from incidents.policy import LatencyGoal
from incidents.policy import Objective as Held
from statuspage.ports import Snapshot
from statuspage.views.api_v1_shapes import Instant, Seconds, Share, maybe_utc, utc
from statuspage.views.shares import WINDOWS
from statuspage.views.standing import Standing, standings
from statuspage.views.text import line

_EXACT = 1_000_000
"""Shares are told in so many parts, rounded down: 1 is said only when nothing was lost."""


class Uptime(Struct, frozen=True):
    """Availability from one instant to another, and how much of that is known.

    A partial outage counts with 0.3 of its time, degraded time not at all; maintenance and
    time without data leave the sum. A component that is younger than a window is told from
    its beginning.
    """

    from_at: Instant
    to_at: Instant
    share: Annotated[Share | None, Meta(description="0 to 1; null where nothing was measured.")]
    coverage: Annotated[Share, Meta(description="The part of the time that we know about.")]
    lost_seconds: Seconds
    counted_seconds: Annotated[Seconds, Meta(description="What the share is of.")]
    unknown_seconds: Annotated[Seconds, Meta(description="For so long there is no data.")]


class Uptimes(
    Struct, frozen=True, rename={"day": "24h", "week": "7d", "month": "30d", "quarter": "90d"}
):
    """Availability over the windows that readers compare."""

    day: Uptime
    week: Uptime
    month: Uptime
    quarter: Uptime


class Goal(Struct, frozen=True):
    """So large a share of answers comes within a time."""

    share: Share
    below_seconds: Seconds


class Budget(Struct, frozen=True):
    """What the objective lets be lost in its window, and what is left of that."""

    allowed_seconds: Seconds
    lost_seconds: Seconds
    left_seconds: Seconds
    left_share: Share


class Objective(Struct, frozen=True):
    """What a component is held to over a sliding window."""

    window_days: float
    availability: Share | None
    kept: Annotated[bool | None, Meta(description="Whether the availability is met now.")]
    budget: Budget | None
    latency: list[Goal]


class Group(Struct, frozen=True):
    """Components that are shown together."""

    id: str
    name: str


class Component(Struct, frozen=True):
    """A component as it stands.

    `status` is `unknown` where nobody can tell; `last_known_status` is then what was last
    true. `public_id` is its id in the Statuspage API.
    """

    id: str
    public_id: str
    name: str
    description: str | None
    group: Group | None
    status: ComponentStatus
    last_known_status: ComponentStatus
    since_at: Annotated[
        Instant | None, Meta(description="When `status` began; null while nothing else was seen.")
    ]
    existed_at: Annotated[Instant, Meta(description="When it was first configured.")]
    removed_at: Annotated[Instant | None, Meta(description="When it was configured no more.")]
    url: str
    uptime: Uptimes
    objective: Objective | None


class ComponentList(Struct, frozen=True):
    """All components, in the order of the page."""

    as_of: Instant
    components: list[Component]


def told(standing: Standing, snapshot: Snapshot, address: str) -> Component:
    """One component."""
    return Component(
        id=standing.component.id,
        public_id=standing.public_id,
        name=standing.name,
        description=line(standing.component.description) or None,
        group=_group(standing, snapshot),
        status=standing.status,
        last_known_status=standing.confirmed,
        since_at=maybe_utc(standing.since_at),
        existed_at=utc(standing.existed_at),
        removed_at=maybe_utc(standing.gone_at),
        url=address + standing.path,
        uptime=Uptimes(*(_over(span, standing, snapshot.at) for span in WINDOWS.values())),
        objective=_objective(standing, snapshot.at),
    )


def listed(snapshot: Snapshot, address: str) -> ComponentList:
    """All that are configured."""
    found = standings(snapshot).values()
    rows = [told(standing, snapshot, address) for standing in found]
    return ComponentList(utc(snapshot.at), rows)


def uptime(stretches: Sequence[Span], from_at: datetime, to_at: datetime) -> Uptime:
    """The availability of the one component whose spans these are."""
    to_at = max(from_at, to_at)
    found = slo.availability(stretches, from_at, to_at)
    return Uptime(
        from_at=utc(from_at),
        to_at=utc(to_at),
        share=None if found.share is None else floor(found.share),
        coverage=floor(found.coverage),
        lost_seconds=seconds(found.lost),
        counted_seconds=seconds(found.counted),
        unknown_seconds=seconds(found.unknown),
    )


def floor(share: float) -> float:
    """A share rounded down."""
    return max(0.0, min(1.0, math.floor(share * _EXACT + 1e-6) / _EXACT))


def seconds(span: timedelta) -> float:
    """A span in seconds, to the millisecond."""
    return round(span.total_seconds(), 3)


def _over(span: timedelta, standing: Standing, now: datetime) -> Uptime:
    from_at = max(standing.existed_at, now - span)
    return uptime(standing.stretches, from_at, standing.gone_at or now)


def _group(standing: Standing, snapshot: Snapshot) -> Group | None:
    found = snapshot.policy.groups.get(standing.component.group or "")
    return Group(found.id, line(found.name)) if found else None


def _objective(standing: Standing, now: datetime) -> Objective | None:
    held = standing.component.objective
    if held is None:
        return None
    found = _budget(standing, held, now)
    return Objective(
        window_days=held.window / timedelta(days=1),
        availability=held.availability,
        kept=found.kept if found else None,
        budget=_told(found) if found else None,
        latency=[_goal(goal) for goal in held.latency],
    )


def _budget(standing: Standing, held: Held, now: datetime) -> slo.Budget | None:
    if held.availability is None:
        return None
    return slo.budget(
        standing.stretches, held.availability, held.window,
        existed_at=standing.existed_at, at=now,
    )  # fmt: skip


def _told(found: slo.Budget) -> Budget:
    return Budget(
        allowed_seconds=seconds(found.allowed),
        lost_seconds=seconds(found.lost),
        left_seconds=seconds(found.left),
        left_share=floor(found.share_left),
    )


def _goal(goal: LatencyGoal) -> Goal:
    return Goal(goal.share, goal.below.total_seconds())
