"""The history: what began in one month or on one day, of all components or of one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from incidents.words import Words
from statuspage.ports import Snapshot
from statuspage.views.frame import Frame, frame
from statuspage.views.past import Chronicle, PastDay
from statuspage.views.periods import Period, day_of, month_of, parsed
from statuspage.views.standing import Standing, find, overall, standings
from statuspage.views.text import line
from statuspage.views.times import Times, times_of
from statuspage.views.way import Way

MOST_A_DAY = 20
"""So many incidents of one day stand in its month; the day's own page has all."""


@dataclass(frozen=True, slots=True)
class Choices:
    """Components of one group (or of none) whose history can be asked for by itself."""

    group: str
    ways: tuple[Way, ...]


@dataclass(frozen=True, slots=True)
class HistoryView:
    """One month or day: days with incidents, newest first, and the periods beside it.

    `heading` says of what and when.
    `component` names the one that it is of, None for all; `everything` leads to all of them.
    `month` leads from a day to its month.
    """

    frame: Frame
    heading: str
    period: str
    path: str
    days: tuple[PastDay, ...]
    earlier: Way | None
    later: Way | None
    month: Way | None
    component: Way | None
    everything: Way
    choices: tuple[Choices, ...]


def history(
    snapshot: Snapshot, words: Words, written: str = "", component: str = ""
) -> HistoryView | None:
    """The period written like 2026-11 (empty: this month); None where there is nothing to tell."""
    times = times_of(snapshot, words)
    about = find(snapshot, component) if component else None
    shown = parsed(written) if written else month_of(times.today)
    if shown is None or (component and about is None):
        return None
    begins = _first_day(snapshot, times)
    if not (begins < shown.end and shown.first <= times.today):
        return None
    place = _Place(times, about.path if about else "")
    chronicle = Chronicle(snapshot, times, about.component.id if about else "", place.folder)
    found = chronicle.since(times.start_of(shown.first), times.start_of(shown.end))
    return HistoryView(
        frame=frame(snapshot, overall(snapshot), times),
        heading=_heading(shown, about, times),
        period=shown.name(times),
        path=place.path(shown),
        days=chronicle.days(found, len(found) if shown.one_day else MOST_A_DAY),
        earlier=place.way(shown.before) if begins < shown.first else None,
        later=place.way(shown.after) if shown.end <= times.today else None,
        month=place.way(month_of(shown.first)) if shown.one_day else None,
        component=Way(about.name, about.path) if about else None,
        everything=Way(words("history.everything"), _Place(times, "").path(shown)),
        choices=tuple(_choices(snapshot, shown, times)),
    )


def months(snapshot: Snapshot, times: Times) -> Iterator[Period]:
    """All months that there is history of, the newest first."""
    first = _first_day(snapshot, times)
    shown = month_of(times.today)
    while shown.end > first:
        yield shown
        shown = shown.before


def busy_days(snapshot: Snapshot, times: Times, most: int) -> Iterator[tuple[str, Period]]:
    """Days on which more incidents began than `most`, each with the component, or "" for all."""
    began = Counter(
        (component, times.day_of(incident.onset_at))
        for incident in snapshot.board.public_incidents()
        for component in ("", *incident.timeline)
    )
    return ((name, day_of(day)) for (name, day), count in began.items() if count > most)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the pieces of a history are: that of all, or that of a component."""

    times: Times
    owner: str

    @property
    def folder(self) -> str:
        return f"{self.owner}/history"

    def path(self, period: Period) -> str:
        if period == month_of(self.times.today):
            return self.folder
        return f"{self.folder}/{period.written}"

    def way(self, period: Period) -> Way:
        return Way(period.name(self.times), self.path(period))


def _heading(shown: Period, about: Standing | None, times: Times) -> str:
    key = "day" if shown.one_day else "month"
    values = {key: shown.name(times), "name": about.name if about else ""}
    return times.words(f"history.{key}_of" if about else f"history.{key}", **values)


def _first_day(snapshot: Snapshot, times: Times) -> date:
    board = snapshot.board
    begins = [incident.onset_at for incident in board.incidents.values() if incident.public]
    begins += [work.starts_at for work in board.maintenances.values()]
    begins += [known.since_at for known in board.components.values()]
    return min(times.day_of(min(begins, default=times.now)), times.today)


def _choices(snapshot: Snapshot, shown: Period, times: Times) -> Iterator[Choices]:
    """All components by group, those without one first."""
    groups = {None: ""} | {id: line(group.name) for id, group in snapshot.policy.groups.items()}
    members: dict[str | None, list[Way]] = {id: [] for id in groups}
    for standing in standings(snapshot).values():
        group = standing.component.group if standing.component.group in groups else None
        path = _Place(times, standing.path).path(shown)
        members[group].append(Way(standing.name, path))
    for id, ways in members.items():
        if ways:
            yield Choices(groups[id], tuple(ways))
