"""The page of one incident: its life, newest first."""

from __future__ import annotations

from dataclasses import dataclass

from incidents.words import Words
from statuspage.ports import Snapshot
from statuspage.views.frame import Frame, frame
from statuspage.views.standing import times_of
from statuspage.views.story import Story, story


@dataclass(frozen=True, slots=True)
class IncidentView:
    """One public incident."""

    frame: Frame
    story: Story


def incident(snapshot: Snapshot, id: str, words: Words) -> IncidentView | None:
    """The page of a public incident; None where there is none of that id."""
    found = snapshot.board.incidents.get(id)
    if found is None or not found.public:
        return None
    times = times_of(snapshot, words)
    names = {name: known.name for name, known in snapshot.board.components.items()}
    told = story(found, snapshot.policy, names, times)
    return IncidentView(frame(snapshot, told.state, times), told)
