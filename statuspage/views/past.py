"""Days that are over and what began on them: incidents, and announced work."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from incidents.maintenance import Maintenance
from incidents.model import Incident
from statuspage.ports import Snapshot
from statuspage.views.maintenance import Work, work
from statuspage.views.posts import Happening
from statuspage.views.story import Story, story
from statuspage.views.times import Times


@dataclass(frozen=True, slots=True)
class PastDay:
    """A local day and what began on it, the newest first.

    `id` names it within its page. `more` counts the incidents that are not told here, and
    `path` is the page that has them all.
    """

    id: str
    date: str
    stories: tuple[Story, ...]
    works: tuple[Work, ...]
    more: int
    path: str

    @property
    def quiet(self) -> bool:
        """Whether nothing began on it."""
        return not (self.stories or self.works)


@dataclass(frozen=True, slots=True)
class Chronicle:
    """What happened to a page or to one component of it.

    `folder` is the history that has all of it.
    """

    snapshot: Snapshot
    times: Times
    component: str = ""
    folder: str = "/history"

    def since(
        self, from_at: datetime | None = None, to_at: datetime | None = None
    ) -> list[Happening]:
        """What began between two instants, the newest first."""
        board = self.snapshot.board
        found: list[Happening] = [one for one in board.incidents.values() if one.public]
        found += (one for one in board.maintenances.values() if one.starts_at <= self.times.now)
        found = [
            one
            for one in found
            if (from_at is None or from_at <= began_at(one))
            and (to_at is None or began_at(one) < to_at)
            and (not self.component or self.component in one.components)
        ]
        return sorted(found, key=lambda one: (began_at(one), one.id), reverse=True)

    def days(
        self, happenings: Sequence[Happening], at_most: int, days: Iterable[date] | None = None
    ) -> tuple[PastDay, ...]:
        """Days with what began on each, incidents told up to a number a day.

        Without `days`, those on which anything began.
        """
        by_day: dict[date, list[Happening]] = defaultdict(list)
        for one in happenings:
            by_day[self.times.day_of(began_at(one))].append(one)
        return tuple(
            self._day(day, by_day.get(day, []), at_most) for day in (days or tuple(by_day))
        )

    def _day(self, day: date, happenings: Sequence[Happening], at_most: int) -> PastDay:
        incidents = [one for one in happenings if isinstance(one, Incident)]
        works = [one for one in happenings if isinstance(one, Maintenance)]
        return PastDay(
            id=day.isoformat(),
            date=self.times.day(day),
            stories=tuple(story(one, self.snapshot, self.times) for one in incidents[:at_most]),
            works=tuple(work(one, self.snapshot, self.times) for one in works),
            more=max(0, len(incidents) - at_most),
            path=f"{self.folder}/{day.isoformat()}",
        )


def began_at(found: Happening) -> datetime:
    """The instant by which it stands in the history."""
    return found.onset_at if isinstance(found, Incident) else found.starts_at
