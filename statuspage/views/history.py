"""The history page: the incidents that began in one month."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from incidents.words import Words
from statuspage.ports import Snapshot
from statuspage.views.frame import Frame, frame
from statuspage.views.home import PastDay
from statuspage.views.standing import overall, times_of
from statuspage.views.story import story
from statuspage.views.times import Times

_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])", re.ASCII)


@dataclass(frozen=True, slots=True)
class MonthLink:
    """A neighbouring month and where it is."""

    name: str
    path: str


@dataclass(frozen=True, slots=True)
class HistoryView:
    """One month: days with incidents, newest first, and the months beside it."""

    frame: Frame
    month: str
    days: tuple[PastDay, ...]
    earlier: MonthLink | None
    later: MonthLink | None


def history(snapshot: Snapshot, words: Words, month: str = "") -> HistoryView | None:
    """The month written like 2026-11 (empty: this one); None where there is nothing to tell."""
    times = times_of(snapshot, words)
    current = times.today.replace(day=1)
    shown = _parsed(month) if month else current
    first = _first_month(snapshot, times)
    if shown is None or not first <= shown <= current:
        return None
    return HistoryView(
        frame=frame(snapshot, overall(snapshot), times),
        month=times.month(shown),
        days=_days(snapshot, shown, times),
        earlier=_link(_before(shown), current, times) if shown > first else None,
        later=_link(_after(shown), current, times) if shown < current else None,
    )


def _days(snapshot: Snapshot, month: date, times: Times) -> tuple[PastDay, ...]:
    names = {id: known.name for id, known in snapshot.board.components.items()}
    from_at, to_at = times.start_of(month), times.start_of(_after(month))
    by_day: dict[date, PastDay] = {}
    for incident in snapshot.board.public_incidents():
        if from_at <= incident.onset_at < to_at:
            day = times.day_of(incident.onset_at)
            told = story(incident, snapshot.policy, names, times)
            before = by_day.get(day, PastDay(times.day(day), ()))
            by_day[day] = PastDay(before.date, (*before.stories, told))
    return tuple(by_day[day] for day in sorted(by_day, reverse=True))


def _first_month(snapshot: Snapshot, times: Times) -> date:
    board = snapshot.board
    begins = [incident.onset_at for incident in board.incidents.values() if incident.public]
    begins += [known.since_at for known in board.components.values()]
    return times.day_of(min(begins, default=times.now)).replace(day=1)


def _parsed(month: str) -> date | None:
    found = _MONTH.fullmatch(month)
    return date(int(found[1]), int(found[2]), 1) if found and int(found[1]) else None


def _before(month: date) -> date:
    return date(month.year - (month.month == 1), (month.month - 2) % 12 + 1, 1)


def _after(month: date) -> date:
    return date(month.year + (month.month == 12), month.month % 12 + 1, 1)


def _link(month: date, current: date, times: Times) -> MonthLink:
    path = "/history" if month == current else f"/history/{month:%Y-%m}"
    return MonthLink(times.month(month), path)
