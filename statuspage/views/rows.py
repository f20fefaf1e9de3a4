"""Components as rows of the departure board: state, bars, response, share."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from incidents import impact
from incidents.impact import DayShare
from incidents.model import ComponentStatus
from incidents.words import Words
from statuspage.ports import Snapshot
from statuspage.views.bars import Bars, draw
from statuspage.views.shares import Share, share
from statuspage.views.sparkline import Sparkline, sparkline
from statuspage.views.standing import Standing, group_name
from statuspage.views.strip import Strips, filled, is_plain
from statuspage.views.text import line
from statuspage.views.times import Times

MANY = 24
"""So many components that work are read one by one; more of them become one line that opens."""


@dataclass(frozen=True, slots=True)
class Row:
    """One component, and where its page is."""

    name: str
    path: str
    state: ComponentStatus
    bars: Bars
    share: Share
    group: str
    response: Sparkline | None


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A group: its line, and the rows that it opens into; those in trouble stand above.

    `id` is its element's.
    """

    id: str
    name: str
    state: ComponentStatus
    summary: str
    bars: Bars
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Desk:
    """What every row of a page is drawn from."""

    snapshot: Snapshot
    times: Times
    strips: Strips


@dataclass(frozen=True, slots=True)
class Listing:
    """The rows of a page: in trouble, worst first; well without a group; groups."""

    trouble: tuple[Row, ...]
    alone: tuple[Row, ...]
    groups: tuple[GroupRow, ...]

    @property
    def searchable(self) -> bool:
        """Whether there are so many that a reader will want to search."""
        grouped = sum(len(group.rows) for group in self.groups)
        return len(self.trouble) + len(self.alone) + grouped > MANY


def listing(standings: Sequence[Standing], snapshot: Snapshot, times: Times) -> Listing:
    """Lay out all components."""
    desk, policy = Desk(snapshot, times, Strips(times)), snapshot.policy
    above = _in_order(_above(standings))
    named = {standing.component.id for standing in above}
    below = [standing for standing in standings if standing.component.id not in named]
    alone = [standing for standing in below if standing.component.group not in policy.groups]
    groups = _groups(standings, named, desk)
    if len(alone) > MANY:
        groups.append(_group("rest", times.words("home.rest"), alone, alone, desk))
        alone = []
    return Listing(
        trouble=tuple(_row(standing, desk, group_name(standing, snapshot)) for standing in above),
        alone=tuple(_row(standing, desk) for standing in alone),
        groups=tuple(groups),
    )


def _above(standings: Sequence[Standing]) -> list[Standing]:
    """Those that stand before all groups: in trouble, or unknown unless that is much of the page.

    When results stop, a long list of what we cannot tell would hide what we can.
    """
    troubled = [standing for standing in standings if not standing.well]
    lost = [standing for standing in troubled if not standing.known]
    return troubled if len(lost) <= MANY else [one for one in troubled if one.known]


def _groups(standings: Sequence[Standing], above: Collection[str], desk: Desk) -> list[GroupRow]:
    """The groups that have anything to open; of the others all stands above."""
    groups = desk.snapshot.policy.groups
    members: dict[str, list[Standing]] = {id: [] for id in groups}
    for standing in standings:
        if standing.component.group in members:
            members[standing.component.group].append(standing)
    below = {
        id: [one for one in found if one.component.id not in above] for id, found in members.items()
    }
    return [
        _group(f"group-{id}", line(groups[id].name), members[id], found, desk)
        for id, found in below.items()
        if found
    ]


def _in_order(troubled: Sequence[Standing]) -> list[Standing]:
    """The worst first, and of those the ones that others depend on."""
    names = {standing.component.id for standing in troubled}

    def place(standing: Standing) -> tuple[int, bool]:
        dependent = bool(names.intersection(standing.component.depends_on))
        return impact.precedence(standing.status), dependent

    return sorted(troubled, key=place)


def _row(standing: Standing, desk: Desk, group: str = "") -> Row:
    days = desk.strips.of(standing)
    found = share(standing, desk.strips.from_at, desk.snapshot, desk.times)
    points = desk.snapshot.latencies.get(standing.component.id, ())
    return Row(
        name=standing.name,
        path=standing.path,
        state=standing.status,
        bars=draw(days, found.text, desk.times),
        share=found,
        group=group,
        response=sparkline(desk.times.words, points),
    )


def _group(
    id: str, name: str, members: Sequence[Standing], below: Sequence[Standing], desk: Desk
) -> GroupRow:
    columns = zip(*(desk.strips.of(standing) for standing in members), strict=True)
    return GroupRow(
        id=id,
        name=name,
        state=impact.worst(standing.status for standing in members),
        summary=_tally(members, desk.times.words),
        bars=draw([_worst_of(column) for column in columns], "", desk.times),
        rows=tuple(_row(standing, desk) for standing in below),
    )


def _tally(members: Sequence[Standing], words: Words) -> str:
    """Say "All 3 working", "1 of 3 working", or that nobody can tell."""
    working = sum(standing.well for standing in members)
    if working == len(members):
        return words.count("home.well", len(members))
    if not any(standing.known for standing in members):
        return words(f"status.{ComponentStatus.UNKNOWN}")
    return words("home.some", working=working, number=len(members))


def _worst_of(column: Sequence[DayShare]) -> DayShare:
    """The day of the member that it was worst for."""
    existing = [day for day in column if day.seconds]
    marked = [day for day in existing if not is_plain(day)]
    if not marked:
        return (existing or column)[0]
    return min(marked, key=lambda day: (impact.precedence(impact.worst(day.seconds)), -filled(day)))
