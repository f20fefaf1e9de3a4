"""The page of one incident: its life, newest first."""

from __future__ import annotations

from dataclasses import dataclass

from incidents.words import Words
from statuspage.ports import Snapshot
from statuspage.views.frame import Frame, frame
from statuspage.views.story import Story, story
from statuspage.views.times import times_of


@dataclass(frozen=True, slots=True)
class IncidentView:
    """One public incident. `day` is the one on which it began, for a report on paper."""

    frame: Frame
    story: Story
    day: str


def incident(snapshot: Snapshot, id: str, words: Words) -> IncidentView | None:
    """The page of a public incident; None where there is none of that id."""
    found = snapshot.board.incidents.get(id)
    if found is None or not found.public:
        return None
    times = times_of(snapshot, words)
    told = story(found, snapshot, times)
    day = times.day(times.day_of(found.onset_at))
    return IncidentView(frame(snapshot, told.state, times), told, day)
