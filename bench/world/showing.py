"""From the event log to what customers saw: which component was shown as bad, when, in what."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

from bench.world.almanac import since_start
from incidents.events import (
    CheckJudged,
    Discarded,
    Event,
    Recorded,
    StatusChanged,
    UpdatePosted,
    subject_id,
)
from incidents.impact import worst
from incidents.model import ComponentStatus, Judgement

_FINE = (ComponentStatus.OPERATIONAL, ComponentStatus.UNKNOWN, ComponentStatus.MAINTENANCE)
_WELL = (Judgement.HEALTHY, Judgement.UNKNOWN)


@dataclass(slots=True)
class Shown:
    """A component was shown as bad in an incident without a break; `end` may be never.

    `locations` are those that the last bad verdict in it named.
    """

    incident: str
    component: str
    start: float
    end: float = math.inf
    statuses: list[tuple[float, ComponentStatus]] = field(default_factory=list)
    locations: tuple[str, ...] = ()

    def worst(self, until: float = math.inf) -> ComponentStatus:
        """The worst that it was shown as, up to an instant."""
        return worst(status for at, status in self.statuses if at <= until)


def shown(log: Iterable[Recorded]) -> list[Shown]:
    """All that was shown, in order of its beginning."""
    reading = _Reading()
    for recorded in log:
        if recorded.subject.startswith("incident:"):
            reading.take(subject_id(recorded.subject), since_start(recorded.at), recorded.event)
    return reading.found


@dataclass(slots=True)
class _Reading:
    """How far the log is read: what is shown now, and what the last verdicts named."""

    found: list[Shown] = field(default_factory=list)
    now: dict[tuple[str, str], Shown] = field(default_factory=dict)
    named: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)

    def take(self, incident: str, at: float, event: Event) -> None:
        if isinstance(event, CheckJudged):
            self._judge(incident, event)
        elif isinstance(event, StatusChanged):
            self._change(Shown(incident, event.component, at), event.status)
        elif _is_end(event):
            for key in [key for key in self.now if key[0] == incident]:
                self.now.pop(key).end = at

    def _judge(self, incident: str, event: CheckJudged) -> None:
        if event.verdict.judgement in _WELL:
            return
        key = incident, event.verdict.check.partition("/")[0]
        self.named[key] = event.verdict.locations
        if key in self.now:
            self.now[key].locations = event.verdict.locations

    def _change(self, change: Shown, status: ComponentStatus) -> None:
        key = change.incident, change.component
        if status in _FINE:
            if key in self.now:
                self.now.pop(key).end = change.start
            return
        if key not in self.now:
            self.now[key] = change
            self.found.append(change)
            change.locations = self.named.get(key, ())
        self.now[key].statuses.append((change.start, status))


def _is_end(event: Event) -> bool:
    return isinstance(event, Discarded) or (isinstance(event, UpdatePosted) and event.status.over)
