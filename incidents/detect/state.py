"""What a check's fold remembers between signals, and how that is stored."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

import msgspec

from checks.model import Outcome, Result
from incidents.detect.learned.habits import Healed
from incidents.model import Judgement, Verdict
from incidents.policy import CheckPolicy
from incidents.signals import Wish

FOLD = "check"
VERSION = 1
WAITING = "waiting for its first result"
AWAITING_BEAT = "waiting for its first beat"
AWAITING_VALUE = "waiting for its first value"
WAITS = frozenset({WAITING, AWAITING_BEAT, AWAITING_VALUE})
"""Why nothing is known yet of a check that is new: no news for anybody."""

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


class Instability(msgspec.Struct, frozen=True, array_like=True):
    """Failures that went by before they were believed."""

    blips: int = 0
    last_at: datetime | None = None


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """What the fold of any check remembers.

    `held` is the last judgement that something told us; `verdict` is what is told now, which
    is `unknown` while there is silence. `heard_at` is when something was last told.
    """

    revision: str
    held: Verdict
    verdict: Verdict
    heard_at: datetime | None = None
    wake_at: datetime | None = None
    warned: tuple[str, ...] = ()

    @property
    def waiting(self) -> bool:
        """Whether nothing has allowed a judgement yet."""
        return self.held.judgement is Judgement.UNKNOWN


J = TypeVar("J", bound=Judged)


class Probed(Judged, frozen=True, kw_only=True):
    """What the fold of any check that is probed remembers.

    `awaited_at` is the instant from which silence is counted. `error` is why no probe could be
    made lately.
    """

    awaited_at: datetime
    warnings: dict[str, tuple[str, ...]] = {}
    instability: Instability = Instability()
    error: str = ""


P = TypeVar("P", bound=Probed)


class State(Probed, frozen=True, kw_only=True):
    """Everything that the fold of a check that is judged by a plain rule remembers."""

    tracks: dict[str, Track] = {}
    burst: Burst | None = None
    tokens: float | None = None
    tokens_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """What one signal led to.

    `verdict` is set only when it changed. `warnings` are those that hold now, set only when
    they changed. `healed` is a trouble that is over for good.
    """

    state: Judged
    verdict: Verdict | None = None
    wishes: tuple[Wish, ...] = ()
    warnings: tuple[str, ...] | None = None
    healed: Healed | None = None


def changes(before: Judged, found: Step) -> Step:
    """The step that tells the verdict and the warnings only if they are other ones than before."""
    after = found.state
    old, new = before.verdict, after.verdict
    changed = new is not old and _told(new) != _told(old)
    warned = after.warned if after.warned != before.warned else None
    if not changed and warned is None:
        return found
    return replace(found, verdict=new if changed else None, warnings=warned)


def _told(verdict: Verdict) -> tuple[object, ...]:
    if verdict.judgement is Judgement.PARTIAL:
        return (verdict.judgement, verdict.onset_at, verdict.locations)
    return (verdict.judgement, verdict.evidence == WAITING)


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


def carried_over(state: Judged, into: P) -> P:
    """The state of another fold with what is held, which stays when the fold changes."""
    found = msgspec.structs.replace(
        into, held=state.held, verdict=state.verdict, heard_at=state.heard_at,
        wake_at=state.wake_at, warned=state.warned,
    )  # fmt: skip
    if not isinstance(state, Probed):
        return found
    return msgspec.structs.replace(
        found, awaited_at=state.awaited_at, warnings=state.warnings,
        instability=state.instability, error=state.error,
    )  # fmt: skip


def renamed(state: J, check: str) -> J:
    """The state of a check that goes by another id now."""
    return msgspec.structs.replace(
        state,
        held=_of(state.held, check),
        verdict=_of(state.verdict, check),
    )


def _of(verdict: Verdict, check: str) -> Verdict:
    return Verdict(
        check, verdict.judgement, verdict.onset_at, verdict.at, verdict.evidence,
        verdict.signature, verdict.locations,
    )  # fmt: skip
