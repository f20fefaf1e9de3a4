"""The page of one component: how it stands, how it was, and what it is held to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta

from incidents.impact import flatten
from incidents.model import Incident
from incidents.words import Words
from statuspage.ports import Snapshot
from statuspage.views.bars import Bars, draw
from statuspage.views.days import DayLink, day_links
from statuspage.views.frame import Frame, frame
from statuspage.views.headline import Headline, component_headline
from statuspage.views.latency import Latency, Longer, latency
from statuspage.views.maintenance import Coming, coming
from statuspage.views.objective import Kept, counting, goals
from statuspage.views.past import Chronicle, PastDay
from statuspage.views.posts import Happening
from statuspage.views.shares import SpanShare, shares
from statuspage.views.standing import Standing, find, group_name, standings
from statuspage.views.story import Story, story
from statuspage.views.strip import DAYS, Strips
from statuspage.views.text import line
from statuspage.views.times import Times, times_of
from statuspage.views.way import Way

DAYS_NARROW = 30
"""So many days are shown where there is little room."""

LATEST = 10
"""So many of its incidents stand on the page itself; its history has all."""


@dataclass(frozen=True, slots=True)
class ComponentView:
    """One component.

    `stories` are the open incidents that it is part of, `past` its latest ones that are over.
    `needs` are what it depends on, `needed_by` what depends on it. `first` is the first day of
    the bars, `first_narrow` where only 30 are shown.
    """

    frame: Frame
    name: str
    path: str
    group: str
    description: str
    headline: Headline
    stories: tuple[Story, ...]
    coming: Coming
    bars: Bars
    days: tuple[DayLink, ...]
    first: str
    first_narrow: str
    shares: tuple[SpanShare, ...]
    latency: Latency | None
    goals: tuple[Kept, ...]
    counting: str
    past: tuple[PastDay, ...]
    needs: tuple[Way, ...]
    needed_by: tuple[Way, ...]


def component(snapshot: Snapshot, id: str, words: Words, longer: Longer) -> ComponentView | None:
    """The page of a component; None where there is none of that id."""
    standing = find(snapshot, id)
    if standing is None:
        return None
    id = standing.component.id
    times = times_of(snapshot, words)
    standing = _reaching_back(standing, longer)
    days = Strips(times).of(standing)
    told = shares(standing, snapshot, times)
    chronicle = Chronicle(snapshot, times, id, f"{standing.path}/history")
    over = [found for found in chronicle.since() if _over(found)]
    open_here = [found for found in snapshot.board.open_on(id) if found.public]
    known = standings(snapshot)
    return ComponentView(
        frame=frame(snapshot, standing.status, times),
        name=standing.name,
        path=standing.path,
        group=group_name(standing, snapshot),
        description=line(standing.component.description),
        headline=component_headline(standing, times),
        stories=tuple(story(one, snapshot, times) for one in open_here),
        coming=coming(snapshot, times, id),
        bars=draw(days, told[-1].share.text, times),
        days=day_links(standing, days, snapshot, times),
        first=_back(DAYS, times),
        first_narrow=_back(DAYS_NARROW, times),
        shares=told,
        latency=latency(snapshot.latencies.get(id, ()), longer, standing.stretches, times),
        goals=goals(standing, longer.window, times),
        counting=counting(words),
        past=chronicle.days(over[:LATEST], LATEST),
        needs=_ways(known[one] for one in standing.component.depends_on if one in known),
        needed_by=_ways(one for one in known.values() if id in one.component.depends_on),
    )


def _reaching_back(standing: Standing, longer: Longer) -> Standing:
    """With what lies before a snapshot's spans, where an objective's window is longer."""
    spans = [span for span in longer.spans if span.component == standing.component.id]
    return replace(standing, stretches=flatten(spans)) if spans else standing


def _over(found: Happening) -> bool:
    return not found.open if isinstance(found, Incident) else found.status.over


def _back(days: int, times: Times) -> str:
    return times.day(times.today - timedelta(days=days - 1))


def _ways(found: Iterable[Standing]) -> tuple[Way, ...]:
    return tuple(Way(standing.name, standing.path) for standing in found)
