"""The start page: is it broken, what, since when, and what was lately."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta

from incidents.words import Words
from statuspage.ports import Snapshot
from statuspage.views.frame import Frame, frame
from statuspage.views.headline import Headline, headline
from statuspage.views.rows import Listing, listing
from statuspage.views.standing import standings, times_of
from statuspage.views.story import Story, story
from statuspage.views.times import Times

RECENT_DAYS = 14


@dataclass(frozen=True, slots=True)
class PastDay:
    """A local day and the incidents that began on it."""

    date: str
    stories: tuple[Story, ...]


@dataclass(frozen=True, slots=True)
class HomeView:
    """Everything on the start page, in reading order.

    `stories` are the open incidents, newest first.
    """

    frame: Frame
    headline: Headline
    stories: tuple[Story, ...]
    listing: Listing
    recent: tuple[PastDay, ...]


def home(snapshot: Snapshot, words: Words) -> HomeView:
    """The start page as of a snapshot."""
    times = times_of(snapshot, words)
    found = standings(snapshot)
    said = headline(snapshot, found, times)
    names = {id: known.name for id, known in snapshot.board.components.items()}
    days = _recent_days(snapshot, times)
    first = times.start_of(days[-1])
    by_day: dict[str, list[Story]] = defaultdict(list)
    going_on = []
    for incident in snapshot.board.public_incidents():
        if not incident.open and incident.onset_at < first:
            continue
        told = story(incident, snapshot.policy, names, times)
        if incident.open:
            going_on.append(told)
        if incident.onset_at >= first:
            by_day[times.day(times.day_of(incident.onset_at))].append(told)
    dates = [times.day(day) for day in days]
    return HomeView(
        frame=frame(snapshot, said.state, times),
        headline=said,
        stories=tuple(going_on),
        listing=listing(list(found.values()), snapshot, times),
        recent=tuple(PastDay(date, tuple(by_day.get(date, ()))) for date in dates),
    )


def _recent_days(snapshot: Snapshot, times: Times) -> list[date]:
    """Today and the days before it, as far back as we can speak for."""
    known = [found.since_at for found in snapshot.board.components.values()]
    known += [found.onset_at for found in snapshot.board.incidents.values() if found.public]
    begun = times.day_of(min(known, default=snapshot.at))
    days = (times.today - timedelta(days=back) for back in range(RECENT_DAYS))
    return [day for day in days if day >= min(begun, times.today)]
