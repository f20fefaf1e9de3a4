"""A course as the learned rule makes one: three locations, a usual range, several measures."""

from __future__ import annotations

from datetime import timedelta

from checks.model import Outcome
from incidents.detect.reading import Measure, Reading
from incidents.model import Judgement, Verdict
from monitor.explain.around import Blind, Release
from monitor.explain.course import Course, Moment, Seen, step_of
from tests.clock import START

PLACES = ("fra", "iad", "sin")
SPAN = timedelta(minutes=30)
STEP = step_of(SPAN)
SLOW_FROM, DOWN_FROM, WELL_FROM = 20, 36, 46
"""The steps at which it becomes slow, goes down and is well again."""


def slow_then_down() -> Course:
    """Half an hour in which a check gets slow, then fails, then recovers; with a release."""
    moments = tuple(moment(step) for step in range(60))
    return Course(
        check="shop/api",
        name="Shop",
        from_at=START,
        until=START + SPAN,
        step_seconds=STEP.total_seconds(),
        locations=PLACES,
        held=verdict(Judgement.HEALTHY, 0, "all probes passed"),
        verdicts=(
            verdict(Judgement.DEGRADED, SLOW_FROM + 3, "p95 1.9 s, usual 0.6 to 0.8 s"),
            verdict(Judgement.FAILING, DOWN_FROM + 1, "6 of 6 probes from fra, iad and sin failed"),
            verdict(Judgement.HEALTHY, WELL_FROM + 2, "all probes passed"),
        ),
        moments=moments,
        results=tuple(seen(step, place) for step in range(60) for place in PLACES),
        releases=(Release(START + STEP * 18, START + STEP * 21, "v2"),),
        blind=(Blind("iad", START + STEP * 50, START + STEP * 52),),
        reading=moments[30].reading,
        readings=tuple(one.reading for one in moments),
        other_revision=3,
        unknowable=("nothing is known of Mondays",),
    )  # fmt: skip


def verdict(judgement: Judgement, step: int, evidence: str) -> Verdict:
    return Verdict("shop/api", judgement, START + STEP * step, START + STEP * step, evidence)


def moment(step: int) -> Moment:
    """What is seen and made of it in one step."""
    slow, down = SLOW_FROM <= step < DOWN_FROM, DOWN_FROM <= step < WELL_FROM
    outcome = Outcome.FAIL if down else Outcome.PASS
    middle = 1.9 if slow else 0.7 + step % 5 * 0.02
    measures = (
        Measure("failures", min(14.5, 5.0 * (step - DOWN_FROM)) if down else 0.3, 11.5),
        Measure("slowness", min(20.0, 6.0 * (step - SLOW_FROM)) if slow else 1.0, 16.0,
                "lasts 60 of 90 s" if step == SLOW_FROM + 2 else ""),
        Measure("tail", 2.0 + step % 3, 13.0),
    )  # fmt: skip
    held = Judgement.DEGRADED if slow else Judgement.FAILING if down else Judgement.HEALTHY
    reading = Reading(
        START + STEP * (step + 1), held, measures, None if down else middle, (0.6, 0.8),
        ("a release runs",) if step == 30 else (),
    )  # fmt: skip
    latency = None if down else (middle * 0.9, middle, middle * 1.2)
    return Moment(reading.at, {place: {outcome: 1} for place in PLACES}, latency, reading)


def seen(step: int, place: str) -> Seen:
    """One result of a location, a third of a step after the one before."""
    here = moment(step)
    at = START + STEP * step + STEP / 3 * PLACES.index(place)
    (outcome,) = here.outcomes[place]
    shift = 1 + 0.05 * PLACES.index(place)
    latency = here.latency[1] * shift if here.latency else None
    return Seen(at, place, outcome, latency, recheck=False, reason="refused" if not latency else "")
