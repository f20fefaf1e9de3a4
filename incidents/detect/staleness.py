"""When silence means that we do not know: nothing heard for longer than a check allows."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache

import msgspec

from incidents.detect.evidence import clock
from incidents.detect.state import WAITING, P, Probed
from incidents.model import Judgement, Verdict
from incidents.policy import CheckPolicy
from incidents.signals import Gap


def silence(policy: CheckPolicy) -> timedelta:
    """How long a check may be silent: three intervals, or one and three timeouts."""
    return _silence(policy.interval, policy.timeout)


@lru_cache(maxsize=64)
def _silence(interval: timedelta, timeout: timedelta) -> timedelta:
    return max(3 * interval, interval + 3 * timeout)


def silent_at(state: Probed, policy: CheckPolicy) -> datetime:
    """The instant at which the check's silence will be judged, unless it is heard."""
    return state.awaited_at + silence(policy)


def too_late(at: datetime, known_at: datetime, policy: CheckPolicy) -> bool:
    """Whether a result is so old that it says nothing of now."""
    return known_at - at > silence(policy)


def silent(state: P, now: datetime) -> P:
    """The state of a check that was not heard for too long."""
    if state.verdict.judgement is Judgement.UNKNOWN and state.verdict.evidence != WAITING:
        return state
    since = state.heard_at or state.awaited_at
    return _unknown(state, min(since, now), now, _why_silent(state, since))


def after_gap(state: P, gap: Gap, policy: CheckPolicy) -> P:
    """The state after we were away: nothing was asked, so silence is counted from now on."""
    state = msgspec.structs.replace(state, awaited_at=gap.at)
    untold = state.verdict.judgement is Judgement.UNKNOWN
    if untold or gap.at - gap.from_at <= silence(policy):
        return state
    words = f"Upfront was not running from {clock(gap.from_at)} to {clock(gap.at)}"
    return _unknown(state, gap.from_at, gap.at, words)


def _why_silent(state: Probed, since: datetime) -> str:
    if state.error:
        return f"no probe could be made since {clock(since)}: {state.error}"
    if state.heard_at is None:
        return f"no result yet; waiting since {clock(since)}"
    return f"no result since {clock(since)}"


def _unknown(state: P, since: datetime, now: datetime, words: str) -> P:
    verdict = Verdict(state.verdict.check, Judgement.UNKNOWN, since, now, words, "silence")
    return msgspec.structs.replace(state, verdict=verdict)
