"""A component's response times over a while, one point a step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from checks.duration import parse_duration
from checks.instants import EPOCH
from checks.rollup import LatencyPoint
from statuspage.ports import Snapshot
from statuspage.queries import WrongParameter
from statuspage.views.api_v1_shapes import Instant, Seconds, utc
from statuspage.views.standing import Standing

MOST_POINTS = 1500
DEFAULT_REACH = timedelta(hours=24)
LONGEST_REACH = timedelta(days=400)


class Step(StrEnum):
    """How much time one point sums up."""

    MINUTE = "1m"
    FIVE_MINUTES = "5m"
    QUARTER = "15m"
    HOUR = "1h"
    SIX_HOURS = "6h"
    DAY = "1d"

    @property
    def span(self) -> timedelta:
        """Its length."""
        return parse_duration(self.value)


class Point(Struct, frozen=True):
    """The response times of one step; null where none was measured."""

    at: Annotated[Instant, Meta(description="Where the step begins.")]
    p50_seconds: Seconds | None
    p95_seconds: Seconds | None
    count: Annotated[int, Meta(description="How many measurements, failed ones included.")]
    failed: int


class ComponentLatency(Struct, frozen=True):
    """A component's response times, oldest first; steps begin at round instants of UTC."""

    as_of: Instant
    component: str
    from_at: Instant
    step_seconds: Seconds
    points: list[Point]


class LatencyQuery(Struct, frozen=True, rename={"from_": "from"}):
    """How far back, and how fine."""

    from_: Annotated[
        Annotated[datetime, Meta(tz=True)] | UnsetType,
        Meta(description="Where to begin; 24 hours ago unless given. Minutes are kept for weeks."),
    ] = UNSET
    step: Annotated[Step, Meta(description=f"At most {MOST_POINTS} steps are told.")] = Step.QUARTER


@dataclass(frozen=True, slots=True)
class Reach:
    """From where on, and in which steps."""

    from_at: datetime
    step: timedelta


def reach_of(asked: LatencyQuery, now: datetime) -> Reach:
    """What is asked for.

    Raises:
        WrongParameter: It cannot be told.
    """
    step = asked.step.span
    wanted = now - DEFAULT_REACH if asked.from_ is UNSET else asked.from_
    if wanted > now:
        raise WrongParameter("from", "from: that is to come")
    if now - wanted > LONGEST_REACH:
        raise WrongParameter("from", f"from: at most {LONGEST_REACH.days} days are told")
    from_at = wanted - (wanted - EPOCH) % step
    count = -((from_at - now) // step)
    if count > MOST_POINTS:
        raise WrongParameter(
            "step", f"step: {count} of {asked.step}, at most {MOST_POINTS} are told"
        )
    return Reach(from_at, step)


def latency(
    standing: Standing, points: Sequence[LatencyPoint], reach: Reach, snapshot: Snapshot
) -> ComponentLatency:
    """Tell the points."""
    return ComponentLatency(
        as_of=utc(snapshot.at),
        component=standing.component.id,
        from_at=utc(reach.from_at),
        step_seconds=reach.step.total_seconds(),
        points=[
            Point(utc(point.at), point.p50_seconds, point.p95_seconds, point.count, point.failed)
            for point in points
            if point.at <= snapshot.at
        ],
    )
