"""An incident as customers read it: where it stands, its updates, what is promised."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from incidents import impact, messages
from incidents.model import ComponentStatus, Incident, IncidentStatus, Update
from incidents.policy import Policy
from incidents.words import Words
from statuspage.views.text import fit, line
from statuspage.views.times import Moment, Times


@dataclass(frozen=True, slots=True)
class Post:
    """One update. `body` is Markdown; templates and feeds render it."""

    id: str
    status: IncidentStatus
    body: str
    at: Moment
    edited: Moment | None
    automatic: bool
    changes: tuple[tuple[str, ComponentStatus], ...]


@dataclass(frozen=True, slots=True)
class Promise:
    """When the next update is due, and whether that has passed."""

    due: Moment
    passed: bool


@dataclass(frozen=True, slots=True)
class Affected:
    """A component of an incident: how it stands within it now, and at its worst."""

    name: str
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

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the affected components."""
        return tuple(component.name for component in self.affected)


def story(incident: Incident, policy: Policy, names: Mapping[str, str], times: Times) -> Story:
    """Tell an incident; `names` are those of components that are configured no more."""
    affected = _affected(incident, policy, names)
    ended_at = incident.resolved_at if incident.status.over else None
    return Story(
        id=incident.id,
        title=line(incident.title),
        status=incident.status,
        state=_state(incident, affected),
        worst=impact.worst(component.worst for component in affected),
        when=times.range(incident.onset_at, ended_at),
        began=times.moment(incident.onset_at),
        ended=times.moment(ended_at) if ended_at else None,
        lasted=times.span((ended_at or times.now) - incident.onset_at),
        affected=affected,
        posts=tuple(_post(update, policy, names, times) for update in reversed(incident.updates)),
        promise=_promise(incident, times),
    )


def said(update: Update, words: Words) -> str:
    """An update's words: the machine's in the reader's language, a person's as written."""
    if update.phrase is None:
        return fit(update.body)
    try:
        return fit(messages.say(update.phrase, words.language))
    except (KeyError, ValueError):  # a phrase of a later version
        return fit(update.body)


def component_name(component: str, policy: Policy, names: Mapping[str, str]) -> str:
    """A component's name as configured, else as last known, else its id."""
    known = policy.components.get(component)
    return line(known.name if known else names.get(component, component)) or component


def _state(incident: Incident, affected: tuple[Affected, ...]) -> ComponentStatus:
    if incident.status.over:
        return ComponentStatus.OPERATIONAL
    found = [component.now for component in affected]
    if not found:
        return ComponentStatus.DEGRADED
    return impact.worst(found)


def _affected(incident: Incident, policy: Policy, names: Mapping[str, str]) -> tuple[Affected, ...]:
    return tuple(
        Affected(
            component_name(name, policy, names),
            changes[-1].status,
            impact.worst(change.status for change in changes),
        )
        for name, changes in incident.timeline.items()
    )


def _post(update: Update, policy: Policy, names: Mapping[str, str], times: Times) -> Post:
    return Post(
        id=update.id,
        status=update.status,
        body=said(update, times.words),
        at=times.moment(update.at),
        edited=times.moment(update.edited_at) if update.edited_at else None,
        automatic=update.automatic,
        changes=tuple(
            (component_name(name, policy, names), shift.after)
            for name, shift in update.components.items()
            if shift.before is not shift.after
        ),
    )


def _promise(incident: Incident, times: Times) -> Promise | None:
    due_at: datetime | None = incident.updates[-1].promised_at if incident.updates else None
    if due_at is None or not incident.open:
        return None
    return Promise(times.moment(due_at), due_at < times.now)
