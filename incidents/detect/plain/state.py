"""What the plain rule remembers of a check: the latest results from each location."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from checks.model import Outcome, Result
from incidents.detect.state import WAITING, Probed
from incidents.model import Judgement, Verdict
from incidents.policy import CheckPolicy

FOLD = "check"
VERSION = 1

FAILED = frozenset({Outcome.FAIL})
"""What counts against a check that is held against being down."""
BAD = frozenset({Outcome.FAIL, Outcome.SLOW})
"""What counts against a check that is held against being well."""


class Seen(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What is kept of one result: when the probe began, its outcome, and why."""

    at: datetime
    outcome: Outcome
    reason: str = ""


class Track(msgspec.Struct, frozen=True):
    """What one location saw lately, oldest first.

    `failed_since` and `bad_since` are when its present unbroken run of failures, or of
    results other than `pass`, began, though that may be longer ago than the window reaches.
    Results at or before `floor_at` are settled and count no more.
    """

    seen: tuple[Seen, ...] = ()
    failed_since: datetime | None = None
    bad_since: datetime | None = None
    floor_at: datetime | None = None

    @property
    def newest(self) -> Seen:
        """The latest result; a track has at least one."""
        return self.seen[-1]

    def run_since(self, against: frozenset[Outcome]) -> datetime | None:
        """When the present run of such results began."""
        return self.failed_since if against is FAILED else self.bad_since


class Burst(msgspec.Struct, frozen=True, array_like=True):
    """Rechecks on a suspicion: since when, how many rounds, the last asked for that instant."""

    begun_at: datetime
    rounds: int
    asked_at: datetime


class State(Probed, frozen=True, kw_only=True):
    """Everything that the fold of a check that is judged by a plain rule remembers."""

    tracks: dict[str, Track] = msgspec.field(default_factory=dict)
    burst: Burst | None = None
    tokens: float | None = None
    tokens_at: datetime | None = None


def fresh(policy: CheckPolicy, at: datetime) -> State:
    """The state of a check that has no result yet."""
    waiting = Verdict(policy.check, Judgement.UNKNOWN, at, at, WAITING)
    return State(revision=policy.revision, held=waiting, verdict=waiting, awaited_at=at)


def remember(track: Track | None, result: Result, keep: int) -> Track | None:
    """The track with one more result in its place, None if it is there or settled already."""
    at = min(result.at, result.known_at)
    entry = Seen(at, result.outcome, result.reason)
    if track is None:
        return _with_runs(Track(), (entry,))
    if track.floor_at is not None and at <= track.floor_at:
        return None
    if not track.seen or at > track.newest.at:
        return _with_runs(track, (*track.seen, entry)[-keep:])
    if len(track.seen) >= keep and at < track.seen[0].at:
        return None
    if any(seen.at == at for seen in track.seen):
        return None
    ordered = sorted((*track.seen, entry), key=lambda seen: seen.at)
    return _with_runs(track, tuple(ordered[-keep:]))


def _with_runs(track: Track, seen: tuple[Seen, ...]) -> Track:
    return Track(
        seen, _run(seen, FAILED, track.failed_since), _run(seen, BAD, track.bad_since),
        track.floor_at,
    )  # fmt: skip


def _run(
    seen: tuple[Seen, ...], against: frozenset[Outcome], since: datetime | None
) -> datetime | None:
    """When the unbroken run at the end began; one that fills the window may be older."""
    began = None
    for entry in reversed(seen):
        if entry.outcome not in against:
            return began
        began = entry.at
    return min(began, since) if began and since else began


def settle(track: Track, against: frozenset[Outcome]) -> Track:
    """The track without what counted against the check: that is over and must not tell again."""
    last = max((seen.at for seen in track.seen if seen.outcome in against), default=None)
    if last is None:
        return track
    kept = tuple(seen for seen in track.seen if seen.at > last)
    return _with_runs(Track(floor_at=last), kept)


def without_future(track: Track, now: datetime) -> Track:
    """The track without results that claim to be from after now."""
    latest = now + timedelta(seconds=1)
    floored = track.floor_at is not None and track.floor_at > latest
    if not floored and (not track.seen or track.newest.at <= latest):
        return track
    kept = tuple(seen for seen in track.seen if seen.at <= latest)
    return _with_runs(Track(floor_at=None if floored else track.floor_at), kept)
