"""A scripted service, probed at chance instants and judged by the product's own fold.

Nothing here decides: planned probes and those that the fold wishes for are answered from a
script, folded in as they become known, and what is told is noted. The same seed gives the same.
"""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from random import Random

from bench.world.chance import stream
from checks.model import Outcome, Result
from incidents import detect
from incidents.detect import Judged, Step
from incidents.model import Judgement
from incidents.policy import CheckPolicy
from incidents.signals import Recheck

START = datetime(2026, 3, 2, tzinfo=UTC)
LOCATIONS = ("fra", "iad", "sin")
DISTANCE = {"fra": 1.0, "iad": 1.5, "sin": 2.4}
USUAL, SPREAD, SWING = 0.18, 0.2, 0.05
"""Seconds of an answer next door, how far it scatters and slowly wanders, as logarithms."""
FAILING = 0.003
"""The share of probes that fails on an ordinary day."""
TIMEOUT = 5.0
LEARNING, APART = 86_400.0, 1_800.0
"""Seconds of learning before the first trial, and from one trial's start to the next."""
PATIENCE = 7_200.0
"""Seconds after which a fault counts as not found."""
TRIALS = 40
LASTS = 1_200.0
"""Seconds that a fault takes whose end is waited for."""
_TO_BEGIN = 0.05
BAD = (Judgement.DEGRADED, Judgement.PARTIAL, Judgement.FAILING)


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong, as seen from these locations.

    `failing` is the share of probes that fail, at once or, if it `hangs`, by their timeout.
    `factor` is how many times as long answers take; `outliers` the share of them that take
    five times as long.
    """

    failing: float = 0.0
    hangs: bool = False
    factor: float = 1.0
    outliers: float = 0.0
    seen_from: tuple[str, ...] = LOCATIONS


WELL = Fault()


@dataclass(frozen=True, slots=True)
class Spell:
    """A fault between two instants, in seconds."""

    fault: Fault
    begins: float
    ends: float = math.inf


Trial = float | None
"""The seconds that something took to be told; None if it was not, for as long as we waited."""


@dataclass(frozen=True, slots=True)
class _Probe:
    """One that is due: from where, by when it is given up, and whether it is a planned one."""

    location: str
    limit: float = TIMEOUT
    planned: bool = True


def instant(seconds: float) -> datetime:
    """An instant of the script's clock."""
    return START + timedelta(seconds=seconds)


def seconds(at: datetime) -> float:
    """The script's clock at an instant."""
    return (at - START).total_seconds()


def policy(interval: float, locations: int = len(LOCATIONS)) -> CheckPolicy:
    """The check as it is unless somebody sets something."""
    spans = timedelta(seconds=interval), timedelta(seconds=TIMEOUT)
    return CheckPolicy("shop/api", *spans, LOCATIONS[:locations])


# The service ----------------------------------------------------------------------------------


def answered(probe: _Probe, at: float, spells: Sequence[Spell], chance: Random) -> Result:
    """What a probe of the service comes to."""
    going_on = (spell.fault for spell in spells if spell.begins <= at < spell.ends)
    fault = next(going_on, WELL)
    if probe.location not in fault.seen_from:
        fault = WELL
    if chance.random() < max(FAILING, fault.failing):
        took = probe.limit if fault.hangs else 0.02 * DISTANCE[probe.location]
        reason = f"no answer within {probe.limit:g} s" if fault.hangs else "connection refused"
        return _result(probe, at, took, Outcome.FAIL, reason)
    swing = SWING * math.sin(2 * math.pi * at / 5_400)
    took = USUAL * DISTANCE[probe.location] * math.exp(chance.gauss(swing, SPREAD))
    took *= fault.factor * (5.0 if chance.random() < fault.outliers else 1.0)
    if took > probe.limit:
        reason = f"no answer within {probe.limit:g} s"
        return _result(probe, at, probe.limit, Outcome.FAIL, reason)
    return _result(probe, at, took, Outcome.PASS, "")


def _result(probe: _Probe, at: float, took: float, outcome: Outcome, reason: str) -> Result:
    latency = took if outcome is Outcome.PASS else None
    return Result(
        "shop/api", probe.location, instant(at), instant(at + took), outcome, latency, reason,
        recheck=not probe.planned,
    )  # fmt: skip


# Judging it -----------------------------------------------------------------------------------


def judged(
    how: CheckPolicy, state: Judged, spells: Sequence[Spell], begin: float, chance: Random
) -> Iterator[tuple[Result, Step]]:
    """Each result as it becomes known, with what the fold makes of it; without end."""
    interval, numbers = how.interval.total_seconds(), itertools.count()
    queue: list[tuple[float, int, _Probe | Result]] = []

    def push(at: float, due: _Probe | Result) -> None:
        heapq.heappush(queue, (at, next(numbers), due))

    phase = chance.uniform(0, interval)
    for place, location in enumerate(how.locations):
        apart = interval * place / len(how.locations)
        push(begin + (phase + apart) % interval, _Probe(location))
    while True:
        at, _, due = heapq.heappop(queue)
        if isinstance(due, _Probe):
            if due.planned:
                push(at + interval, due)
            result = answered(due, at, spells, chance)
            push(seconds(result.known_at), result)
            continue
        found = detect.step(state, due, how)
        state = found.state
        yield due, found
        for wish in found.wishes:
            if isinstance(wish, Recheck):
                limit = wish.timeout.total_seconds() if wish.timeout else TIMEOUT
                for location in wish.locations:
                    soon = max(seconds(wish.at), at + _TO_BEGIN)
                    push(soon, _Probe(location, limit, planned=False))


@cache
def learned(how: CheckPolicy) -> Sequence[tuple[float, Judged]]:
    """States of the check in health, one for each trial, and when each was so."""
    found: list[tuple[float, Judged]] = []
    chance = stream("learning", how.interval, len(how.locations))
    for result, step in judged(how, detect.begin(how, START).state, (), 0.0, chance):
        at = seconds(result.known_at)
        due = at > LEARNING + APART * len(found)
        if due and step.state.verdict.judgement is Judgement.HEALTHY:
            found.append((at, step.state))
            if len(found) == TRIALS:
                break
    return found


# Trials ---------------------------------------------------------------------------------------


@cache
def trials(how: CheckPolicy, fault: Fault) -> Sequence[Trial]:
    """Seconds until the fault is told, once for each state of the check in health."""
    return [_told(how, fault, number) for number in range(len(learned(how)))]


def trial(how: CheckPolicy, fault: Fault, number: int) -> tuple[Spell, Random]:
    """When the fault of one trial begins, and the chance that the trial takes its course by."""
    at, _ = learned(how)[number]
    begins = at + how.interval.total_seconds()
    return Spell(fault, begins), stream("trial", how.interval, fault, number)


def recoveries(how: CheckPolicy, fault: Fault) -> Sequence[Trial]:
    """Seconds from the fault's end until that is told, for those that were told before."""
    found: list[Trial] = []
    for number, (at, state) in enumerate(learned(how)[: TRIALS // 2]):
        chance = stream("recovery", how.interval, fault, number)
        begins = at + how.interval.total_seconds()
        bad, over = _ended(how, Spell(fault, begins, begins + LASTS), at, state, chance)
        found += [over] if bad else []
    return found


def _told(how: CheckPolicy, fault: Fault, number: int) -> Trial:
    at, state = learned(how)[number]
    spell, chance = trial(how, fault, number)
    for result, step in judged(how, state, (spell,), at, chance):
        after = seconds(result.known_at) - spell.begins
        if step.verdict is not None and step.verdict.judgement in BAD and after > 0:
            return after
        if after > PATIENCE:
            break
    return None


def _ended(
    how: CheckPolicy, spell: Spell, at: float, state: Judged, chance: Random
) -> tuple[bool, Trial]:
    """Whether a fault was told when it ended, and how long its end took."""
    bad = False
    for result, step in judged(how, state, (spell,), at, chance):
        after = seconds(result.known_at) - spell.ends
        if after > 0 and not bad:
            break
        bad = step.state.verdict.judgement in BAD
        if after > 0 and not bad:
            return True, after
        if after > PATIENCE:
            return True, None
    return False, None


def quantile(found: Sequence[Trial], part: float) -> float:
    """So large a part was told within that many seconds; infinite if not so many were told."""
    told = sorted(math.inf if trial is None else trial for trial in found)
    return told[math.ceil(part * len(told)) - 1]
