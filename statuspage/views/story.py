"""An incident as customers read it: where it stands, its updates, what is promised."""

from __future__ import annotations

from dataclasses import dataclass

from incidents import impact
from incidents.model import ComponentStatus, Incident, IncidentStatus
from statuspage.ports import Snapshot
from statuspage.views.posts import Post, component_name, post, title_of
from statuspage.views.times import Moment, Times


@dataclass(frozen=True, slots=True)
class Promise:
    """When the next update is due, and whether that has passed."""

    due: Moment
    passed: bool


@dataclass(frozen=True, slots=True)
class Affected:
    """A component of an incident: how it stands within it now, and at its worst.

    `path` is its page, empty where it has none.
    """

    name: str
    path: str
    now: ComponentStatus
    worst: ComponentStatus


@dataclass(frozen=True, slots=True)
class Story:
    """One public incident.

    `state` is the worst that its components are in now, `worst` the worst they ever were in.
    `when` tells beginning and end where the day stands beside it.
    """

    id: str
    title: str
    status: IncidentStatus
    state: ComponentStatus
    worst: ComponentStatus
    when: str
    began: Moment
    ended: Moment | None
    lasted: str
    affected: tuple[Affected, ...]
    posts: tuple[Post, ...]
    promise: Promise | None

    @property
    def path(self) -> str:
        """Its page."""
        return f"/incidents/{self.id}"

    @property
    def newest(self) -> Post | None:
        """The latest update."""
        return self.posts[0] if self.posts else None


def going_on(snapshot: Snapshot) -> list[Incident]:
    """The incidents that are open and that customers may know of, newest first."""
    return [found for found in snapshot.board.open_incidents() if found.public]


def story(incident: Incident, snapshot: Snapshot, times: Times) -> Story:
    """Tell an incident."""
    affected = _affected(incident, snapshot)
    ended_at = incident.resolved_at if incident.status.over else None
    return Story(
        id=incident.id,
        title=title_of(incident, times.words),
        status=incident.status,
        state=_state(incident, affected),
        worst=impact.worst(component.worst for component in affected),
        when=times.range(incident.onset_at, ended_at),
        began=times.moment(incident.onset_at),
        ended=times.moment(ended_at) if ended_at else None,
        lasted=times.span((ended_at or times.now) - incident.onset_at),
        affected=affected,
        posts=tuple(post(update, snapshot, times) for update in reversed(incident.updates)),
        promise=_promise(incident, times),
    )


def _state(incident: Incident, affected: tuple[Affected, ...]) -> ComponentStatus:
    if incident.status.over:
        return ComponentStatus.OPERATIONAL
    found = [component.now for component in affected]
    if not found:
        return ComponentStatus.DEGRADED
    return impact.worst(found)


def _affected(incident: Incident, snapshot: Snapshot) -> tuple[Affected, ...]:
    configured, known = snapshot.policy.components, snapshot.board.components
    return tuple(
        Affected(
            component_name(name, snapshot),
            f"/components/{name}" if name in configured or name in known else "",
            changes[-1].status,
            impact.worst(change.status for change in changes),
        )
        for name, changes in incident.timeline.items()
    )


def _promise(incident: Incident, times: Times) -> Promise | None:
    due_at = incident.updates[-1].promised_at if incident.updates else None
    if due_at is None or not incident.open:
        return None
    return Promise(times.moment(due_at), due_at < times.now)
