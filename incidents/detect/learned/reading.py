"""What the learned fold makes of a check at one instant, for people to read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from incidents.detect.evidence import clock
from incidents.detect.learned import trouble, weigh, words
from incidents.detect.learned.around import NOTHING_AROUND
from incidents.detect.learned.odds import Suspicion
from incidents.detect.learned.parameters import BY_SENSITIVITY, NEVER
from incidents.detect.learned.state import Learned
from incidents.detect.learned.weigh import Case
from incidents.detect.reading import Measure, Reading
from incidents.policy import CheckPolicy

FAILURES, LATENCY, OUTLIERS, LIMIT = "failures", "latency", "outliers", "limit"
RECOVERY = "recovery"


def reading(state: Learned, policy: CheckPolicy, at: datetime) -> Reading:
    """The evidence for and against the judgement that is held."""
    case = Case(state, policy, BY_SENSITIVITY[policy.sensitivity], NOTHING_AROUND, at.timestamp())
    return Reading(
        at=at,
        judgement=state.verdict.judgement,
        measures=tuple(_measures(case)),
        latest_seconds=words.latest_seconds(state),
        usual_seconds=words.usual_seconds(state),
        notes=tuple(_notes(case)),
    )


def _measures(case: Case) -> Iterator[Measure]:
    state, parameters = case.state, case.parameters
    suspicion = state.suspicion
    value = suspicion.value if suspicion else 0.0
    waits = _waits_for_failures(case, suspicion) if suspicion else ""
    yield Measure(FAILURES, value, parameters.failures, waits)
    yield Measure(LATENCY, state.drift.value, parameters.shift, _waits_for_slowness(case))
    yield Measure(OUTLIERS, state.tail.value, parameters.tail)
    if state.slowness is not None:
        yield Measure(LIMIT, state.slowness.value, parameters.failures)
    if state.trouble is not None and state.trouble.shown:
        yield Measure(RECOVERY, state.trouble.score, trouble.BELIEVED)


def _waits_for_failures(case: Case, suspicion: Suspicion) -> str:
    if case.state.trouble is not None or suspicion.value <= case.parameters.failures:
        return ""
    if suspicion.run_began is None or suspicion.run < 2:
        return "failures must be spread over some minutes"
    lasted = suspicion.last - suspicion.run_began
    return f"every probe has failed for {lasted:.0f} of {round(weigh.outage_patience(case), 1):g} s"


def _waits_for_slowness(case: Case) -> str:
    drift = case.state.drift
    if case.state.trouble is not None or drift.began == NEVER:
        return ""
    if drift.value <= case.parameters.shift:
        return ""
    lasted = case.now - drift.began
    return f"has been slow for {lasted:.0f} of {weigh.slow_patience(case):.0f} s"


def _notes(case: Case) -> Iterator[str]:
    state = case.state
    yield f"usually {state.rate:.2%} of its probes fail"
    if state.trouble is not None:
        told = clock(words.instant(state.trouble.opened))
        yield f"told at {told}" if state.trouble.shown else f"recovered, watched; told at {told}"
    if state.deploy_until is not None:
        yield "a release is marked: only a total outage is told"
    if state.habits:
        lasted = ", ".join(f"{healed.lasted:.0f} s" for healed in state.habits)
        yield f"troubles that healed by themselves lasted {lasted}"
    if state.instability.blips:
        yield f"{state.instability.blips} failures went by before they were believed"
