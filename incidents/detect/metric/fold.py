"""The fold of one check that brings a number: its limits, what is usual of it, its absence."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import msgspec

from checks.model import VALUE, Outcome, Result
from checks.pushing import Due, Heard
from incidents.detect import staleness
from incidents.detect.evidence import clock, signature
from incidents.detect.metric import alarm, words
from incidents.detect.metric.alarm import THRESHOLDS, watched
from incidents.detect.metric.detector import Memory, observe
from incidents.detect.metric.limits import broken
from incidents.detect.metric.state import Held, Measuring, fresh
from incidents.detect.plain.failures import rule
from incidents.detect.state import Step, changes
from incidents.detect.warnings import noted
from incidents.model import Judgement, Verdict
from incidents.policy import CheckPolicy
from incidents.signals import Gap, Signal, Tick, Value, Wake, known_at

UNUSUAL = "unusual value"
"""The signature of what the detector finds."""

_ONCE = datetime(2000, 1, 1, tzinfo=UTC)
_PLACE = ""
"""Where a number is from does not matter: it warns of the same."""


class Sample(NamedTuple):
    """A number, however it came: when it was measured and known, and what its limits say."""

    at: datetime
    known_at: datetime
    number: float
    outcome: Outcome
    reason: str
    warnings: tuple[str, ...]


def begin(policy: CheckPolicy, at: datetime) -> Step:
    """The first step of a check that has no value yet; nothing that is pushed is late so far."""
    return _awake(fresh(policy, at), policy, at)


def step(state: Measuring, signal: Signal, policy: CheckPolicy) -> Step:
    """Fold one signal in. Another question's evidence is dropped first."""
    if not isinstance(signal, Value | Result | Tick | Gap):
        return Step(state)
    before, now = state, known_at(signal)
    if state.revision != policy.revision:
        state = _asked_anew(state, policy, now)
    if isinstance(signal, Value):
        state = _measured(state, _pushed(signal), policy)
    elif isinstance(signal, Result):
        state = _on_result(state, signal, policy)
    elif isinstance(signal, Gap):
        state = _on_gap(_nothing_from_after(state, now), signal, policy)
    else:
        state = _on_tick(_nothing_from_after(state, now), now, policy)
    return changes(before, _awake(state, policy, now))


def _asked_anew(state: Measuring, policy: CheckPolicy, at: datetime) -> Measuring:
    """The state under other options: what is pushed stays what it was, a query may not."""
    if policy.pushed is not None:
        return msgspec.structs.replace(state, revision=policy.revision, awaited_at=at)
    anew = fresh(policy, at)
    return msgspec.structs.replace(anew, wake_at=state.wake_at, warned=state.warned)


# Values ---------------------------------------------------------------------------------------


def _pushed(value: Value) -> Sample:
    measured_at = min(value.measured_at, value.at)
    return Sample(measured_at, value.at, value.number, value.outcome, value.reason, value.warnings)


def _on_result(state: Measuring, result: Result, policy: CheckPolicy) -> Measuring:
    """What a probe brought; one that brought no number says nothing of the number."""
    if result.revision != policy.revision or result.location not in policy.locations:
        return state
    number = result.facts.get(VALUE)
    if not isinstance(number, int | float):
        return msgspec.structs.replace(state, error=result.reason or "it brought no number")
    at = min(result.at, result.known_at)
    sample = Sample(
        at, result.known_at, float(number), result.outcome, result.reason, result.warnings
    )
    return _measured(state, sample, policy)


def _measured(state: Measuring, sample: Sample, policy: CheckPolicy) -> Measuring:
    """The state with one more value, unless it is not newer than the last.

    One that comes too late for now teaches what is usual, and is not judged.
    """
    if state.newest_at is not None and sample.at <= state.newest_at:
        return state
    memory, watch, told = state.memory, state.watch, state.told
    if policy.learns:
        memory, watch, told = _learned(state, sample, policy)
    state = msgspec.structs.replace(
        state, newest_at=sample.at, memory=memory, watch=watch, told=told
    )
    if sample.known_at - sample.at > _patience(policy):
        return msgspec.structs.replace(state, watch=msgspec.structs.replace(watch, alarm=None))
    confirm = rule(policy)
    held = Held(sample.at, sample.outcome, sample.reason)
    state = msgspec.structs.replace(
        state,
        recent=(*state.recent, held)[-max(confirm.fail.of, confirm.recover.of) :],
        heard_at=sample.known_at,
        awaited_at=max(sample.known_at, state.awaited_at),
        error="",
    )
    return _judged(noted(state, _PLACE, sample.warnings), sample, policy)


def _learned(
    state: Measuring, sample: Sample, policy: CheckPolicy
) -> tuple[Memory, alarm.Watch, str]:
    """What is remembered and watched with one more value, and what there is to say."""
    at = sample.at.timestamp()
    memory, sight = observe(state.memory, at, sample.number)
    threshold = THRESHOLDS[policy.sensitivity]
    watch = watched(state.watch, state.memory, memory, sight, at, threshold)
    told = words.well(sample.number, memory, learning=alarm.learning(watch, memory, at))
    if watch.alarm is None:
        return memory, watch, told
    if watch.alarm.over:
        told = words.usual_again(watch.alarm, sight)
    elif watch.alarm.normal(at):
        told = words.normal_now(watch.alarm, sight)
    else:
        return memory, watch, words.unusual(watch.alarm, sight)
    return memory, msgspec.structs.replace(watch, alarm=None), told


# Judgement ------------------------------------------------------------------------------------


def _judged(state: Measuring, sample: Sample, policy: CheckPolicy) -> Measuring:
    """The state with what its last value says; whoever is heard is no longer unknown."""
    found = _verdict(state, sample, policy)
    if found.judgement is state.held.judgement:
        if state.verdict == state.held:
            return state
        found = replace(state.held, at=sample.known_at)  # known again, as it was
    return msgspec.structs.replace(state, held=found, verdict=found)


def _verdict(state: Measuring, sample: Sample, policy: CheckPolicy) -> Verdict:
    """Limits first: they are what somebody decided; the detector only ever says degraded."""
    now = sample.known_at
    limit = broken(state.recent, state.held.judgement, rule(policy))
    if limit is not None:
        said = limit.words
        return Verdict(policy.check, limit.judgement, limit.since, now, said, signature(said))
    if state.watch.alarm is not None:
        since = words.instant(state.watch.alarm.since)
        return Verdict(policy.check, Judgement.DEGRADED, since, now, state.told, UNUSUAL)
    said = state.told or f"value {words.number(sample.number)}"
    return Verdict(policy.check, Judgement.HEALTHY, sample.at, now, said)


# Silence --------------------------------------------------------------------------------------


def _on_tick(state: Measuring, now: datetime, policy: CheckPolicy) -> Measuring:
    if now < _silent_at(state, policy):
        return state
    due = _due(state, policy)
    if policy.pushed is None:
        return staleness.silent(state, now)
    if due is None or state.verdict.judgement is Judgement.FAILING:
        return state
    verdict = Verdict(
        policy.check, Judgement.FAILING, due.at, now, due.reason, signature(due.reason)
    )
    return msgspec.structs.replace(state, held=verdict, verdict=verdict, recent=())


def _on_gap(state: Measuring, gap: Gap, policy: CheckPolicy) -> Measuring:
    """Nothing could reach us in the meantime, so silence is counted from now on."""
    state = msgspec.structs.replace(state, awaited_at=gap.at)
    told = state.verdict.judgement is Judgement.UNKNOWN
    if told or gap.at - gap.from_at <= _patience(policy):
        return state
    said = f"Upfront was not running from {clock(gap.from_at)} to {clock(gap.at)}"
    unknown = Verdict(policy.check, Judgement.UNKNOWN, gap.from_at, gap.at, said, "silence")
    return msgspec.structs.replace(state, verdict=unknown)


def _nothing_from_after(state: Measuring, now: datetime) -> Measuring:
    """The state without what claims to be from the future, and awake."""

    def past(at: datetime | None) -> datetime | None:
        return at and min(at, now)

    return msgspec.structs.replace(
        state,
        newest_at=past(state.newest_at),
        heard_at=past(state.heard_at),
        awaited_at=min(state.awaited_at, now),
        wake_at=None,
    )


def _awake(state: Measuring, policy: CheckPolicy, now: datetime) -> Step:
    """The step with a wish to be woken, if the one that stands would come too late."""
    silent_at = _silent_at(state, policy)
    waiting = policy.pushed is not None and state.newest_at is None
    standing = state.wake_at is not None and now < state.wake_at <= silent_at
    if waiting or standing or silent_at <= now:
        return Step(state)
    woken = msgspec.structs.replace(state, wake_at=silent_at)
    return Step(woken, wishes=(Wake(policy.check, silent_at),))


def _silent_at(state: Measuring, policy: CheckPolicy) -> datetime:
    return state.awaited_at + _patience(policy)


def _patience(policy: CheckPolicy) -> timedelta:
    """How long after one value the next may come."""
    if policy.pushed is None:
        return staleness.silence(policy)
    due = policy.pushed.next_due(policy.options, Heard(at=_ONCE, counted_at=_ONCE))
    assert due is not None
    return due.missed_at - _ONCE


def _due(state: Measuring, policy: CheckPolicy) -> Due | None:
    """The value that is awaited; None of what was never heard, or is not pushed."""
    if policy.pushed is None or state.heard_at is None:
        return None
    heard = Heard(at=state.heard_at, counted_at=state.awaited_at)
    return policy.pushed.next_due(policy.options, heard)
