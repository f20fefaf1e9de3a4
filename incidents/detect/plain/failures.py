"""When a failure is believed: so many of the last so many results, no location alone."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from checks.model import Outcome
from incidents.detect.plain.state import Seen, Track
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


def confirmed(
    tracks: Mapping[str, Track],
    policy: CheckPolicy,
    against: frozenset[Outcome],
) -> Evidence | None:
    """Evidence that holds whichever location is left out; with one location, its own."""
    quorum, windows = _windows(tracks, policy)
    if not windows or not all(_reached(window, quorum, against) for window in windows):
        return None
    return evidence(tracks, against)


def counted(
    tracks: Mapping[str, Track], policy: CheckPolicy, against: frozenset[Outcome]
) -> tuple[int, int]:
    """How many results count against it, whichever location is left out, and how many must."""
    quorum, windows = _windows(tracks, policy)
    found = (_count(window, quorum, against) for window in windows)
    return min(found, default=0), quorum.needed


def _windows(
    tracks: Mapping[str, Track], policy: CheckPolicy
) -> tuple[Quorum, list[tuple[Seen, ...]]]:
    """The rule and the results it is held against: for several locations, without each in turn."""
    fail = rule(policy).fail
    if len(policy.locations) < 2:
        return fail, [track.seen for track in tracks.values()]
    if len(tracks) < 2:
        return fail, []
    return _spread(fail, len(tracks) - 1), [_others(tracks, location) for location in tracks]


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
    return _count(seen, quorum, against) >= quorum.needed


def _count(seen: Iterable[Seen], quorum: Quorum, against: frozenset[Outcome]) -> int:
    return sum(entry.outcome in against for entry in tuple(seen)[-quorum.of :])
