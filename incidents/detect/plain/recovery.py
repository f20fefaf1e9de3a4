"""When a recovery is believed: every location that saw the failure must see it gone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from checks.model import Outcome
from incidents.detect.plain.state import Seen, Track
from incidents.policy import Quorum


def recovered(
    tracks: Mapping[str, Track],
    affected: tuple[str, ...],
    onset_at: datetime,
    quorum: Quorum,
    against: frozenset[Outcome],
) -> datetime | None:
    """Since when all is well again, None while it is not.

    A location that has fallen silent cannot hold up the others' recovery, yet where all that
    saw the failure are silent, nobody has seen it end.
    """
    since = {
        name: [seen for seen in track.seen if seen.at >= onset_at] for name, track in tracks.items()
    }
    concerned = {
        name: seen
        for name, seen in since.items()
        if name in affected or any(entry.outcome in against for entry in seen)
    }
    if not concerned or not all(_well(seen, quorum, against) for seen in concerned.values()):
        return None
    return max(_first_good(seen, against) for seen in concerned.values())


def _well(seen: list[Seen], quorum: Quorum, against: frozenset[Outcome]) -> bool:
    if not seen or seen[-1].outcome in against:
        return False
    return sum(entry.outcome not in against for entry in seen[-quorum.of :]) >= quorum.needed


def _first_good(seen: list[Seen], against: frozenset[Outcome]) -> datetime:
    first = seen[-1].at
    for entry in reversed(seen):
        if entry.outcome in against:
            break
        first = entry.at
    return first
