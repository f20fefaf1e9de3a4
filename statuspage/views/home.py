"""The start page: is it broken, what, since when, and what was lately."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from incidents.words import Words
from statuspage.ports import Snapshot
from statuspage.views.frame import Frame, frame
from statuspage.views.headline import Headline, headline
from statuspage.views.maintenance import Coming, coming
from statuspage.views.past import Chronicle, PastDay
from statuspage.views.rows import Listing, listing
from statuspage.views.standing import standings
from statuspage.views.story import Story, going_on, story
from statuspage.views.times import Times, times_of

RECENT_DAYS = 14
MOST_A_DAY = 4
"""So many incidents of one day stand on the start page; the rest is in the history."""


@dataclass(frozen=True, slots=True)
class HomeView:
    """Everything on the start page, in reading order.

    `stories` are the open incidents, newest first.
    """

    frame: Frame
    headline: Headline
    stories: tuple[Story, ...]
    listing: Listing
    coming: Coming
    recent: tuple[PastDay, ...]


def home(snapshot: Snapshot, words: Words) -> HomeView:
    """The start page as of a snapshot."""
    times = times_of(snapshot, words)
    found = standings(snapshot)
    said = headline(snapshot, found, times)
    days = _recent_days(snapshot, times)
    chronicle = Chronicle(snapshot, times)
    recent = chronicle.since(times.start_of(days[-1]))
    return HomeView(
        frame=frame(snapshot, said.state, times),
        headline=said,
        stories=tuple(story(one, snapshot, times) for one in going_on(snapshot)),
        listing=listing(list(found.values()), snapshot, times),
        coming=coming(snapshot, times),
        recent=chronicle.days(recent, MOST_A_DAY, days),
    )


def _recent_days(snapshot: Snapshot, times: Times) -> list[date]:
    """Today and the days before it, as far back as we can speak for."""
    known = [found.since_at for found in snapshot.board.components.values()]
    known += [found.onset_at for found in snapshot.board.incidents.values() if found.public]
    begun = times.day_of(min(known, default=snapshot.at))
    days = (times.today - timedelta(days=back) for back in range(RECENT_DAYS))
    return [day for day in days if day >= min(begun, times.today)]
