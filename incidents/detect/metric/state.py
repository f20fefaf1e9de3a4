"""What the fold of a check remembers that brings a number."""

from __future__ import annotations

from datetime import datetime

import msgspec

from checks.model import Outcome
from incidents.detect.metric.alarm import Watch
from incidents.detect.metric.detector import Memory
from incidents.detect.state import AWAITING_VALUE, WAITING, Probed
from incidents.model import Judgement, Verdict
from incidents.policy import CheckPolicy

FOLD = "metric"
VERSION = 1


class Held(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What the limits said of one value."""

    at: datetime
    outcome: Outcome
    reason: str = ""


class Measuring(Probed, frozen=True, kw_only=True):
    """Everything that the fold remembers.

    `newest_at` is when the last value was measured. `recent` is what the limits said of the
    last values. `told` is the sentence of the detector while it holds the check degraded, or
    the last one of its being well.
    """

    newest_at: datetime | None = None
    recent: tuple[Held, ...] = ()
    memory: Memory = Memory()
    watch: Watch = Watch()
    told: str = ""


def fresh(policy: CheckPolicy, at: datetime) -> Measuring:
    """The state of a check that has no value yet."""
    words = WAITING if policy.pushed is None else AWAITING_VALUE
    waiting = Verdict(policy.check, Judgement.UNKNOWN, at, at, words)
    return Measuring(revision=policy.revision, held=waiting, verdict=waiting, awaited_at=at)
