"""The words of a learned verdict: what was seen, and what is usual, for a person to check."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from statistics import median_low

from incidents.detect.evidence import between, clock, join, lasting, signature
from incidents.detect.learned import pace
from incidents.detect.learned.burn import alarm
from incidents.detect.learned.odds import Suspicion
from incidents.detect.learned.parameters import NEVER
from incidents.detect.learned.state import Learned
from incidents.detect.learned.trouble import Cause
from incidents.detect.learned.weigh import Case, Finding, bad_places, heard

_EIGHTY_PERCENT = 1.28
"""Standard deviations on either side that eighty per cent of a normal law lie within."""


def instant(at: float) -> datetime:
    """The instant of epoch seconds."""
    return datetime.fromtimestamp(at, UTC)


def evidence(case: Case, finding: Finding) -> tuple[str, str, tuple[str, ...]]:
    """The sentence of a finding, the class of what is wrong, and the locations it is seen from."""
    state = case.state
    if finding.cause is Cause.PLACE:
        return _from_places(case, finding)
    if finding.cause is Cause.LIMIT:
        assert state.slowness is not None
        return _failed(state.slowness, state.locations, finding.onset, "were slow")
    if finding.cause is Cause.SLOW:
        return _slow(state), "slow", state.locations
    if finding.cause is Cause.TAIL:
        return _outliers(state, finding.onset), "slow", state.locations
    assert state.suspicion is not None
    words, mark, seen_from = _failed(state.suspicion, state.locations, finding.onset, "failed")
    if finding.cause is Cause.BURN and case.policy.availability is not None:
        burning = alarm(state.burn, case.policy.availability)
        rate = f"{burning.burn:g}" if burning else "too many"
        words += f"; the error budget goes {rate} times as fast as it may"
    return words, mark, seen_from


def _failed(
    suspicion: Suspicion, locations: tuple[str, ...], since: float, verb: str
) -> tuple[str, str, tuple[str, ...]]:
    """As in "6 of 6 probes from eu, us and ap failed since 14:02:10 UTC: connection refused".

    What grew out of another trouble began later than that. Where more was seen since then than
    is remembered: "9 of the last 40 probes from eu and us failed, beginning at 14:02:10 UTC".
    """
    since = max(since, suspicion.began)
    seen = [glance for glance in suspicion.recent if glance.at >= since]
    places = {glance.place for glance in seen if glance.failed}
    bad = sum(glance.failed for glance in seen)
    of = sum(glance.place in places for glance in seen)
    seen_from, reason = _names(locations, places), _commonest(suspicion.reasons)
    if suspicion.forgets(since):
        said = f"{bad} of the last {of} probes from {join(seen_from)} {verb}, beginning at"
    else:
        said = f"{bad} of {of} probes from {join(seen_from)} {verb} since"
    said += f" {clock(instant(since))}"
    return f"{said}: {reason}" if reason else said, signature(reason), seen_from


def _from_places(case: Case, finding: Finding) -> tuple[str, str, tuple[str, ...]]:
    state, bad = case.state, bad_places(case)
    failed = sum(state.places[index].bad for index in bad)
    of = sum(state.places[index].seen for index in bad)
    seen_from = _names(state.locations, bad)
    well = _names(state.locations, set(range(len(state.locations))) - set(bad))
    reason = _commonest(state.suspicion.reasons) if state.suspicion else ""
    said = f"{failed} of {of} probes from {join(seen_from)} failed"
    said += f" since {clock(instant(finding.onset))}"
    said += f": {reason}" if reason else ""
    return f"{said}; from {join(well)} it answers", signature(reason), seen_from


def _slow(state: Learned) -> str:
    """As in "answers take 1.9 s; usual at this hour 0.6 to 0.8 s".

    A slowness within that span is one only on average: "answers take 1.3 times as long".
    """
    now, band = latest_seconds(state), usual_seconds(state)
    said = f"answers take {lasting(now)}" if now is not None else "answers are slow"
    if now is not None and band and now <= band[1]:
        said = f"answers take {math.exp(state.drift.mean):.1f} times as long on average"
    said += f" since {clock(instant(state.drift.began))}" if state.drift.began > NEVER else ""
    return f"{said}; usual at this hour {between(*band)}" if band else said


def _outliers(state: Learned, onset: float) -> str:
    count = sum(at >= onset for at in state.tail.times)
    least = "at least " if state.tail.forgets(onset) else ""
    said = f"{least}{count} answers took more than 2.5 times as long as usual"
    band = usual_seconds(state)
    said += f" since {clock(instant(onset))}"
    return f"{said}; usual at this hour {between(*band)}" if band else said


def recovered(state: Learned, well_from: float) -> str:
    """As in "all probes from eu, us and ap passed since 14:31:02 UTC"."""
    return f"all probes from {join(state.locations)} passed since {clock(instant(well_from))}"


def adopted(state: Learned) -> str:
    """That what lasted so long is taken for usual from now on."""
    band = usual_seconds(state)
    return f"{between(*band) if band else 'this'} is taken for usual from now on"


def latest_seconds(state: Learned) -> float | None:
    """The time of the last few answers, in seconds, as most locations see it."""
    levels = [level.base + level.fast for level in heard(state)]
    return pace.seconds(median_low(levels) + state.course.high) if levels else None


def usual_seconds(state: Learned) -> tuple[float, float] | None:
    """The span that four in five answers usually lie in at this hour, in seconds."""
    levels = [
        place.level
        for place in state.places
        if place.level is not None and place.level.count >= pace.LEARNED
    ]
    if not levels:
        return None
    levels.sort(key=lambda level: level.base)
    level, course = levels[(len(levels) - 1) // 2], state.course
    aside = _EIGHTY_PERCENT * level.spread
    low, high = level.base + course.middle - aside, level.base + course.high + aside
    return pace.seconds(low), pace.seconds(high)


def _names(locations: tuple[str, ...], places: Iterable[int]) -> tuple[str, ...]:
    return tuple(sorted(locations[index] for index in places))


def _commonest(reasons: tuple[str, ...]) -> str:
    """The latest reason of the commonest class."""
    if not reasons:
        return ""
    classes = [signature(reason) for reason in reasons]
    common = Counter(classes).most_common(1)[0][0]
    return next(reason for reason in reversed(reasons) if signature(reason) == common)
