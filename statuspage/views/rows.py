"""Components as rows of the departure board: state, bars, response, share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from incidents import impact
from incidents.impact import DayShare
from incidents.model import ComponentStatus
from incidents.policy import Group
from incidents.slo import availability
from statuspage.ports import Snapshot
from statuspage.views import numbers
from statuspage.views.bars import Bars, draw
from statuspage.views.sparkline import Sparkline, sparkline
from statuspage.views.standing import Standing
from statuspage.views.strip import (
    Strip,
    bounds,
    filled,
    is_plain,
    strip,
    untroubled,
)
from statuspage.views.text import line
from statuspage.views.times import Times

_BY_HAND = timedelta(minutes=1)
"""How exact the hand-set status of a component without checks is taken to be."""


@dataclass(frozen=True, slots=True)
class Row:
    """One component. `gap` says how much data is missing, where that is much."""

    id: str
    name: str
    state: ComponentStatus
    bars: Bars
    share: str
    gap: str
    group: str
    response: Sparkline | None


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A group: its line, and the rows that it opens into; those in trouble stand above."""

    id: str
    name: str
    state: ComponentStatus
    summary: str
    bars: Bars
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Desk:
    """What every row of a page is drawn from; each strip of days is worked out once."""

    snapshot: Snapshot
    times: Times
    midnights: tuple[datetime, ...]
    plain: dict[datetime, Strip] = field(default_factory=dict)
    strips: dict[str, Strip] = field(default_factory=dict)

    def days(self, standing: Standing) -> Strip:
        """A component's last 90 days."""
        found = self.strips.get(standing.component.id)
        if found is None:
            found = self.strips[standing.component.id] = self._days(standing)
        return found

    def _days(self, standing: Standing) -> Strip:
        now = self.times.now
        since_at = max(standing.existed_at, self.midnights[0])
        if since_at not in self.plain:
            self.plain[since_at] = untroubled(self.midnights, since_at, now)
        plain = self.plain[since_at]
        return strip(plain, standing.stretches, self.midnights, since_at, now)


@dataclass(frozen=True, slots=True)
class Listing:
    """The rows of a page: in trouble, worst first; well without a group; groups."""

    trouble: tuple[Row, ...]
    alone: tuple[Row, ...]
    groups: tuple[GroupRow, ...]


def listing(standings: Sequence[Standing], snapshot: Snapshot, times: Times) -> Listing:
    """Lay out all components."""
    desk = Desk(snapshot, times, bounds(times))
    groups = snapshot.policy.groups
    troubled = [standing for standing in standings if not standing.well]
    members = {
        id: [standing for standing in standings if standing.component.group == id] for id in groups
    }
    return Listing(
        trouble=tuple(
            _row(standing, desk, _group_name(standing, groups)) for standing in _in_order(troubled)
        ),
        alone=tuple(
            _row(standing, desk)
            for standing in standings
            if standing.well and standing.component.group not in groups
        ),
        groups=tuple(
            _group(id, line(groups[id].name), found, desk)
            for id, found in members.items()
            if any(standing.well for standing in found)
        ),
    )


def _in_order(troubled: Sequence[Standing]) -> list[Standing]:
    """The worst first, and of those the ones that others depend on."""
    names = {standing.component.id for standing in troubled}

    def place(standing: Standing) -> tuple[int, bool]:
        dependent = bool(names.intersection(standing.component.depends_on))
        return impact.precedence(standing.status), dependent

    return sorted(troubled, key=place)


def _group_name(standing: Standing, groups: Mapping[str, Group]) -> str:
    found = groups.get(standing.component.group or "")
    return line(found.name) if found else ""


def _row(standing: Standing, desk: Desk, group: str = "") -> Row:
    share, gap = _share(standing, desk)
    points = desk.snapshot.latencies.get(standing.component.id, ())
    return Row(
        id=standing.component.id,
        name=standing.name,
        state=standing.status,
        bars=draw(desk.days(standing), share, desk.times),
        share=share,
        gap=gap,
        group=group,
        response=sparkline(desk.times.words, points),
    )


def _group(id: str, name: str, members: Sequence[Standing], desk: Desk) -> GroupRow:
    words = desk.times.words
    working = [standing for standing in members if standing.well]
    if len(working) == len(members):
        summary = words.count("home.well", len(members))
    else:
        summary = words("home.some", working=len(working), number=len(members))
    columns = zip(*(desk.days(standing) for standing in members), strict=True)
    return GroupRow(
        id=id,
        name=name,
        state=impact.worst(standing.status for standing in members),
        summary=summary,
        bars=draw([_worst_of(column) for column in columns], "", desk.times),
        rows=tuple(_row(standing, desk) for standing in working),
    )


def _worst_of(column: Sequence[DayShare]) -> DayShare:
    """The day of the member that it was worst for."""
    existing = [day for day in column if day.seconds]
    marked = [day for day in existing if not is_plain(day)]
    if not marked:
        return (existing or column)[0]
    return min(marked, key=lambda day: (impact.precedence(impact.worst(day.seconds)), -filled(day)))


def _share(standing: Standing, desk: Desk) -> tuple[str, str]:
    """The share of good time, and what must be said of missing data."""
    times, words = desk.times, desk.times.words
    from_at = max(standing.existed_at, desk.midnights[0])
    found = availability(standing.stretches, from_at, times.now)
    if found.share is None:
        return words("number.none"), ""
    resolution = numbers.resolution(found.counted, _interval(standing, desk.snapshot))
    share = numbers.percent(words, found.share, resolution)
    if found.covered:
        return share, ""
    return share, words("bars.coverage", span=times.span(found.unknown))


def _interval(standing: Standing, snapshot: Snapshot) -> timedelta:
    policies = (snapshot.policy.checks.get(check) for check in standing.component.checks)
    return min((policy.interval for policy in policies if policy), default=_BY_HAND)
