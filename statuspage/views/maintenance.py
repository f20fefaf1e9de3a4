"""Announced work as customers read it: when, what it concerns, what became of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta

from incidents import maintenance_times
from incidents.maintenance import Maintenance, MaintenanceStatus
from incidents.model import ComponentStatus
from incidents.words import Words
from statuspage.ports import Snapshot
from statuspage.views.ages import SPANS, said
from statuspage.views.frame import Frame, frame
from statuspage.views.standing import overall, times_of
from statuspage.views.story import Post, component_name, post, title_of
from statuspage.views.times import Moment, Times

MOST_COMING = 5
MOST_PAST = 50


@dataclass(frozen=True, slots=True)
class Way:
    """The name of a component and its page, empty where it has none."""

    name: str
    path: str


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
    tell = _Teller(snapshot, times)
    return Coming(
        tuple(tell(one) for one in found if one.status.running),
        tuple(map(tell, list(_next_of_each(found))[:MOST_COMING])),
    )


def tell_work(snapshot: Snapshot, times: Times) -> Callable[[Maintenance], Work]:
    """Tells maintenances as a snapshot knows their components."""
    return _Teller(snapshot, times)


def maintenance(snapshot: Snapshot, id: str, words: Words) -> MaintenanceView | None:
    """The page of a maintenance; None where there is none of that id."""
    found, times = snapshot.board.maintenances.get(id), times_of(snapshot, words)
    if found is None:
        return None
    tell = _Teller(snapshot, times)
    work, own = tell(found), snapshot.page.languages[0]
    said = bool(found.updates) and found.updates[0].body == found.description
    return MaintenanceView(
        frame=frame(snapshot, work.state, times),
        work=work,
        description="" if said else found.description,
        language=own,
        posts=tell.posts(found),
        dates=tuple(
            tell(one)
            for one in _ahead(snapshot)
            if one.plan == found.plan and one.id != id and not one.status.running
        ),
    )


def maintenances(snapshot: Snapshot, words: Words) -> MaintenancesView:
    """The page of all maintenances."""
    times = times_of(snapshot, words)
    tell, ahead = _Teller(snapshot, times), _ahead(snapshot)
    past = [one for one in snapshot.board.public_maintenances() if one.status.over]
    return MaintenancesView(
        frame=frame(snapshot, overall(snapshot), times),
        running=tuple(tell(one) for one in ahead if one.status.running),
        upcoming=tuple(tell(one) for one in ahead if not one.status.running),
        past=tuple(map(tell, past[:MOST_PAST])),
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


@dataclass(frozen=True, slots=True)
class _Teller:
    """Tells maintenances as a snapshot knows their components."""

    snapshot: Snapshot
    times: Times

    def __call__(self, found: Maintenance) -> Work:
        """Tell one."""
        words, zone = self.times.words, self.times.zone
        starts_at, ends_at = (at.astimezone(zone) for at in (found.starts_at, found.ends_at))
        moves_at = None if found.status.over else ends_at if found.status.running else starts_at
        return Work(
            id=found.id,
            title=title_of(found, words),
            status=found.status,
            state=_state(found),
            when=maintenance_times.when(starts_at, ends_at, words),
            hours=self.times.range(starts_at, ends_at),
            until=self.times.moment(ends_at).text,
            begins=self.times.moment(starts_at),
            ends=self.times.moment(ends_at),
            moves=self.times.moment(moves_at) if moves_at else None,
            soon=self._soon(moves_at - self.times.now) if moves_at else "",
            ways=tuple(map(self._way, found.components)),
        )

    def posts(self, found: Maintenance) -> tuple[Post, ...]:
        """What was written about it, the newest first."""
        own = self.snapshot.page.languages[0]
        return tuple(
            post(update, self.snapshot.policy, self._names, self.times, own)
            for update in reversed(found.updates)
        )

    def _soon(self, span: timedelta) -> str:
        """Say "in 3 days", in whole units as the page's script does."""
        unit = next(unit for unit, size in SPANS.items() if span >= size or unit == "minute")
        return said(self.times.words, unit, max(span // SPANS[unit], 1))

    def _way(self, component: str) -> Way:
        name = component_name(component, self.snapshot.policy, self._names)
        known = component in self.snapshot.policy.components
        return Way(name, f"/components/{component}" if known else "")

    @property
    def _names(self) -> dict[str, str]:
        return {id: known.name for id, known in self.snapshot.board.components.items()}


def _state(found: Maintenance) -> ComponentStatus:
    if found.status is MaintenanceStatus.COMPLETED:
        return ComponentStatus.OPERATIONAL
    return ComponentStatus.MAINTENANCE
