"""An incident as customers read it: where it stands, its updates, what is promised."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from incidents import impact, messages
from incidents.maintenance import Maintenance, MaintenanceStatus, MaintenanceUpdate
from incidents.model import ComponentStatus, Incident, IncidentStatus, Phrase, Update
from incidents.policy import Policy
from incidents.words import Words
from statuspage.ports import Snapshot
from statuspage.views.text import fit, line
from statuspage.views.times import Moment, Times


@dataclass(frozen=True, slots=True)
class Post:
    """One update. `body` is Markdown; templates and feeds render it.

    `language` is the one it is written in: the machine's words are the reader's, a person's
    are taken to be in the page's own.
    """

    id: str
    status: IncidentStatus | MaintenanceStatus
    body: str
    at: Moment
    edited: Moment | None
    automatic: bool
    language: str
    changes: tuple[tuple[str, ComponentStatus], ...]


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

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the affected components."""
        return tuple(component.name for component in self.affected)


def teller(snapshot: Snapshot, times: Times) -> Callable[[Incident], Story]:
    """Tells incidents as a snapshot knows their components."""
    names = {id: known.name for id, known in snapshot.board.components.items()}
    own = snapshot.page.languages[0]
    return partial(story, policy=snapshot.policy, names=names, times=times, own=own)


def story(
    incident: Incident, policy: Policy, names: Mapping[str, str], times: Times, own: str = "en"
) -> Story:
    """Tell an incident.

    `names` are those of components that are configured no more, `own` is the language that
    people write in.
    """
    affected = _affected(incident, policy, names)
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
        posts=tuple(
            post(update, policy, names, times, own) for update in reversed(incident.updates)
        ),
        promise=_promise(incident, times),
    )


def said(update: Update | MaintenanceUpdate, words: Words) -> str:
    """An update's words: the machine's in the reader's language, a person's as written."""
    return messages.told(_fit(update.phrase), fit(update.body), words)


def title_of(told: Incident | Update | Maintenance | MaintenanceUpdate, words: Words) -> str:
    """What something goes by, or went by when an update was posted; in whose words as `said`."""
    phrase = told.title_phrase if isinstance(told, Incident | Update) else None
    return messages.told(_fit(phrase), line(told.title), words)


def _fit(phrase: Phrase | None) -> Phrase | None:
    """Names made fit before they are said: a language may put marks of its own around them."""
    values = {key: fit(names) for key, names in phrase.values.items()} if phrase else {}
    return replace(phrase, values=values) if phrase else None


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
            f"/components/{name}" if name in policy.components or name in names else "",
            changes[-1].status,
            impact.worst(change.status for change in changes),
        )
        for name, changes in incident.timeline.items()
    )


def post(
    update: Update | MaintenanceUpdate,
    policy: Policy,
    names: Mapping[str, str],
    times: Times,
    own: str,
) -> Post:
    """Tell one update; `names` and `own` are as for a story."""
    return Post(
        id=update.id,
        status=update.status,
        body=said(update, times.words),
        at=times.moment(update.at),
        edited=times.moment(update.edited_at) if update.edited_at else None,
        automatic=update.automatic,
        language=times.words.language if update.phrase else own,
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
