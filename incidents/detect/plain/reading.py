"""What the plain rule makes of a check at an instant: results counted, and how many it takes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from checks.duration import say_span
from checks.model import Outcome
from incidents.detect import staleness
from incidents.detect.plain import failures
from incidents.detect.plain.state import BAD, FAILED, State, Track
from incidents.detect.reading import Measure, Reading
from incidents.model import Judgement
from incidents.policy import CheckPolicy

FAILURES = "failures"
SLOWNESS = "slow or failed"
RECOVERY = "recovery"


def reading(state: State, policy: CheckPolicy, at: datetime) -> Reading:
    """The evidence for and against the judgement that is held.

    A plain rule knows nothing of what is usual, and keeps no latency.
    """
    return Reading(
        at=at,
        judgement=state.verdict.judgement,
        measures=tuple(_measures(state, policy, at)),
        notes=tuple(_notes(state, policy, at)),
    )


def _measures(state: State, policy: CheckPolicy, at: datetime) -> Iterator[Measure]:
    tracks = _heard(state, policy, at)
    yield _against(FAILURES, FAILED, tracks, policy)
    if any(seen.outcome is Outcome.SLOW for track in tracks.values() for seen in track.seen):
        yield _against(SLOWNESS, BAD, tracks, policy)
    if state.held.judgement not in (Judgement.HEALTHY, Judgement.UNKNOWN):
        yield _recovery(tracks, policy)


def _heard(state: State, policy: CheckPolicy, at: datetime) -> dict[str, Track]:
    since = at - staleness.silence(policy)
    return {
        name: track
        for name, track in state.tracks.items()
        if track.seen and track.newest.at >= since and name in policy.locations
    }


def _against(
    name: str, outcomes: frozenset[Outcome], tracks: dict[str, Track], policy: CheckPolicy
) -> Measure:
    count, needed = failures.counted(tracks, policy, outcomes)
    return Measure(name, float(count), float(needed))


def _recovery(tracks: dict[str, Track], policy: CheckPolicy) -> Measure:
    """The location with the fewest good results in its last few counts: all must be well."""
    quorum = failures.rule(policy).recover
    good = (
        sum(seen.outcome not in BAD for seen in track.seen[-quorum.of :])
        for track in tracks.values()
    )
    return Measure(RECOVERY, float(min(good, default=0)), float(quorum.needed))


def _notes(state: State, policy: CheckPolicy, at: datetime) -> Iterator[str]:
    rule = failures.rule(policy)
    yield (
        f"plain rule: {rule.fail.needed} of {rule.fail.of} against it,"
        f" {rule.recover.needed} of {rule.recover.of} for it"
    )
    if state.burst is not None:
        yield f"round {state.burst.rounds} of rechecks"
    silent_at = staleness.silent_at(state, policy)
    if state.heard_at is not None and at > state.heard_at + policy.interval + policy.timeout:
        yield f"silent for {say_span(at - state.heard_at)}; unknown from {silent_at:%H:%M:%S} UTC"
