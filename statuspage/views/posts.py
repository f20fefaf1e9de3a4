"""What pages tell of incidents and of maintenances alike: titles, updates, names of components."""

from __future__ import annotations

from dataclasses import dataclass, replace

from incidents import messages
from incidents.maintenance import Maintenance, MaintenanceStatus, MaintenanceUpdate
from incidents.model import ComponentStatus, Incident, IncidentStatus, Phrase, Update
from incidents.words import Words
from statuspage.ports import Snapshot
from statuspage.views.text import fit, line
from statuspage.views.times import Moment, Times

Happening = Incident | Maintenance
AnyUpdate = Update | MaintenanceUpdate


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


def post(update: AnyUpdate, snapshot: Snapshot, times: Times) -> Post:
    """Tell one update."""
    return Post(
        id=update.id,
        status=update.status,
        body=said(update, times.words),
        at=times.moment(update.at),
        edited=times.moment(update.edited_at) if update.edited_at else None,
        automatic=update.automatic,
        language=times.words.language if update.phrase else snapshot.page.languages[0],
        changes=tuple(
            (component_name(name, snapshot), shift.after)
            for name, shift in update.components.items()
            if shift.before is not shift.after
        ),
    )


def said(update: AnyUpdate, words: Words) -> str:
    """An update's words: the machine's in the reader's language, a person's as written."""
    return messages.told(_fit(update.phrase), fit(update.body), words)


def title_of(told: Happening | AnyUpdate, words: Words) -> str:
    """What something goes by, or went by when an update was posted; in whose words as `said`."""
    phrase = told.title_phrase if isinstance(told, Incident | Update) else None
    return messages.told(_fit(phrase), line(told.title), words)


def component_name(component: str, snapshot: Snapshot) -> str:
    """A component's name as configured, else as last known, else its id."""
    known = snapshot.policy.components.get(component) or snapshot.board.components.get(component)
    return line(known.name if known else component) or component


def _fit(phrase: Phrase | None) -> Phrase | None:
    """Names made fit before they are said: a language may put marks of its own around them."""
    if phrase is None:
        return None
    return replace(phrase, values={key: fit(names) for key, names in phrase.values.items()})
