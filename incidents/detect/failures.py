"""When a failure is believed: so many of the last so many results, no location alone."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from checks.model import Outcome
from incidents.detect.state import Seen, Track
from incidents.policy import CheckPolicy, Confirm, Quorum, Sensitivity

RULES = {
    Sensitivity.CALM: Confirm(fail=Quorum(5, 5)),
    Sensitivity.BALANCED: Confirm(fail=Quorum(3, 3)),
    Sensitivity.EAGER: Confirm(fail=Quorum(2, 2)),
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one location, or several, hold against a check."""

    locations: tuple[str, ...]
    since: datetime
    bad: int
    of: int
    reason: str


def rule(policy: CheckPolicy) -> Confirm:
    """The rule a check goes by: its own, or that of its sensitivity."""
    return policy.confirm or RULES[policy.sensitivity]


def forgiven(policy: CheckPolicy) -> timedelta:
    """How long a failure may last unreported; a rule of one's own is taken as it is written."""
    return timedelta(0) if policy.confirm else policy.ignore_gaps


def confirmed(
    tracks: Mapping[str, Track],
    policy: CheckPolicy,
    against: frozenset[Outcome],
) -> Evidence | None:
    """Evidence that holds whichever location is left out; with one location, its own."""
    if len(policy.locations) > 1:
        if len(tracks) < 2:
            return None
        quorum = _spread(rule(policy).fail, len(tracks) - 1)
        windows = [_others(tracks, location) for location in tracks]
    else:
        quorum = rule(policy).fail
        windows = [track.seen for track in tracks.values()]
    if not windows or not all(_reached(window, quorum, against) for window in windows):
        return None
    return _lasting(tracks, policy, against)


def alone(
    tracks: Mapping[str, Track], policy: CheckPolicy, against: frozenset[Outcome]
) -> dict[str, Track]:
    """The locations whose own results satisfy the rule."""
    fail = rule(policy).fail
    return {name: track for name, track in tracks.items() if _reached(track.seen, fail, against)}


def evidence(tracks: Mapping[str, Track], against: frozenset[Outcome]) -> Evidence | None:
    """All that these locations hold against the check, from the first such result on."""
    began = {name: _began(track, against) for name, track in tracks.items()}
    found = {name: at for name, at in began.items() if at is not None}
    if not found:
        return None
    since = min(found.values())
    counted = [seen for name in found for seen in tracks[name].seen if seen.at >= since]
    bad = [seen for seen in counted if seen.outcome in against]
    reason = max(bad, key=lambda seen: seen.at).reason
    return Evidence(tuple(sorted(found)), since, len(bad), len(counted), reason)


def _lasting(
    tracks: Mapping[str, Track], policy: CheckPolicy, against: frozenset[Outcome]
) -> Evidence | None:
    found = evidence(tracks, against)
    if found is None:
        return None
    latest = max(
        seen.at for track in tracks.values() for seen in track.seen if seen.outcome in against
    )
    return found if latest - found.since >= forgiven(policy) else None


def _began(track: Track, against: frozenset[Outcome]) -> datetime | None:
    first = next((seen.at for seen in track.seen if seen.outcome in against), None)
    run = track.run_since(against)
    return min(first, run) if first and run else first


def _others(tracks: Mapping[str, Track], left_out: str) -> tuple[Seen, ...]:
    seen = (entry for name, track in tracks.items() if name != left_out for entry in track.seen)
    return tuple(sorted(seen, key=lambda entry: entry.at))


def _spread(quorum: Quorum, locations: int) -> Quorum:
    """The quorum over a window in which each of the locations has room."""
    of = max(quorum.of, locations)
    return Quorum(math.ceil(quorum.needed * of / quorum.of), of)


def _reached(seen: Iterable[Seen], quorum: Quorum, against: frozenset[Outcome]) -> bool:
    window = tuple(seen)[-quorum.of :]
    return sum(entry.outcome in against for entry in window) >= quorum.needed
