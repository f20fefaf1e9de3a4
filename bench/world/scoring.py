"""What was shown, held against the truth."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from bench.world.characters import LOCATIONS
from bench.world.driving import Run
from bench.world.happenings import Happening, Truth
from bench.world.scenario import World
from bench.world.showing import Shown, shown

_SHORTEST_GRACE, _GRACE_INTERVALS = 300.0, 10
_AFTERWARDS = 180.0
"""What ended this long before may still be the cause."""

Spans = list[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class FaultScore:
    """How one fault fared. `seconds` to detection is None when it was not found in time.

    `late` says that it was shown only after its end, `masked` that the service was shown as
    bad already when it began. `lag` is from its end until nothing of it was shown. `reached`
    is the share of its services that were shown; `named`, of a fault seen from some locations
    only, whether just these were named.
    """

    kind: str
    services: tuple[str, ...]
    start: float
    end: float
    seconds: float | None = None
    late: bool = False
    masked: bool = False
    incidents: int = 0
    relapses: int = 0
    right: bool = False
    worst: str = ""
    lag: float | None = None
    reached: float = 0.0
    named: bool | None = None


@dataclass(frozen=True, slots=True)
class Alarm:
    """A service was shown as bad and was not, for the first time in that incident.

    `cause` is the shortest benign thing that was going on, `others` the longer ones.
    """

    incident: str
    service: str
    start: float
    lasts: float
    status: str
    cause: str
    others: tuple[str, ...]
    shape: str


@dataclass(slots=True)
class Score:
    """The score of one world, or of several together."""

    seeds: list[str]
    faults: list[FaultScore] = field(default_factory=list)
    false: list[Alarm] = field(default_factory=list)
    blamed: list[Alarm] = field(default_factory=list)
    healthy_seconds: float = 0.0
    open_seconds: float = 0.0
    incidents: int = 0
    results: int = 0
    rechecks: int = 0
    healthy_rechecks: int = 0
    """Of services, while they were well."""
    healthy_planned: float = 0.0
    feeding_seconds: float = 0.0


def score(world: World, run: Run) -> Score:
    """Score a run of a world."""
    return _Scoring(world, shown(run.log)).score(run)


def pooled(scores: Sequence[Score]) -> Score:
    """Several worlds as one."""
    total = Score([])
    for one in scores:
        for name in Score.__slots__:
            setattr(total, name, getattr(total, name) + getattr(one, name))
    return total


class _Scoring:
    """One world's truth, by service, and what was shown in it."""

    def __init__(self, world: World, shows: Sequence[Shown]) -> None:
        self.world, self.shows = world, shows
        self.grace = max(_SHORTEST_GRACE, _GRACE_INTERVALS * world.plan.interval)
        self.faults = world.of(Truth.FAULT)
        self.ours = world.of(Truth.OURS)
        self.shapes = {who.name: who.shape.name for who in world.services}
        self.seldom = {who.name for who in world.services if who.every > 1}
        self.faults_of = _by_service(self.faults)
        self.benign_of = _by_service(world.of(Truth.BENIGN))
        self.shows_of: dict[str, list[Shown]] = defaultdict(list)
        for one in shows:
            self.shows_of[one.component].append(one)
        self.sick = {who.name: self._sick(who.name) for who in world.services}

    def score(self, run: Run) -> Score:
        """All of it."""
        found = Score([self.world.plan.seed], results=run.results, rechecks=len(run.rechecks))
        found.feeding_seconds = run.feeding_seconds
        found.incidents = len({one.incident for one in self.shows})
        found.faults = [self._fault(fault) for fault in self.faults]
        self._alarms(found)
        self._health(found)
        found.healthy_rechecks = sum(self._is_healthy(check, at) for at, check in run.rechecks)
        return found

    def _sick(self, service: str) -> Spans:
        """When what is shown of a service is not held against detection."""
        faults = [(_begins(one), one.end + self.grace) for one in self.faults_of[service]]
        ours = [(one.start, one.end + self.grace) for one in self.ours]
        return joined([(0.0, self.world.plan.judged_from), *faults, *ours])

    def _is_healthy(self, check: str, at: float) -> bool:
        service = check.partition("/")[0]
        sick = self.sick.get(service)
        return sick is not None and not any(start <= at < end for start, end in sick)

    # Faults -----------------------------------------------------------------------------------

    def _fault(self, fault: Happening) -> FaultScore:
        shows = [
            one for name in fault.services for one in self.shows_of[name] if self._owes(one, fault)
        ]
        before = any(
            one.start < _begins(fault) < one.end
            for name in fault.services
            for one in self.shows_of[name]
        )
        given = self._kind(fault), fault.services, fault.start, fault.end
        if not shows:
            return FaultScore(*given, masked=before)
        first = min(one.start for one in shows)
        incidents = {one.incident for one in shows}
        worst = max((one.worst(fault.end + self.grace) for one in shows), key=_RANK.index)
        reached = {one.component for one in shows if one.start <= fault.end}
        return FaultScore(
            *given,
            seconds=max(first - fault.start, 0.0) if first <= fault.end else None,
            late=first > fault.end,
            incidents=len(incidents),
            relapses=len(shows) - len({(one.incident, one.component) for one in shows}),
            right=worst in fault.accept,
            worst=str(worst),
            lag=min(max(one.end for one in shows), self.world.plan.end) - fault.end,
            reached=len(reached) / len(fault.services),
            named=_names(fault, shows),
        )

    def _kind(self, fault: Happening) -> str:
        """Its kind; apart for services that are seldom probed, whose faults take longer to see."""
        alone = len(fault.services) == 1 and fault.services[0] in self.seldom
        return f"{fault.kind}, seldom" if alone else fault.kind

    def _owes(self, one: Shown, fault: Happening) -> bool:
        return _begins(fault) <= one.start <= fault.end + self.grace

    # False alarms -----------------------------------------------------------------------------

    def _alarms(self, found: Score) -> None:
        """Each service that an incident names falsely, once for each incident."""
        seen: set[tuple[str, str]] = set()
        for one in self.shows:
            key = one.incident, one.component
            if key in seen or one.start < self.world.plan.judged_from:
                continue
            if any(self._owes(one, fault) for fault in self.faults_of[one.component]):
                continue
            seen.add(key)
            ours = [each for each in self.ours if each.start <= one.start <= each.end + self.grace]
            if ours:
                found.blamed.append(self._alarm(one, [ours[0].kind]))
            else:
                found.false.append(self._alarm(one, self._causes(one)))

    def _alarm(self, one: Shown, causes: Sequence[str]) -> Alarm:
        lasts, shape = min(one.end, self.world.plan.end) - one.start, self.shapes[one.component]
        incident, status = f"{self.world.plan.seed}:{one.incident}", str(one.worst())
        first, *others = causes
        return Alarm(incident, one.component, one.start, lasts, status, first, tuple(others), shape)

    def _causes(self, one: Shown) -> Sequence[str]:
        """What was going on or had just ended, the shortest first."""
        near = [
            each
            for each in self.benign_of[one.component]
            if each.start <= one.start <= each.end + _AFTERWARDS
        ]
        near.sort(key=lambda each: each.end - each.start)
        refused = ["429 for rechecks"] if self._was_refused(one) else []
        return list(dict.fromkeys([*refused, *(each.kind for each in near)])) or ["ordinary noise"]

    def _was_refused(self, one: Shown) -> bool:
        """Whether our own rechecks were too many just before."""
        return any(
            one.start - _AFTERWARDS <= at <= one.start
            for (check, _), quota in self.world.quotas.items()
            if check.partition("/")[0] == one.component
            for at in quota.refused
        )

    # Health -----------------------------------------------------------------------------------

    def _health(self, found: Score) -> None:
        end = self.world.plan.end
        for who in self.world.services:
            sick = self.sick[who.name]
            healthy = outside((0.0, end), sick)
            found.healthy_seconds += healthy
            interval = self.world.plan.interval * who.every
            found.healthy_planned += healthy / interval * len(LOCATIONS)
            shows = joined([(one.start, min(one.end, end)) for one in self.shows_of[who.name]])
            found.open_seconds += sum(outside(span, sick) for span in shows)


_RANK = ("degraded_performance", "partial_outage", "major_outage")


def _begins(fault: Happening) -> float:
    """From when on there is anything to see of it."""
    return min(fault.start, *(effect.start for effect in fault.effects), fault.start)


def _names(fault: Happening, shows: Sequence[Shown]) -> bool | None:
    """Whether the locations it is seen from were named; None where that does not matter."""
    if not fault.locations or set(fault.locations) == set(LOCATIONS):
        return None
    return any(set(one.locations) == set(fault.locations) for one in shows)


def _by_service(happenings: Iterable[Happening]) -> dict[str, list[Happening]]:
    found: dict[str, list[Happening]] = defaultdict(list)
    for happening in happenings:
        for name in happening.services:
            found[name].append(happening)
    return found


def joined(spans: Iterable[tuple[float, float]]) -> Spans:
    """The same time in spans that do not overlap."""
    found: Spans = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def outside(span: tuple[float, float], others: Spans) -> float:
    """Seconds of a span that lie in none of the others, which do not overlap."""
    start, end = span
    inside = (min(end, until) - max(start, since) for since, until in others)
    return max(end - start, 0.0) - sum(max(seconds, 0.0) for seconds in inside)


def poisson_interval(count: int, confidence: float = 0.95) -> tuple[float, float]:
    """The exact bounds of a mean, after so many happened."""
    out = (1 - confidence) / 2
    low = _mean_where(lambda mean: 1 - _at_most(count - 1, mean) > out, count)
    return low, _mean_where(lambda mean: _at_most(count, mean) < out, count)


def _at_most(count: int, mean: float) -> float:
    """The chance of no more than so many."""
    if mean <= 0:
        return float(count >= 0)
    log = math.log(mean)
    return sum(
        math.exp(number * log - mean - math.lgamma(number + 1)) for number in range(count + 1)
    )


def _mean_where(is_above: Callable[[float], bool], count: int) -> float:
    """The mean from which on something holds, by halving."""
    low, high = 0.0, count + 10 * math.sqrt(count + 1)
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (low, middle) if is_above(middle) else (middle, high)
    return high
