"""A component's availability day by day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from msgspec import UNSET, Meta, Struct, UnsetType

from incidents.board import Board
from incidents.impact import DayShare, day_shares, flatten, overlap_seconds
from incidents.model import ComponentStatus, Span
from statuspage.ports import Snapshot
from statuspage.queries import WrongParameter
from statuspage.views.api_v1_components import Uptime, seconds, uptime
from statuspage.views.api_v1_shapes import Instant, Seconds, utc
from statuspage.views.standing import Standing

MOST_DAYS = 366
USUAL_DAYS = 90
_EARLIEST = date(2000, 1, 1)


class Day(Struct, frozen=True):
    """One day in the page's zone; `status` is the worst of it, null where there was nothing yet.

    `seconds` says how long each status was shown: fewer than the day has where the component
    did not exist all day, or the day is not over.
    """

    date: date
    status: ComponentStatus | None
    uptime: Uptime | None
    seconds: dict[ComponentStatus, Seconds]
    incidents: Annotated[list[str], Meta(description="Ids of incidents that touched it.")]
    maintenances: Annotated[list[str], Meta(description="Ids of maintenances that touched it.")]


class ComponentDays(Struct, frozen=True):
    """A component's days, oldest first, and all of them as one."""

    as_of: Instant
    component: str
    timezone: Annotated[str, Meta(description="Whose midnights the days begin with.")]
    uptime: Uptime
    days: list[Day]


class DaysQuery(Struct, frozen=True, rename={"from_": "from"}):
    """Which days."""

    from_: Annotated[
        date | UnsetType, Meta(description="The first day; 89 days before `to` unless given.")
    ] = UNSET
    to: Annotated[date | UnsetType, Meta(description="The last day; today unless given.")] = UNSET


@dataclass(frozen=True, slots=True)
class Range:
    """Consecutive days, and the midnights that they lie between."""

    days: tuple[date, ...]
    midnights: tuple[datetime, ...]


def range_of(asked: DaysQuery, snapshot: Snapshot) -> Range:
    """The days that are asked for, none of them to come.

    Raises:
        WrongParameter: They cannot be told.
    """
    zone = ZoneInfo(snapshot.page.timezone)
    today = snapshot.at.astimezone(zone).date()
    last = today if asked.to is UNSET else min(asked.to, today)
    if last < _EARLIEST:
        raise WrongParameter("to", "to: nothing is known of days that early")
    usual = last - timedelta(days=USUAL_DAYS - 1)
    first = usual if asked.from_ is UNSET else asked.from_
    count = (last - first).days + 1
    if count < 1:
        raise WrongParameter("from", "from: that is after `to`, or to come")
    if count > MOST_DAYS:
        raise WrongParameter("from", f"from: {count} days, at most {MOST_DAYS} are told at once")
    edges = [first + timedelta(days=number) for number in range(count + 1)]
    midnights = (datetime.combine(day, time(), zone).astimezone(UTC) for day in edges)
    return Range(tuple(edges[:-1]), tuple(midnights))


def days(
    standing: Standing, spans: Iterable[Span], found: Range, snapshot: Snapshot
) -> ComponentDays:
    """Tell the days; `spans` are those of all components back to the first day."""
    record = _Record(standing, [span for span in spans if span.component == standing.component.id])
    until_at = min(standing.gone_at or snapshot.at, found.midnights[-1])
    shares = day_shares(
        record.stretches, found.midnights, since_at=standing.existed_at, until_at=until_at
    )
    return ComponentDays(
        as_of=utc(snapshot.at),
        component=standing.component.id,
        timezone=snapshot.page.timezone,
        uptime=record.uptime(found.midnights[0], until_at),
        days=[
            record.day(day, share, until_at, snapshot.board)
            for day, share in zip(found.days, shares, strict=True)
        ],
    )


class _Record:
    """What became of a component."""

    def __init__(self, standing: Standing, spans: Sequence[Span]) -> None:
        self.existed_at = standing.existed_at
        self.spans = spans
        self.stretches = flatten(spans)

    def uptime(self, from_at: datetime, to_at: datetime) -> Uptime:
        return uptime(self.stretches, max(self.existed_at, from_at), to_at)

    def day(self, day: date, share: DayShare, until_at: datetime, board: Board) -> Day:
        to_at = min(share.to_at, until_at)
        causes = {
            span.cause for span in self.spans if overlap_seconds(span, share.from_at, to_at) > 0
        }
        return Day(
            date=day,
            status=share.worst,
            uptime=self.uptime(share.from_at, to_at) if share.seconds else None,
            seconds={
                status: seconds(timedelta(seconds=length))
                for status, length in share.seconds.items()
            },
            incidents=sorted(causes.intersection(board.incidents)),
            maintenances=sorted(causes.intersection(board.maintenances)),
        )
