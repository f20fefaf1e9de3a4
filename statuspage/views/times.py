"""Instants and spans as a reader wants them: "14:02", "Tue 14:02", "42 minutes"."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from incidents import instants
from incidents.words import Words
from statuspage.ports import Snapshot


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant with its words; templates write both, so that a script can count."""

    at: datetime
    text: str

    @property
    def iso(self) -> str:
        """The instant for machines, in UTC."""
        return self.at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class Times:
    """Tells times in one language and zone, as seen from one instant."""

    words: Words
    zone: ZoneInfo
    now: datetime

    @property
    def today(self) -> date:
        """The local date."""
        return self.day_of(self.now)

    @property
    def offset(self) -> int:
        """How many minutes the zone is ahead of UTC now."""
        ahead = self.now.astimezone(self.zone).utcoffset()
        return int(ahead.total_seconds() // 60) if ahead else 0

    def day_of(self, at: datetime) -> date:
        """The local date of an instant."""
        return at.astimezone(self.zone).date()

    def start_of(self, day: date) -> datetime:
        """The instant at which a local day begins, in UTC."""
        return datetime.combine(day, time(), self.zone).astimezone(UTC)

    def moment(self, at: datetime) -> Moment:
        """Say "14:02" today, "Tue 14:02" this week, the date before that."""
        local = at.astimezone(self.zone)
        age = (self.today - local.date()).days
        if age == 0:
            return Moment(at, self._said(local, "clock"))
        if abs(age) < 7:
            return Moment(at, self._said(local, "this_week"))
        near = local.year == self.today.year
        return Moment(at, self._said(local, "this_year" if near else "older"))

    def exact(self, at: datetime) -> Moment:
        """The same with seconds, where the age is what counts."""
        if self.day_of(at) != self.today:
            return self.moment(at)
        return Moment(at, self._said(at.astimezone(self.zone), "seconds"))

    def range(self, start: datetime, end: datetime | None) -> str:
        """Say "14:02 – 14:36", or only the start; for a place where its day is said."""
        began = self._said(start.astimezone(self.zone), "clock")
        if end is None:
            return began
        same = self.day_of(start) == self.day_of(end)
        ended = self._said(end.astimezone(self.zone), "clock") if same else self.moment(end).text
        return self.words("time.range", start=began, end=ended)

    def day(self, day: date) -> str:
        """Say "Tue 10 Nov", with the year when it is another one."""
        name = "day" if day.year == self.today.year else "day_and_year"
        return self._said(datetime.combine(day, time(12), self.zone), name)

    def month(self, day: date) -> str:
        """Say "November 2026"."""
        return self._said(datetime.combine(day, time(12), self.zone), "month")

    def past(self, span: timedelta) -> str:
        """Name a span that ends now: "24 hours", "90 days"."""
        name, size = ("hours", 3600) if span <= timedelta(days=1) else ("days", 86_400)
        return self.words.count(f"span.{name}", round(span.total_seconds() / size))

    def zone_name(self) -> str:
        """The sentence that names the zone, once on a page."""
        name = self.zone.key.removeprefix("Etc/").replace("_", " ")
        short = instants.zone(self.now.astimezone(self.zone), self.words)
        if short.strip("+-0123456789") in ("", name):
            return self.words("time.zone_same", zone=name)
        return self.words("time.zone", zone=name, short=short)

    def span(self, span: timedelta) -> str:
        """Say "42 minutes" or "2 days 4 hours": two units at most, no seconds beside minutes."""
        seconds = max(0, round(span.total_seconds()))
        if seconds < 60:
            return self.words.count("span.seconds", seconds)
        minutes = round(seconds / 60)
        if minutes < 60:
            return self.words.count("span.minutes", minutes)
        hours, minutes = divmod(minutes, 60)
        if hours < 24:
            return self._both("hours", hours, "minutes", minutes)
        days, hours = divmod(hours, 24)
        return self._both("days", days, "hours", hours)

    def _both(self, unit: str, count: int, smaller: str, rest: int) -> str:
        large = self.words.count(f"span.{unit}", count)
        if not rest:
            return large
        return self.words("span.two", large=large, small=self.words.count(f"span.{smaller}", rest))

    def _said(self, at: datetime, name: str) -> str:
        return instants.written(at, name, self.words)


def times_of(snapshot: Snapshot, words: Words) -> Times:
    """Times as a page tells them, seen from the snapshot's instant."""
    return Times(words, ZoneInfo(snapshot.page.timezone), snapshot.at)
