"""Whether what was gathered suffices to tell of a trouble: one function for each cause."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from statistics import median, median_low

import msgspec

from incidents.detect.learned import burn, habits, pace, shift, tail, trouble
from incidents.detect.learned.around import Around
from incidents.detect.learned.habits import Sort
from incidents.detect.learned.odds import Suspicion
from incidents.detect.learned.pace import Level
from incidents.detect.learned.parameters import NEVER, SHIFTS, SMALLEST_SHIFT, Parameters
from incidents.detect.learned.state import Learned, Place
from incidents.detect.learned.trouble import Cause
from incidents.model import Judgement
from incidents.policy import CheckPolicy

_RUN = 6
"""Failures in a row before all are taken to fail."""
_LAST = 0.7
"""Two of them must come this short of the end of the patience, or later."""
_GAP = 1.5
"""Seconds beyond a gap that is to be ignored."""
_BAD_AT_PLACE = 5
"""Failures from one location before it may be told of."""
RELEASE = 120.0
"""Seconds for which even a total outage is a release's own affair."""
_LONG_GAP = 4.0
"""So many times the usual gap between failures ends the row that belongs together."""
_SLOW_INTERVALS = 2.25
"""Intervals for which answers must be slow at least: each location has seen it twice.

The quarter spares a release of a minute and a quarter that began within an interval of an answer
that was slow by chance, at one probe a minute.
"""
LEAST_SLOW = 0.6 * SHIFTS[0]
"""By how much the latest answers must be slower, as a logarithm."""
_STILL = 0.5
"""The share of what they were slower by since it began: with less it is just going by."""
_UNHEARD = 3
"""Answers from another location since the last one from a location that is not heard any more."""
_MANY = 0.16
"""The share of failures from which on a part of the users is taken to be out."""
_THIRD = 1 / 3
"""From this share of failures on, that others fail now and then excuses nothing."""
_QUICK = 2.0
"""Seconds that a recheck may take at least."""
_ALONE = 2.0
"""How much more patience a single location takes."""


class Case(msgspec.Struct, frozen=True):
    """All that a decision goes by."""

    state: Learned
    policy: CheckPolicy
    parameters: Parameters
    around: Around
    now: float

    def patience(self, sort: Sort, base: float) -> float:
        """How long such a trouble must last before it is told, in seconds."""
        return habits.patience(sort, base, self.state.habits, self.around.customs, self.now)

    @property
    def interval(self) -> float:
        """The check's interval in seconds."""
        return self.policy.interval.total_seconds()

    @property
    def alone(self) -> bool:
        """Whether there is one location only."""
        return len(self.state.locations) == 1


@dataclass(frozen=True, slots=True)
class Finding:
    """A trouble to tell of: since when, and how bad."""

    cause: Cause
    onset: float
    judgement: Judgement


def found(case: Case) -> Finding | None:
    """The trouble that there is enough evidence for, the worst first."""
    state = case.state
    if state.deploy_until is not None:
        return _release(case)
    if state.suspicion is not None:
        finding = _failures(case, state.suspicion) or _place(case)
        if finding is not None:
            return finding
    if state.slowness is not None:
        finding = _limit(case, state.slowness)
        if finding is not None:
            return finding
    return _tail(case) or _burn(case)


# Failures -------------------------------------------------------------------------------------


def ignored_gap(case: Case) -> float:
    """For how long all probes may fail without that being news, in seconds."""
    return case.policy.ignore_gaps.total_seconds() + _GAP


def outage_patience(case: Case) -> float:
    """How long all probes must fail before that is told, in seconds."""
    base = ignored_gap(case)
    if case.alone:
        base = max(base, case.parameters.alone)
    return case.patience(Sort.OUTAGE, base)


def _failures(case: Case, suspicion: Suspicion) -> Finding | None:
    recently = case.now - suspicion.last < max(60.0, 1.5 * case.interval)
    if suspicion.value <= case.parameters.failures or not recently:
        return None
    if _all_fail(case, suspicion):
        assert suspicion.run_began is not None
        return Finding(Cause.FAILURES, suspicion.run_began, Judgement.FAILING)
    onset = None if _may_be_all(case, suspicion) else _many_fail(case, suspicion)
    if onset is None:
        return None
    return Finding(Cause.FAILURES, onset, severity(suspicion, case.interval, case.now))


def _release(case: Case) -> Finding | None:
    """While a release runs, only that nothing works at all, for longer than a release may take."""
    suspicion = case.state.suspicion
    if suspicion is None or not _all_fail(case, suspicion):
        return None
    assert suspicion.run_began is not None
    if suspicion.last - suspicion.run_began < RELEASE:
        return None
    return Finding(Cause.FAILURES, suspicion.run_began, Judgement.FAILING)


def _all_fail(case: Case, suspicion: Suspicion) -> bool:
    """Whether every probe has failed, from several locations, for longer than is ignored."""
    began, patience = suspicion.run_began, outage_patience(case)
    if began is None or suspicion.run < _RUN or suspicion.last - began < patience:
        return False
    if case.alone:
        return True
    from_places = {seen.place for seen in suspicion.recent[-suspicion.run :]}
    late = sum(start >= began + patience - _LAST for start in suspicion.starts)
    return len(from_places) >= 2 and late >= 2


def _may_be_all(case: Case, suspicion: Suspicion) -> bool:
    """Whether every probe fails since so short a time that it is not known yet for how long."""
    began = suspicion.run_began
    return began is not None and suspicion.last - began < outage_patience(case)


def _many_fail(case: Case, suspicion: Suspicion) -> float | None:
    """Since when a part of the probes fails, if that has lasted longer than a release takes."""
    enough = case.parameters.failures
    quick, since = suspicion.quick_value > enough, suspicion.began
    if not quick and suspicion.slow_value <= enough:
        return None
    if quick and suspicion.quick_began is not None:
        since = suspicion.quick_began
    patience = case.patience(errors_sort(suspicion.failed / suspicion.of), case.parameters.errors)
    old = case.parameters.old + patience - case.parameters.errors
    if case.alone:
        patience, old = _ALONE * patience, _ALONE * old
    starts = [start for start in suspicion.starts if start >= since]
    minutes = {int((start - since) // 60) for start in starts}
    early = sum(start <= suspicion.last - old for start in starts)
    lasting = suspicion.last - since >= patience and early >= 2
    return _onset(starts, patience) if lasting and len(minutes) >= (3 if quick else 5) else None


def errors_sort(share: float) -> Sort:
    """The sort of a trouble in which such a share fails."""
    return Sort.MANY if share > _THIRD else Sort.ERRORS


def _onset(starts: Sequence[float], patience: float) -> float | None:
    """When failures became frequent: a lone one long before is not where it began.

    What lasts for the patience that is asked for belongs to it in any case. None if most of
    them came in one row more lately than that, as when all begins to fail after a bad moment.
    """
    usual = (starts[-1] - starts[0]) / (len(starts) - 1)
    latest = starts[-1] - patience
    onset = starts[0]
    for number, (before, after) in enumerate(pairwise(starts), 1):
        if after - before <= _LONG_GAP * usual:
            continue
        if after <= latest:
            onset = after
        elif len(starts) > 2 * number:
            return None
    return onset


def severity(suspicion: Suspicion, interval: float, now: float) -> Judgement:
    """How bad failures are, by the share that fails at present and since it began."""
    recent = suspicion.recent
    present = [seen for seen in recent if seen.at >= now - max(30.0, 0.8 * interval)]
    bad = sum(seen.failed for seen in present)
    if bad >= 8 and bad >= 0.9 * len(present):
        return Judgement.FAILING
    share = suspicion.failed / suspicion.of
    if share >= _MANY or (bad >= 3 and bad >= 0.3 * len(present)):
        return Judgement.PARTIAL
    return Judgement.DEGRADED


def bad_places(case: Case) -> tuple[int, ...]:
    """The locations from which the check has mostly failed for long enough."""
    grace = case.policy.location_grace.total_seconds()
    return tuple(
        index
        for index, place in enumerate(case.state.places)
        if place.bad_from is not None
        and place.bad >= _BAD_AT_PLACE
        and case.state.locations[index] not in case.around.shaky
        and case.now - place.bad_from >= grace
        and place.bad >= 0.75 * place.seen
    )


def _place(case: Case) -> Finding | None:
    """A location from which it fails, while others see it well."""
    if case.alone:
        return None
    bad = bad_places(case)
    if not bad:
        return None
    began = [case.state.places[index].bad_from for index in bad]
    onset = min(at for at in began if at is not None)
    return Finding(Cause.PLACE, onset, Judgement.PARTIAL)


def _limit(case: Case, slowness: Suspicion) -> Finding | None:
    """Answers that are beyond a limit that somebody set."""
    worse = _failures(case, slowness)
    return Finding(Cause.LIMIT, worse.onset, Judgement.DEGRADED) if worse else None


# Latency --------------------------------------------------------------------------------------


def is_slow(case: Case) -> bool:
    """Whether answers have been slower for long enough, by the evidence gathered."""
    drift = case.state.drift
    if case.state.deploy_until is not None:
        return False
    if drift.began == NEVER or drift.value <= case.parameters.shift:
        return False
    if drift.mean < SMALLEST_SHIFT or fast(case.state) <= max(LEAST_SLOW, _STILL * drift.mean):
        return False
    return case.now - drift.began >= slow_patience(case)


def slow_patience(case: Case) -> float:
    """How long answers must be slow before that is told, in seconds."""
    sort, parameters = slowness(case.state), case.parameters
    base = parameters.slight if sort is Sort.SLIGHT else parameters.slow
    return case.patience(sort, max(base, _SLOW_INTERVALS * case.interval))


def slowness(state: Learned) -> Sort:
    """The sort of the slowness at present: slight or much by all signs, or else in between."""
    factors = state.drift.mean, fast(state)
    most, least = sort_of(max(factors)), sort_of(min(factors))
    return most if most is Sort.SLIGHT or most is least else Sort.SLOW


def sort_of(factor: float) -> Sort:
    """The sort of a slowness by its factor, a logarithm."""
    if factor < _SLIGHT:
        return Sort.SLIGHT
    return Sort.MUCH if factor > _MUCH else Sort.SLOW


_SLIGHT = 0.405
"""Up to one and a half times as slow, as a logarithm, counts as a little."""
_MUCH = 0.916
"""From two and a half times on, as a logarithm, it is much slower."""


def borne_out(deviations: tuple[float, ...]) -> bool:
    """Whether a fresh look says that it is slow."""
    return median(deviations) > LEAST_SLOW


def slow_finding(state: Learned, now: float) -> Finding:
    """That answers are slow."""
    onset = state.drift.began if state.drift.began > NEVER else now
    return Finding(Cause.SLOW, onset, Judgement.DEGRADED)


def fast(state: Learned) -> float:
    """How far the last few answers lie above the usual, as most locations see it that are heard."""
    seen = [level.fast for level in heard(state)]
    return median_low(seen) if seen else 0.0


def heard(state: Learned) -> list[Level]:
    """The levels of the locations that are still heard."""
    since = max((place.starts[-_UNHEARD:][:1] for place in state.places), default=())
    return [
        place.level
        for place in state.places
        if place.level is not None and place.starts[-1:] >= since
    ]


def typical(state: Learned) -> Level | None:
    """The level of the location in the middle."""
    levels = sorted(
        (place.level for place in state.places if place.level is not None),
        key=lambda level: level.base,
    )
    return levels[(len(levels) - 1) // 2] if levels else None


def _tail(case: Case) -> Finding | None:
    """Outliers; while a location's own network falters, any packet that is lost makes one."""
    known = case.state.tail
    if known.began == NEVER or known.value <= case.parameters.tail or case.around.shaky:
        return None
    minutes = {int((at - known.began) // 60) for at in known.times if at >= known.began}
    patience = max(case.patience(Sort.SLOW, case.parameters.slow), 1.5 * case.interval)
    if len(minutes) < 4 or case.now - known.began < patience:
        return None
    return Finding(Cause.TAIL, known.began, Judgement.DEGRADED)


def burns(case: Case) -> bool:
    """Whether the error budget goes so fast that somebody should be called."""
    if case.policy.availability is None:
        return False
    alarm = burn.alarm(case.state.burn, case.policy.availability)
    return alarm is not None and alarm.pages


def _burn(case: Case) -> Finding | None:
    suspicion = case.state.suspicion
    if case.state.trouble is not None or suspicion is None or not suspicion.run:
        return None
    if not burns(case):
        return None
    return Finding(Cause.BURN, suspicion.began, Judgement.DEGRADED)


# Around a trouble -----------------------------------------------------------------------------


def own_rate(state: Learned) -> float:
    """The failure rate that a recovery is weighed against."""
    if state.suspicion is None:
        return trouble.own_rate(0.0, 0.0, state.rate)
    return trouble.own_rate(state.suspicion.failed, state.suspicion.of, state.rate)


def quick_timeout(case: Case) -> timedelta:
    """How long a recheck may take: a hung check is known soon, a slow one is no failure."""
    levels = [place.level.base for place in case.state.places if place.level is not None]
    usual = pace.seconds(max(levels)) if levels else 0.0
    return min(case.policy.timeout, timedelta(seconds=max(_QUICK, 8 * usual)))


def without_evidence(state: Learned) -> Learned:
    """The state with nothing that speaks against the check; what is usual stays known."""
    places = len(state.locations)
    return msgspec.structs.replace(
        state,
        places=tuple(Place(place.starts, place.level) for place in state.places),
        suspicion=None,
        slowness=None,
        drift=shift.none(places),
        tail=tail.none(places, state.tail.rate),
        look=None,
    )
