"""What an open page is told of while it stays open: how it stands now, in few words."""

from __future__ import annotations

from datetime import datetime

import msgspec

from incidents.model import ComponentStatus
from incidents.words import Words
from statuspage.ports import Snapshot
from statuspage.views.freshness import version
from statuspage.views.headline import headline
from statuspage.views.posts import title_of
from statuspage.views.standing import standings
from statuspage.views.story import going_on
from statuspage.views.times import times_of


class GoingOn(msgspec.Struct, frozen=True):
    """An open incident: where it stands, when it changed, when customers hear more."""

    id: str
    title: str
    status: str
    changed_at: datetime | None
    promised_at: datetime | None


class Now(msgspec.Struct, frozen=True):
    """The state of a page. `version` changes when more than the time has changed.

    What is `said` of the times is in the reader's language and the page's zone.
    """

    version: str
    as_of: datetime
    as_of_said: str
    last_result_at: datetime | None
    last_result_said: str
    state: ComponentStatus
    headline: str
    beside: str
    incidents: tuple[GoingOn, ...]


def now(snapshot: Snapshot, words: Words) -> Now:
    """How a page stands as of a snapshot."""
    times = times_of(snapshot, words)
    said = headline(snapshot, standings(snapshot), times)
    last_at = snapshot.last_result_at
    return Now(
        version=version(snapshot),
        as_of=snapshot.at,
        as_of_said=words("frame.as_of", time=times.exact(snapshot.at).text),
        last_result_at=last_at,
        last_result_said=words("frame.last_result", time=times.exact(last_at).text)
        if last_at
        else words("frame.no_result"),
        state=said.state,
        headline=said.sentence,
        beside=said.beside,
        incidents=tuple(
            GoingOn(
                incident.id,
                title_of(incident, words),
                incident.status.value,
                incident.changed_at,
                incident.promised_at,
            )
            for incident in going_on(snapshot)
        ),
    )
