"""Announced work as customers read it: when, what it concerns, what became of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from incidents import maintenance_times
from incidents.maintenance import Maintenance, MaintenanceStatus
from incidents.model import ComponentStatus
from incidents.words import Words
from statuspage.ports import Snapshot
from statuspage.views.ages import SPANS, relative
from statuspage.views.frame import Frame, frame
from statuspage.views.posts import Post, component_name, post, title_of
from statuspage.views.standing import overall
from statuspage.views.times import Moment, Times, times_of
from statuspage.views.way import Way

MOST_COMING = 5
MOST_PAST = 50


@dataclass(frozen=True, slots=True)
class Work:
    """One maintenance.

    `when` says from when to when, with the zone, and `hours` where its day stands beside;
    `until` its end. `begins` and `ends` are its instants, and `moves` the one that comes next,
    None once it is over; `soon` says how far off it is.
    """

    id: str
    title: str
    status: MaintenanceStatus
    state: ComponentStatus
    when: str
    hours: str
    until: str
    begins: Moment
    ends: Moment
    moves: Moment | None
    soon: str
    ways: tuple[Way, ...]

    @property
    def path(self) -> str:
        """Its page."""
        return f"/maintenance/{self.id}"


@dataclass(frozen=True, slots=True)
class Coming:
    """The work that goes on, and what comes next of each plan, the soonest first."""

    running: tuple[Work, ...]
    upcoming: tuple[Work, ...]


@dataclass(frozen=True, slots=True)
class MaintenanceView:
    """The page of one maintenance. `dates` are the plan's further ones."""

    frame: Frame
    work: Work
    description: str
    language: str
    posts: tuple[Post, ...]
    dates: tuple[Work, ...]


@dataclass(frozen=True, slots=True)
class MaintenancesView:
    """All that goes on, that comes, the soonest first, and that is over, the latest first."""

    frame: Frame
    running: tuple[Work, ...]
    upcoming: tuple[Work, ...]
    past: tuple[Work, ...]


def coming(snapshot: Snapshot, times: Times, component: str = "") -> Coming:
    """What readers must know of work now, on the whole page or on one component."""
    found = [one for one in _ahead(snapshot) if not component or component in one.components]
    following = list(_next_of_each(found))[:MOST_COMING]
    return Coming(
        tuple(work(one, snapshot, times) for one in found if one.status.running),
        tuple(work(one, snapshot, times) for one in following),
    )


def maintenance(snapshot: Snapshot, id: str, words: Words) -> MaintenanceView | None:
    """The page of a maintenance; None where there is none of that id."""
    found, times = snapshot.board.maintenances.get(id), times_of(snapshot, words)
    if found is None:
        return None
    told = work(found, snapshot, times)
    announced = bool(found.updates) and found.updates[0].body == found.description
    return MaintenanceView(
        frame=frame(snapshot, told.state, times),
        work=told,
        description="" if announced else found.description,
        language=snapshot.page.languages[0],
        posts=tuple(post(update, snapshot, times) for update in reversed(found.updates)),
        dates=tuple(
            work(one, snapshot, times)
            for one in _ahead(snapshot)
            if one.plan == found.plan and one.id != id and not one.status.running
        ),
    )


def maintenances(snapshot: Snapshot, words: Words) -> MaintenancesView:
    """The page of all maintenances."""
    times, ahead = times_of(snapshot, words), _ahead(snapshot)
    past = [one for one in snapshot.board.public_maintenances() if one.status.over]
    return MaintenancesView(
        frame=frame(snapshot, overall(snapshot), times),
        running=tuple(work(one, snapshot, times) for one in ahead if one.status.running),
        upcoming=tuple(work(one, snapshot, times) for one in ahead if not one.status.running),
        past=tuple(work(one, snapshot, times) for one in past[:MOST_PAST]),
    )


def work(found: Maintenance, snapshot: Snapshot, times: Times) -> Work:
    """Tell a maintenance."""
    starts_at, ends_at = (at.astimezone(times.zone) for at in (found.starts_at, found.ends_at))
    moves_at = _moves_at(found)
    return Work(
        id=found.id,
        title=title_of(found, times.words),
        status=found.status,
        state=_state(found),
        when=maintenance_times.when(starts_at, ends_at, times.words),
        hours=times.range(starts_at, ends_at),
        until=times.moment(ends_at).text,
        begins=times.moment(starts_at),
        ends=times.moment(ends_at),
        moves=times.moment(moves_at) if moves_at else None,
        soon=_soon(moves_at - times.now, times.words) if moves_at else "",
        ways=tuple(_way(component, snapshot) for component in found.components),
    )


def _ahead(snapshot: Snapshot) -> list[Maintenance]:
    """What goes on or comes, the soonest first."""
    return [one for one in reversed(snapshot.board.public_maintenances()) if not one.status.over]


def _next_of_each(found: Iterable[Maintenance]) -> Iterable[Maintenance]:
    """Of each plan the next date that has not begun."""
    plans: set[str] = set()
    for one in found:
        if not one.status.running and one.plan not in plans:
            plans.add(one.plan)
            yield one


def _moves_at(found: Maintenance) -> datetime | None:
    """The instant that comes next, None once it is over."""
    if found.status.over:
        return None
    return found.ends_at if found.status.running else found.starts_at


def _soon(span: timedelta, words: Words) -> str:
    """Say "in 3 days", in whole units as the page's script does."""
    unit = next(unit for unit, size in SPANS.items() if span >= size or unit == "minute")
    return relative(words, unit, max(span // SPANS[unit], 1))


def _way(component: str, snapshot: Snapshot) -> Way:
    path = f"/components/{component}" if component in snapshot.policy.components else ""
    return Way(component_name(component, snapshot), path)


def _state(found: Maintenance) -> ComponentStatus:
    if found.status is MaintenanceStatus.COMPLETED:
        return ComponentStatus.OPERATIONAL
    return ComponentStatus.MAINTENANCE
