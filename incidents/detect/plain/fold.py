"""The fold of one check over all its locations, composed of the ideas beside it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import msgspec

from checks.model import Outcome, Result
from incidents.detect import staleness
from incidents.detect.evidence import against, signature
from incidents.detect.plain import failures, locations
from incidents.detect.plain.failures import Evidence
from incidents.detect.plain.rechecks import ask_again
from incidents.detect.plain.recovery import recovered
from incidents.detect.plain.state import (
    BAD,
    FAILED,
    State,
    Track,
    fresh,
    remember,
    settle,
    without_future,
)
from incidents.detect.state import Instability, Judged, Step, carried_over, changes
from incidents.detect.warnings import warn
from incidents.model import Judgement, Verdict
from incidents.policy import CheckPolicy
from incidents.signals import Gap, Recheck, Signal, Tick, Wake, known_at

_WEIGHT = {
    Judgement.UNKNOWN: 0,
    Judgement.HEALTHY: 0,
    Judgement.DEGRADED: 1,
    Judgement.PARTIAL: 2,
    Judgement.FAILING: 3,
}
_AGREES = {
    Judgement.UNKNOWN: frozenset({Outcome.PASS}),
    Judgement.HEALTHY: frozenset({Outcome.PASS}),
    Judgement.DEGRADED: frozenset({Outcome.SLOW}),
    Judgement.PARTIAL: FAILED,
    Judgement.FAILING: FAILED,
}
_VERB = {
    Judgement.DEGRADED: "were slow",
    Judgement.PARTIAL: "failed",
    Judgement.FAILING: "failed",
}


def begin(policy: CheckPolicy, at: datetime) -> Step:
    """The first step of a check that has no state yet."""
    return _with_wake(fresh(policy, at), policy, at)


def adopted(state: Judged, policy: CheckPolicy, at: datetime) -> Step:
    """The first step of a check that another fold has judged until now: what is held stays."""
    return _with_wake(carried_over(state, fresh(policy, at)), policy, at)


def step(state: State, signal: Signal, policy: CheckPolicy) -> Step:
    """Fold one signal in. Another question's evidence is dropped first."""
    before = state
    if state.revision != policy.revision:
        state = _asked_anew(state, policy, known_at(signal))
    if isinstance(signal, Result):
        found = _on_result(state, signal, policy)
    elif isinstance(signal, Tick):
        found = _on_tick(state, signal, policy)
    elif isinstance(signal, Gap):
        found = _on_gap(state, signal, policy)
    else:
        found = Step(state)
    return changes(before, found)


def _asked_anew(state: State, policy: CheckPolicy, at: datetime) -> State:
    return msgspec.structs.replace(
        fresh(policy, at), wake_at=state.wake_at, instability=state.instability,
        warned=state.warned,
    )  # fmt: skip


# Results --------------------------------------------------------------------------------------


def _on_result(state: State, result: Result, policy: CheckPolicy) -> Step:
    now = result.known_at
    if (
        result.revision != policy.revision
        or result.location not in policy.locations
        or staleness.too_late(result.at, now, policy)
    ):
        return Step(state)
    if result.outcome is Outcome.ERROR:
        return _with_wake(msgspec.structs.replace(state, error=result.reason), policy, now)
    rule = failures.rule(policy)
    keep = max(rule.fail.of, rule.recover.of)
    track = remember(state.tracks.get(result.location), result, keep)
    if track is None:
        return Step(state)
    state = msgspec.structs.replace(
        state,
        tracks={**state.tracks, result.location: track},
        heard_at=now,
        awaited_at=max(now, state.awaited_at),
        error="",
    )
    state = _judged(warn(state, result), policy, now)
    asking: tuple[Recheck, ...] = ()
    if result.outcome not in _AGREES[state.held.judgement]:
        state, asking = ask_again(state, policy, now, result.at)
    elif state.burst is not None:
        state = _calmed(state, now)
    return _with_wake(state, policy, now, asking)


def _calmed(state: State, now: datetime) -> State:
    """End the burst once nothing recent contradicts what is held; a blip is remembered."""
    agrees = _AGREES[state.held.judgement]
    if any(seen.outcome not in agrees for track in state.tracks.values() for seen in track.seen):
        return state
    unstable = state.instability
    if state.held.judgement is Judgement.HEALTHY:
        unstable = Instability(unstable.blips + 1, now)
    return msgspec.structs.replace(state, burst=None, instability=unstable)


# Judgement ------------------------------------------------------------------------------------


def _judged(state: State, policy: CheckPolicy, now: datetime) -> State:
    """The state with what its results say now; whoever is heard is no longer unknown."""
    tracks = _heard(state, policy, now)
    held = _heavier(state.held, tracks, policy, now)
    if held is None:
        held = _lighter(state.held, tracks, policy, now)
        if held is not None and not state.waiting:
            state = _settled(state, held)
    if held is not None:
        return msgspec.structs.replace(state, held=held, verdict=held, burst=None)
    if state.verdict != state.held:
        again = replace(state.held, at=now)  # known again from now on, not from when it was found
        return msgspec.structs.replace(state, held=again, verdict=again)
    return state


def _heard(state: State, policy: CheckPolicy, now: datetime) -> dict[str, Track]:
    """What the check's locations saw, without those that fell silent."""
    since = now - staleness.silence(policy)
    return {
        name: track
        for name, track in state.tracks.items()
        if track.seen and track.newest.at >= since and name in policy.locations
    }


def _heavier(
    held: Verdict, tracks: dict[str, Track], policy: CheckPolicy, now: datetime
) -> Verdict | None:
    found = _worst(tracks, policy, now)
    if found is None:
        return None
    judgement, seen = found
    if _WEIGHT[judgement] > _WEIGHT[held.judgement]:
        since = _first_beyond(held, judgement, tracks) or seen.since
        return _verdict(policy, judgement, replace(seen, since=since), now)
    if judgement is held.judgement is Judgement.PARTIAL and set(seen.locations) > set(
        held.locations
    ):
        return _verdict(policy, judgement, replace(seen, since=held.onset_at), now)
    return None


def _worst(
    tracks: dict[str, Track], policy: CheckPolicy, now: datetime
) -> tuple[Judgement, Evidence] | None:
    """The worst judgement that there is evidence for."""
    if all(seen.outcome is Outcome.PASS for track in tracks.values() for seen in track.seen):
        return None
    if found := failures.confirmed(tracks, policy, FAILED):
        return Judgement.FAILING, found
    if found := locations.partial(tracks, policy, now):
        return Judgement.PARTIAL, found
    if found := failures.confirmed(tracks, policy, BAD):
        return Judgement.DEGRADED, found
    return None


def _first_beyond(held: Verdict, judgement: Judgement, tracks: dict[str, Track]) -> datetime | None:
    """When the other locations began to fail, if some had failed by themselves before."""
    if held.judgement is not Judgement.PARTIAL or judgement is not Judgement.FAILING:
        return None
    others = {name: track for name, track in tracks.items() if name not in held.locations}
    found = failures.evidence(others, FAILED)
    return found.since if found else None


def _lighter(
    held: Verdict, tracks: dict[str, Track], policy: CheckPolicy, now: datetime
) -> Verdict | None:
    if held.judgement is Judgement.HEALTHY:
        return None
    if held.judgement is Judgement.UNKNOWN:
        passed = [track for track in tracks.values() if track.newest.outcome is Outcome.PASS]
        since = min((track.newest.at for track in passed), default=None)
        return _well(policy, tracks, since, now) if since else None
    return _recovered(held, tracks, policy, now)


def _recovered(
    held: Verdict, tracks: dict[str, Track], policy: CheckPolicy, now: datetime
) -> Verdict | None:
    quorum = failures.rule(policy).recover
    well_since = recovered(tracks, held.locations, held.onset_at, quorum, BAD)
    if well_since is not None:
        return _well(policy, tracks, well_since, now)
    if held.judgement is Judgement.DEGRADED:
        return None
    up_since = recovered(tracks, held.locations, held.onset_at, quorum, FAILED)
    if up_since is None:
        return None
    left = {name: settle(track, FAILED) for name, track in tracks.items()}
    slow = failures.evidence(left, BAD)
    if slow is None:
        return _well(policy, tracks, up_since, now)
    return _verdict(policy, Judgement.DEGRADED, replace(slow, since=up_since), now)


def _settled(state: State, held: Verdict) -> State:
    over = FAILED if held.judgement is Judgement.DEGRADED else BAD
    tracks = {name: settle(track, over) for name, track in state.tracks.items()}
    return msgspec.structs.replace(state, tracks=tracks)


def _verdict(policy: CheckPolicy, judgement: Judgement, found: Evidence, now: datetime) -> Verdict:
    return Verdict(
        policy.check,
        judgement,
        found.since,
        now,
        against(found, _VERB[judgement]),
        signature(found.reason),
        found.locations,
    )


def _well(policy: CheckPolicy, tracks: dict[str, Track], since: datetime, now: datetime) -> Verdict:
    good = {name: sum(seen.at >= since for seen in track.seen) for name, track in tracks.items()}
    seen_from = tuple(sorted(name for name, count in good.items() if count))
    count = sum(good.values())
    found = Evidence(seen_from, since, count, count, "")
    return Verdict(policy.check, Judgement.HEALTHY, since, now, against(found, "passed"))


# Silence --------------------------------------------------------------------------------------


def _on_tick(state: State, tick: Tick, policy: CheckPolicy) -> Step:
    state = _nothing_from_after(state, tick.at)
    if tick.at >= staleness.silent_at(state, policy):
        state = staleness.silent(state, tick.at)
    elif state.verdict is state.held or state.verdict == state.held:
        state = _judged(state, policy, tick.at)
    return _with_wake(state, policy, tick.at)


def _on_gap(state: State, gap: Gap, policy: CheckPolicy) -> Step:
    """Nothing was asked in the meantime, so silence is counted from now on."""
    state = _nothing_from_after(state, gap.at)
    return _with_wake(staleness.after_gap(state, gap, policy), policy, gap.at)


def _nothing_from_after(state: State, now: datetime) -> State:
    """The state without what claims to be from the future, and awake."""
    tracks = {name: without_future(track, now) for name, track in state.tracks.items()}
    return msgspec.structs.replace(
        state,
        tracks=tracks,
        awaited_at=min(state.awaited_at, now),
        heard_at=min(state.heard_at, now) if state.heard_at else None,
        wake_at=None,
    )


def _with_wake(
    state: State, policy: CheckPolicy, now: datetime, asking: tuple[Recheck, ...] = ()
) -> Step:
    """The step with a wish to be woken, if the one that stands would come too late."""
    due_at = _due_at(state, policy, now)
    if due_at is None or (state.wake_at is not None and now < state.wake_at <= due_at):
        return Step(state, wishes=asking)
    woken = msgspec.structs.replace(state, wake_at=due_at)
    return Step(woken, wishes=(*asking, Wake(policy.check, due_at)))


def _due_at(state: State, policy: CheckPolicy, now: datetime) -> datetime | None:
    silent_at = staleness.silent_at(state, policy)
    due = [silent_at] if silent_at > now else []
    if len(policy.locations) > 1 and any(track.failed_since for track in state.tracks.values()):
        ends_at = locations.grace_ends_at(_heard(state, policy, now), policy, now)
        due += [ends_at] if ends_at else []
    return min(due, default=None)
