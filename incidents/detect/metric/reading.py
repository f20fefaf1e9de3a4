"""What the fold of a number makes of it at an instant: how unusual it is, and for how long."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from incidents.detect.metric.alarm import IN_A_ROW, LEARNING_VALUES, THRESHOLDS, learning
from incidents.detect.metric.detector import novelty_of
from incidents.detect.metric.state import Measuring
from incidents.detect.plain.failures import rule
from incidents.detect.plain.state import BAD
from incidents.detect.reading import Measure, Reading
from incidents.policy import CheckPolicy

NOVELTY = "novelty"
LIMITS = "limits broken"
RECOVERY = "recovery"


def reading(state: Measuring, policy: CheckPolicy, at: datetime) -> Reading:
    """The evidence for and against the judgement that is held."""
    notes = (state.told,) if state.told else ()
    return Reading(at, state.verdict.judgement, tuple(_measures(state, policy, at)), notes=notes)


def _measures(state: Measuring, policy: CheckPolicy, at: datetime) -> Iterator[Measure]:
    if policy.learns:
        yield _novelty(state, policy, at)
    if state.watch.alarm is not None:
        yield Measure(RECOVERY, float(state.watch.alarm.back), float(IN_A_ROW))
    fail = rule(policy).fail
    against = sum(one.outcome in BAD for one in state.recent[-fail.of :])
    yield Measure(LIMITS, float(against), float(fail.needed))


def _novelty(state: Measuring, policy: CheckPolicy, at: datetime) -> Measure:
    """The greatest of the last values, and the longest run of unusual ones."""
    found = state.memory.peaks[0].novelty if state.memory.peaks else 0.0
    longest = max(run.count for run in state.watch.runs)
    waits_for = f"lasts {min(longest, IN_A_ROW)} of {IN_A_ROW} values"
    if learning(state.watch, state.memory, at.timestamp()):
        waits_for = f"learned from {state.memory.count} of at least {LEARNING_VALUES} values"
    return Measure(NOVELTY, found, novelty_of(THRESHOLDS[policy.sensitivity]), waits_for)
