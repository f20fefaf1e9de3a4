"""How a trouble goes on with each result: worse, better, back again, or over for good."""

from __future__ import annotations

import msgspec

from checks.model import Outcome, Result
from incidents.detect.learned import habits, pace, tail, weigh, words
from incidents.detect.learned.habits import Healed, Sort
from incidents.detect.learned.parameters import SHIFTS
from incidents.detect.learned.state import Learned
from incidents.detect.learned.trouble import (
    MOST_BELIEF,
    OWN_SHARE,
    Cause,
    Trouble,
    believed,
    failed_again,
    hold,
    passed,
    watch,
)
from incidents.detect.learned.weigh import Case, Finding
from incidents.model import Judgement

_SPARED_AN_HOUR = 0.1
_FAST_WEIGHT = 0.5
"""The last few answers, averaged, weigh less each than new ones would."""
NORMAL_AFTER = 6 * 3600.0
"""A latency that has lasted so long is the usual one from then on."""
_WEIGHT = {judgement: weight for weight, judgement in enumerate(Judgement)}


class Followed(msgspec.Struct, frozen=True):
    """What a result made of a trouble: a worse finding, or since when all is well."""

    state: Learned
    finding: Finding | None = None
    well_from: float | None = None
    words: str = ""


def followed(case: Case, result: Result, began: float) -> Followed:
    """The trouble after one more result, and what is to be told of it."""
    trouble = case.state.trouble
    assert trouble is not None
    worse = weigh.found(case)
    if worse is not None and not trouble.shown:
        return _relapsed(case, trouble, worse)
    trouble = _noted(case, trouble, result, began)
    if not trouble.shown:
        return _watched(case, trouble, result)
    if worse is not None and _WEIGHT[worse.judgement] > _WEIGHT[case.state.held.judgement]:
        return _worse(case, trouble, worse)
    return _better(case, trouble)


def _noted(case: Case, trouble: Trouble, result: Result, began: float) -> Trouble:
    """The trouble with what one result says of its being over."""
    state = case.state
    if trouble.cause in (Cause.SLOW, Cause.TAIL):
        return _noted_latency(case, trouble, began)
    bad = result.outcome is Outcome.FAIL
    if trouble.cause is Cause.LIMIT:
        bad = result.outcome is not Outcome.PASS
    if trouble.cause is Cause.PLACE and result.location not in _concerned(state):
        return trouble
    if bad:
        trouble = msgspec.structs.replace(trouble, rate=weigh.own_rate(state))
        return failed_again(trouble, began, state.rate) if trouble.shown else trouble
    return passed(trouble, began, state.rate)


def _concerned(state: Learned) -> frozenset[str]:
    """The locations whose results say whether it is over: all, once none is left that saw it."""
    left = frozenset(state.held.locations) & frozenset(state.locations)
    return left or frozenset(state.locations)


def _noted_latency(case: Case, trouble: Trouble, began: float) -> Trouble:
    """The reversed test: evidence that answers are as quick as usual again, from zero on."""
    state = case.state
    if trouble.cause is Cause.TAIL:
        outlier = state.tail.times[-1] == began
        score = trouble.score - tail.gain(state.tail.rate, outlier=outlier)
    else:
        score = trouble.score + _quickness(case, trouble)
    if score > 0.0:
        since = began if trouble.well_from is None else trouble.well_from
        return msgspec.structs.replace(trouble, score=min(score, MOST_BELIEF), well_from=since)
    if not trouble.shown:
        return msgspec.structs.replace(trouble, score=0.0)
    worst = max(trouble.worst, state.drift.mean)
    return msgspec.structs.replace(
        trouble, score=0.0, last_bad=max(trouble.last_bad, began), worst=worst, well_from=None
    )


def _quickness(case: Case, trouble: Trouble) -> float:
    """What the last few answers say for the usual latency against the trouble's own.

    The longer it lasts, the less is asked for: what stays a little slower is the new usual.
    """
    state, level = case.state, weigh.typical(case.state)
    if level is None:
        return 0.0
    shift = max(SHIFTS[0], 0.6 * trouble.worst)
    spared = _SPARED_AN_HOUR * min(2.0, (case.now - trouble.opened) / 3600.0)
    varies = pace.variance(level.spread, state.course.wander)
    return shift / varies * (shift / 2 + spared - weigh.fast(state)) * _FAST_WEIGHT


def _worse(case: Case, trouble: Trouble, worse: Finding) -> Followed:
    """It is worse than what was told: the same trouble, told anew."""
    trouble = msgspec.structs.replace(
        trouble,
        cause=worse.cause,
        rate=weigh.own_rate(case.state),
        score=0.0,
        last_bad=max(trouble.last_bad, case.now),
        well_from=None,
        total=trouble.total or worse.judgement is Judgement.FAILING,
    )
    onset = min(worse.onset, trouble.onset)
    finding = Finding(worse.cause, onset, worse.judgement)
    return Followed(msgspec.structs.replace(case.state, trouble=trouble), finding)


def _relapsed(case: Case, trouble: Trouble, back: Finding) -> Followed:
    """What was told to be over is back."""
    trouble = msgspec.structs.replace(
        trouble,
        cause=back.cause,
        rate=weigh.own_rate(case.state),
        score=0.0,
        shown=True,
        relapses=trouble.relapses + 1,
        last_bad=case.now,
        well_from=None,
        total=trouble.total or back.judgement is Judgement.FAILING,
    )
    return Followed(msgspec.structs.replace(case.state, trouble=trouble), back)


def _better(case: Case, trouble: Trouble) -> Followed:
    """A trouble that is told: is it over, or has it become normal?"""
    state = msgspec.structs.replace(case.state, trouble=trouble)
    latency = trouble.cause in (Cause.SLOW, Cause.TAIL)
    unsteady = pace.unsteady(state.course)
    if latency and case.now - trouble.opened > NORMAL_AFTER and not unsteady:
        return _adopted(case, trouble)
    quiet = case.now - trouble.last_bad > hold(trouble, case.parameters.hold, case.interval)
    burning = trouble.cause is Cause.BURN and weigh.burns(case)
    if not quiet or burning or trouble.well_from is None or not believed(trouble):
        return Followed(state)
    usual = latency and weigh.fast(state) + pace.rise(state.course) > weigh.LEAST_SLOW
    trouble = msgspec.structs.replace(trouble, shown=False, usual=usual)
    if latency and not unsteady:
        state = rebased(state, threshold=0.1)
    state = msgspec.structs.replace(weigh.without_evidence(state), trouble=trouble)
    assert trouble.well_from is not None
    return Followed(
        state, well_from=trouble.well_from, words=words.recovered(state, trouble.well_from)
    )


def _adopted(case: Case, trouble: Trouble) -> Followed:
    """What has lasted so long is usual from now on: the trouble ends, and says so."""
    state = weigh.without_evidence(rebased(case.state, threshold=0.0))
    state = msgspec.structs.replace(state, trouble=None)
    return Followed(state, well_from=case.now, words=words.adopted(state))


def _watched(case: Case, trouble: Trouble, result: Result) -> Followed:
    """A trouble that is told to be over: back again, or over for good?"""
    state = msgspec.structs.replace(case.state, trouble=trouble)
    back = _back(case, trouble) if result.outcome is not Outcome.PASS else None
    if back is not None:
        return _relapsed(case, trouble, back)
    assert trouble.well_from is not None
    since = max(trouble.last_bad, trouble.well_from)
    if case.now - since <= watch(trouble, case.parameters.watch):
        return Followed(state)
    over = habits.settled(state.settled, trouble.opened, case.now, _healed(case, trouble))
    return Followed(msgspec.structs.replace(state, trouble=None, settled=over))


def _back(case: Case, trouble: Trouble) -> Finding | None:
    """What says that a trouble that was told to be over is back: less evidence than the first.

    One bad moment is no news then, either: a restart, or failures that chance put side by side.
    """
    suspicion = case.state.suspicion
    if suspicion is None or trouble.cause in (Cause.SLOW, Cause.TAIL):
        return None
    if case.state.deploy_until is not None or suspicion.value < case.parameters.suspicion:
        return None
    ignored = weigh.ignored_gap(case)
    recently = case.now - max(60.0, 1.2 * case.interval, 2 * ignored)
    bad = [start for start in suspicion.starts if start > recently]
    if not bad or bad[-1] - bad[0] < ignored:
        return None
    judgement = weigh.severity(suspicion, case.interval, case.now)
    return Finding(Cause.FAILURES, suspicion.began, judgement)


def _healed(case: Case, trouble: Trouble) -> Healed | None:
    """What to remember of a trouble that is over: nothing if it came back, or was a real one."""
    if trouble.relapses or trouble.usual or trouble.cause not in (Cause.SLOW, Cause.FAILURES):
        return None
    if trouble.cause is Cause.SLOW:
        sort = weigh.sort_of(trouble.worst)
    else:
        sort = Sort.OUTAGE if trouble.total else weigh.errors_sort(trouble.rate / OWN_SHARE)
    lasted = max(0.0, trouble.last_bad - trouble.onset)
    return habits.healed(case.now, sort, lasted, case.interval / len(case.state.locations))


def rebased(state: Learned, threshold: float) -> Learned:
    """The state with its levels where the last few answers lie, if that is far from them."""
    off = weigh.fast(state)
    if abs(off) <= threshold:
        return state
    places = tuple(
        msgspec.structs.replace(
            place,
            level=pace.Level(
                place.level.base + off, place.level.spread, place.level.count,
                place.level.fast - off,
            ),
        )
        if place.level is not None
        else place
        for place in state.places
    )  # fmt: skip
    return msgspec.structs.replace(state, places=places)
