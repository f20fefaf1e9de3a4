"""Incidents that would have opened beside those that did: the same, sooner, later, new or gone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from incidents.board import Board
from incidents.events import CheckJudged, Recorded, subject_id
from incidents.impact import worst
from incidents.model import ComponentStatus, Incident, Judgement

AT_ONCE = timedelta(seconds=2)
"""Openings less than this apart are the same: a replay has no delays of its own."""
_SOON = timedelta(minutes=10)
"""Incidents that do not overlap, but with so little between them, may be the same fault."""


@dataclass(frozen=True, slots=True)
class Episode:
    """One incident in short; `over_at` is None while it goes on."""

    id: str
    title: str
    onset_at: datetime
    opened_at: datetime
    recovered_at: datetime | None
    over_at: datetime | None
    status: ComponentStatus
    components: tuple[str, ...]
    checks: tuple[str, ...]
    evidence: str
    public: bool


class What(StrEnum):
    """How two incidents, or the lack of one, compare."""

    SAME = "same"
    SOONER = "sooner"
    LATER = "later"
    NEW = "new"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Difference:
    """What would have been beside what was; one of them is None where there was nothing."""

    what: What
    would: Episode | None
    did: Episode | None
    sooner_seconds: float | None = None

    @property
    def at(self) -> datetime:
        """When the first of both opened."""
        return min(one.opened_at for one in (self.would, self.did) if one is not None)


def episodes(
    recorded: Iterable[Recorded], from_at: datetime, until: datetime
) -> tuple[Episode, ...]:
    """The incidents in a log that were open within a time, in order."""
    board, evidence = Board(), dict[str, str]()
    for one in recorded:
        board.apply(one)
        verdict = one.event.verdict if isinstance(one.event, CheckJudged) else None
        if verdict is not None and verdict.judgement is not Judgement.HEALTHY:
            evidence.setdefault(subject_id(one.subject), verdict.evidence)
    found = [
        _episode(incident, evidence.get(incident.id, ""))
        for incident in board.incidents.values()
        if incident.opened_at <= until and (_over_at(incident) or until) >= from_at
    ]
    return tuple(sorted(found, key=lambda episode: (episode.opened_at, episode.id)))


def _episode(incident: Incident, evidence: str) -> Episode:
    statuses = [change.status for changes in incident.timeline.values() for change in changes]
    return Episode(
        id=incident.id,
        title=incident.title,
        onset_at=incident.onset_at,
        opened_at=incident.opened_at,
        recovered_at=incident.recovered_at,
        over_at=_over_at(incident),
        status=worst(statuses),
        components=tuple(sorted(incident.timeline)),
        checks=tuple(sorted(incident.checks)),
        evidence=evidence,
        public=incident.public,
    )


def _over_at(incident: Incident) -> datetime | None:
    return incident.resolved_at or incident.discarded_at


def compare(would: Sequence[Episode], did: Sequence[Episode]) -> tuple[Difference, ...]:
    """Pair what is about the same fault, and say what has no partner."""
    left = list(did)
    found: list[Difference] = []
    for episode in would:
        partner = _partner(episode, left)
        if partner is None:
            found.append(Difference(What.NEW, episode, None))
        else:
            left.remove(partner)
            found.append(_pair(episode, partner))
    found += [Difference(What.GONE, None, episode) for episode in left]
    return tuple(sorted(found, key=lambda difference: difference.at))


def _pair(would: Episode, did: Episode) -> Difference:
    sooner = did.opened_at - would.opened_at
    apart = What.SOONER if sooner > timedelta(0) else What.LATER
    what = What.SAME if abs(sooner) < AT_ONCE else apart
    return Difference(what, would, did, sooner.total_seconds())


def _partner(episode: Episode, among: Sequence[Episode]) -> Episode | None:
    """The one of the same id, else the one with a component in common that is nearest in time."""
    fitting = [other for other in among if other.id == episode.id] or [
        other
        for other in among
        if not set(other.components).isdisjoint(episode.components) and _meet(episode, other)
    ]
    return min(fitting, key=lambda other: abs(other.opened_at - episode.opened_at), default=None)


def _meet(one: Episode, other: Episode) -> bool:
    return _begins_before_end(one, other) and _begins_before_end(other, one)


def _begins_before_end(one: Episode, other: Episode) -> bool:
    return other.over_at is None or one.onset_at <= other.over_at + _SOON
