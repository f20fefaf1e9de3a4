"""What bears on a check from outside: releases of its component, and locations that were blind."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from incidents.detect.learned.fold import LONGEST_DEPLOY
from incidents.signals import DeployMarker


@dataclass(frozen=True, slots=True)
class Release:
    """A release that was marked; `marked` says whether its end was, or it was taken for over."""

    from_at: datetime
    until: datetime
    note: str = ""
    marked: bool = True


@dataclass(frozen=True, slots=True)
class Blind:
    """From one instant to another no canary answered at a location."""

    location: str
    from_at: datetime
    until: datetime


class Releases:
    """Pairs the markers of one component; an end without a beginning changes nothing."""

    def __init__(self) -> None:
        """None yet."""
        self._over: list[Release] = []
        self._running: list[DeployMarker] = []

    def note(self, marker: DeployMarker) -> None:
        """Take in the next marker; a beginning while one runs makes that last longer."""
        if self._running and (not marker.began or marker.at > self._latest_end):
            self._over.append(self._ended(marker.at, marked=not marker.began))
            self._running.clear()
        if marker.began:
            self._running.append(marker)

    def within(self, from_at: datetime, until: datetime) -> tuple[Release, ...]:
        """Those that ran between two instants; one that runs on ends with the time."""
        last = [self._ended(until, marked=False)] if self._running else []
        return tuple(one for one in (*self._over, *last) if one.until >= from_at)

    @property
    def _latest_end(self) -> datetime:
        return self._running[-1].at + LONGEST_DEPLOY

    def _ended(self, until: datetime, *, marked: bool) -> Release:
        notes = ", ".join(dict.fromkeys(one.note for one in self._running if one.note))
        in_time = until <= self._latest_end
        return Release(self._running[0].at, min(until, self._latest_end), notes, marked and in_time)


class Blindness:
    """Notes from when to when each location was blind."""

    def __init__(self, locations: Collection[str]) -> None:
        """Look at these locations."""
        self._locations = locations
        self._since: dict[str, datetime] = {}
        self._over: list[Blind] = []

    def note(self, at: datetime, cut_off: Collection[str]) -> None:
        """Take in where no canary answers at an instant."""
        if not cut_off and not self._since:
            return
        for location in self._locations:
            if location in cut_off:
                self._since.setdefault(location, at)
            elif location in self._since:
                self._over.append(Blind(location, self._since.pop(location), at))

    def within(self, from_at: datetime, until: datetime) -> tuple[Blind, ...]:
        """The times between two instants, in order."""
        still = [Blind(location, since, until) for location, since in self._since.items()]
        found = (one for one in (*self._over, *still) if one.until >= from_at)
        return tuple(sorted(found, key=lambda one: one.from_at))
