"""The fold of one check that others report to: what they told, and what they failed to tell."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import msgspec

from checks.model import Outcome
from checks.pushing import Due, Heard, Message, Pushed
from incidents.detect.evidence import clock, signature
from incidents.detect.state import AWAITING_BEAT, Judged, Step
from incidents.model import Judgement, Verdict
from incidents.policy import CheckPolicy
from incidents.signals import Beat, Gap, Signal, Tick, Wake

FOLD = "beats"
VERSION = 1


class Doubt(msgspec.Struct, frozen=True, array_like=True):
    """A report that may have been lost while we were away: from then on we cannot tell."""

    at: datetime
    since: datetime
    words: str


class Listening(Judged, frozen=True, kw_only=True):
    """Everything that the fold remembers; `back_at` is when we were last back from a gap."""

    heard: Heard = Heard()
    back_at: datetime | None = None
    doubt: Doubt | None = None


def begin(policy: CheckPolicy, at: datetime) -> Step:
    """The first step of a check that nothing was heard of: there is nothing to be late yet."""
    waiting = Verdict(policy.check, Judgement.UNKNOWN, at, at, AWAITING_BEAT)
    return Step(Listening(revision=policy.revision, held=waiting, verdict=waiting))


def step(state: Listening, signal: Signal, policy: CheckPolicy) -> Step:
    """Fold one signal in. A new schedule is applied to what was heard under the old one."""
    if not isinstance(signal, Beat | Tick | Gap):
        return Step(state)
    before, now, anew = state, signal.at, state.revision != policy.revision
    if anew:
        state = _asked_anew(state, policy, now)
    if isinstance(signal, Beat):
        state = _on_beat(state, signal, policy)
    else:
        state = _nothing_from_after(state, now)
    if isinstance(signal, Gap):
        state = _on_gap(state, signal, policy)
    return _judged(before, state, policy, now, anew=anew)


# What is heard --------------------------------------------------------------------------------


def _on_beat(state: Listening, beat: Beat, policy: CheckPolicy) -> Listening:
    """The state with one more message, unless it is one from before what is known."""
    known = state.heard
    if known.at is not None and beat.at <= known.at:
        return state
    message = Message(beat.at, beat.word, beat.body)
    heard = _pushed(policy).on_push(policy.options, message, known)
    doubt = state.doubt if heard.at == known.at else None
    return msgspec.structs.replace(state, heard=heard, heard_at=beat.at, doubt=doubt)


def _on_gap(state: Listening, gap: Gap, policy: CheckPolicy) -> Listening:
    """Nothing could reach us in the meantime: what was due then may have been sent all the same.

    It is counted anew from now on. Until then it is no miss, though past its time we cannot
    tell either.
    """
    state = msgspec.structs.replace(state, back_at=gap.at)
    due = _due(state, policy)
    if due is None or state.verdict.judgement is Judgement.FAILING:
        return state
    if due.at > gap.at and state.heard.started_at is None:
        return state
    words = f"a report may have been lost: Upfront was not running until {clock(gap.at)}"
    doubt = state.doubt or Doubt(_missed_at(state, due, policy), due.at, words)
    return msgspec.structs.replace(state, heard=_counted_from(state.heard, gap.at), doubt=doubt)


def _asked_anew(state: Listening, policy: CheckPolicy, now: datetime) -> Listening:
    """The state under another schedule, by which nothing is late the moment it is written."""
    state = msgspec.structs.replace(state, revision=policy.revision)
    due = _due(state, policy)
    failing = state.verdict.judgement is Judgement.FAILING
    if due is None or failing or now < _missed_at(state, due, policy):
        return state
    return msgspec.structs.replace(state, heard=_counted_from(state.heard, now))


def _counted_from(heard: Heard, at: datetime) -> Heard:
    return replace(heard, counted_at=at, started_at=None)


def _nothing_from_after(state: Listening, now: datetime) -> Listening:
    """The state without what claims to be from the future, and awake."""

    def past(at: datetime | None) -> datetime | None:
        return at and min(at, now)

    heard = replace(
        state.heard,
        at=past(state.heard.at),
        counted_at=past(state.heard.counted_at),
        started_at=past(state.heard.started_at),
    )
    return msgspec.structs.replace(
        state, heard=heard, heard_at=past(state.heard_at), back_at=past(state.back_at), wake_at=None
    )


# Judgement ------------------------------------------------------------------------------------


def _judged(
    before: Listening, state: Listening, policy: CheckPolicy, now: datetime, *, anew: bool
) -> Step:
    """The step to what holds now, told if it is another judgement than before."""
    verdict = _verdict(state, policy, now, anew=anew)
    if verdict.judgement is state.verdict.judgement:
        verdict = state.verdict
    held = state.held if verdict.judgement is Judgement.UNKNOWN else verdict
    state = msgspec.structs.replace(state, verdict=verdict, held=held)
    told = None if verdict is before.verdict else verdict
    wake_at = _wake_at(state, policy, now)
    if wake_at is None or wake_at == state.wake_at:
        return Step(state, told)
    woken = msgspec.structs.replace(state, wake_at=wake_at)
    return Step(woken, told, (Wake(policy.check, wake_at),))


def _verdict(state: Listening, policy: CheckPolicy, now: datetime, *, anew: bool) -> Verdict:
    heard, held = state.heard, state.verdict
    told_since = heard.at is not None and heard.at >= held.at
    if held.judgement is Judgement.FAILING and not told_since and not anew:
        return held
    if heard.at is not None and heard.outcome is Outcome.FAIL:
        return _failing(policy, heard.at, now, heard.reason)
    due = _due(state, policy)
    if due is not None and now >= _missed_at(state, due, policy):
        return _failing(policy, due.at, now, due.reason)
    if state.doubt is not None and now >= state.doubt.at:
        doubt = state.doubt
        return Verdict(policy.check, Judgement.UNKNOWN, doubt.since, now, doubt.words, "silence")
    if heard.at is None:
        return held
    words = f"reported that it ran at {clock(heard.at)}"
    return Verdict(policy.check, Judgement.HEALTHY, heard.at, now, words)


def _failing(policy: CheckPolicy, since: datetime, now: datetime, reason: str) -> Verdict:
    return Verdict(policy.check, Judgement.FAILING, since, now, reason, signature(reason))


def _wake_at(state: Listening, policy: CheckPolicy, now: datetime) -> datetime | None:
    """When silence changes the judgement, if it goes on."""
    due = _due(state, policy)
    if due is None or state.verdict.judgement is Judgement.FAILING:
        return None
    missed_at = _missed_at(state, due, policy)
    return min((at for at in (missed_at, state.doubt and state.doubt.at) if at and at > now),
               default=None)  # fmt: skip


def _due(state: Listening, policy: CheckPolicy) -> Due | None:
    return _pushed(policy).next_due(policy.options, state.heard)


def _missed_at(state: Listening, due: Due, policy: CheckPolicy) -> datetime:
    """When a report is missed: never sooner than one grace after we are back from a gap."""
    if state.back_at is None:
        return due.missed_at
    return max(due.missed_at, state.back_at + _pushed(policy).grace(policy.options))


def _pushed(policy: CheckPolicy) -> Pushed:
    assert policy.pushed is not None
    return policy.pushed
