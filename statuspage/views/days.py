"""The days of a component that lead to what happened on them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from incidents.impact import DayShare, overlap_seconds
from incidents.model import ComponentStatus, Span
from statuspage.ports import Snapshot
from statuspage.views.posts import title_of
from statuspage.views.standing import Standing
from statuspage.views.strip import Strip, bad_seconds
from statuspage.views.times import Times

_NAMED = 3
"""So many titles of a day are read out; the rest is counted."""


@dataclass(frozen=True, slots=True)
class DayLink:
    """One of the 90 days, counted from the oldest: where it leads, and what that is."""

    number: int
    path: str
    name: str


@dataclass(frozen=True, slots=True)
class _Cause:
    """An incident or a maintenance as a day names it."""

    title: str
    path: str
    day: date


def day_links(
    standing: Standing, days: Strip, snapshot: Snapshot, times: Times
) -> tuple[DayLink, ...]:
    """The days on which something happened, oldest first."""
    spans = [span for span in snapshot.spans if span.component == standing.component.id]
    causes = _causes({span.cause for span in spans}, snapshot, times)
    told = sorted((s for s in spans if s.cause in causes), key=lambda span: span.from_at)
    return tuple(_links(standing, days, told, causes, times))


def _links(
    standing: Standing,
    days: Strip,
    spans: Sequence[Span],
    causes: Mapping[str, _Cause],
    times: Times,
) -> Iterator[DayLink]:
    for number, day in enumerate(days):
        to_at = min(day.to_at, times.now)
        touching = (s.cause for s in spans if overlap_seconds(s, day.from_at, to_at) > 0)
        found = [causes[cause] for cause in dict.fromkeys(touching)]
        if found:
            yield DayLink(number, _path(standing, found), _name(day, found, times))


def _causes(ids: Collection[str], snapshot: Snapshot, times: Times) -> dict[str, _Cause]:
    board = snapshot.board
    found = {}
    for id in ids:
        incident, work = board.incidents.get(id), board.maintenances.get(id)
        if incident and incident.public:
            day = times.day_of(incident.onset_at)
            found[id] = _Cause(title_of(incident, times.words), f"/incidents/{id}", day)
        elif work:
            day = times.day_of(work.starts_at)
            found[id] = _Cause(title_of(work, times.words), f"/maintenance/{id}", day)
    return found


def _path(standing: Standing, causes: Sequence[_Cause]) -> str:
    """The page of the one cause, else the newest of them in the component's history."""
    if len(causes) == 1:
        return causes[0].path
    day = causes[-1].day
    return f"{standing.path}/history/{day:%Y-%m}#{day.isoformat()}"


def _name(day: DayShare, causes: Sequence[_Cause], times: Times) -> str:
    """Say "Tue 10 Nov: Down, 42 minutes. Payments is down."."""
    words = times.words
    worst = day.worst or ComponentStatus.OPERATIONAL
    seconds = bad_seconds(day) or day.seconds.get(worst, 0.0)
    return words(
        "component.day",
        date=times.day(times.day_of(day.from_at)),
        state=words(f"status.{worst}"),
        span=times.span(timedelta(seconds=seconds)),
        titles=words.listed([cause.title for cause in causes], _NAMED),
    )
