"""One check's stored results replayed through its fold, and looked at step by step."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from checks.model import Outcome, Result
from incidents import detect
from incidents.detect.reading import Reading
from incidents.model import Judgement, Verdict
from incidents.policy import Policy
from incidents.signals import DeployMarker, Signal, known_at
from monitor.backtest.folding import Folding

MOST_STEPS = 60
MOST_READINGS = 2_000
TOLD_EVERY = 20_000
_STEPS = (5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 28_800, 86_400)


@dataclass(frozen=True, slots=True)
class Seen:
    """One result, as far as the course shows it."""

    at: datetime
    location: str
    outcome: Outcome
    latency_seconds: float | None
    recheck: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Moment:
    """What was seen within one step, and what the fold made of it at its end.

    `outcomes` counts results by location and outcome. `latency` is the lowest, the median and
    the highest answer of the step.
    """

    ends_at: datetime
    outcomes: dict[str, dict[Outcome, int]]
    latency: tuple[float, float, float] | None
    reading: Reading


@dataclass(frozen=True, slots=True)
class Course:
    """The course of the evidence about a check between two instants.

    `held` is what was held before; `verdicts` are the changes within. `reading` is that of the
    instant asked about; `readings` are those after each result, or, where these are too many,
    at the end of each step.
    """

    check: str
    name: str
    from_at: datetime
    until: datetime
    step_seconds: float
    locations: tuple[str, ...]
    held: Verdict
    verdicts: tuple[Verdict, ...]
    moments: tuple[Moment, ...]
    results: tuple[Seen, ...]
    deploys: tuple[datetime, ...]
    reading: Reading
    readings: tuple[Reading, ...]
    other_revision: int


def step_of(span: timedelta) -> timedelta:
    """A step of a round length, so that there are about as many as a terminal has room for."""
    seconds = span.total_seconds()
    fitting = (step for step in _STEPS if seconds / step <= MOST_STEPS)
    return timedelta(seconds=next(fitting, _STEPS[-1]))


def only(policy: Policy, check: str) -> Policy:
    """The policy with this check and the canaries alone."""
    component = policy.component_of(check)
    components = {component.id: replace(component, checks=(check,))} if component else {}
    return replace(policy, components=components, checks={check: policy.checks[check]})


class Explaining:
    """Replays the results of a check and takes notes of what its fold makes of them."""

    def __init__(self, policy: Policy, check: str, begins_at: datetime) -> None:
        """Judge this check alone, from that instant on."""
        self._policy = only(policy, check)
        self._check = check
        self._folding = Folding(self._policy, begins_at)
        self._results: list[Seen] = []
        self._readings: list[Reading] = []
        self._deploys: list[datetime] = []

    def course(
        self,
        steps: Iterable[tuple[int, Signal]],
        from_at: datetime,
        until: datetime,
        at: datetime,
        tell: Callable[[int], None] = lambda done: None,
    ) -> Course:
        """What happened from one instant to another; `at` is looked at more closely."""
        step = step_of(until - from_at)
        looks = sorted({*_ends(from_at, until, step), from_at, at})
        readings: dict[datetime, Reading] = {}
        told = 0
        for done, signal in steps:
            while looks and known_at(signal) > looks[0]:
                self._look(looks.pop(0), readings)
            if known_at(signal) > until:
                break
            self._folding.feed(signal)
            self._note(signal, from_at)
            if done - told >= TOLD_EVERY:
                tell(done - told)
                told = done
        for left in looks:
            self._look(left, readings)
        return self._made(readings, from_at, until, at, step)

    def _look(self, at: datetime, readings: dict[datetime, Reading]) -> None:
        self._folding.pass_until(at)
        readings[at] = self._read(at)

    def _read(self, at: datetime) -> Reading:
        state = self._folding.folds.states[self._check]
        found = detect.reading(state, self._policy.checks[self._check], at)
        return found or Reading(at, state.verdict.judgement)

    def _note(self, signal: object, from_at: datetime) -> None:
        if isinstance(signal, Result) and signal.known_at >= from_at:
            if self._folding.folds.moves.checks.get(signal.check, signal.check) == self._check:
                self._readings += [self._read(signal.known_at)] if self._is_few() else []
                self._results.append(
                    Seen(
                        signal.at, signal.location, signal.outcome, signal.latency_seconds,
                        signal.recheck, signal.reason,
                    )
                )  # fmt: skip
        elif isinstance(signal, DeployMarker) and self._policy.components.get(signal.component):
            self._deploys += [signal.at] if signal.at >= from_at else []

    def _is_few(self) -> bool:
        return len(self._readings) <= MOST_READINGS

    def _made(
        self,
        readings: dict[datetime, Reading],
        from_at: datetime,
        until: datetime,
        at: datetime,
        step: timedelta,
    ) -> Course:
        policy = self._policy.checks[self._check]
        component = self._policy.component_of(self._check)
        changes = [
            (when, replace(change.verdict, at=when))  # it may have waited for a canary
            for when, change in self._folding.folded.changes
            if change.verdict is not None and when <= until
        ]
        before = [verdict for when, verdict in changes if when < from_at]
        waiting = Verdict(self._check, Judgement.UNKNOWN, from_at, from_at, detect.WAITING)
        return Course(
            check=self._check,
            name=component.name if component else self._check,
            from_at=from_at,
            until=until,
            step_seconds=step.total_seconds(),
            locations=policy.locations,
            held=before[-1] if before else waiting,
            verdicts=tuple(verdict for when, verdict in changes if when >= from_at),
            moments=tuple(self._moments(readings, from_at, until, step)),
            results=tuple(self._results),
            deploys=tuple(self._deploys),
            reading=readings[at],
            readings=tuple(self._after_each(readings)),
            other_revision=self._folding.folded.past.total(),
        )

    def _after_each(self, readings: dict[datetime, Reading]) -> list[Reading]:
        looked = list(readings.values())
        found = looked + self._readings if self._is_few() else looked
        return sorted(found, key=lambda reading: reading.at)

    def _moments(
        self, readings: dict[datetime, Reading], from_at: datetime, until: datetime, step: timedelta
    ) -> Iterator[Moment]:
        ends = list(_ends(from_at, until, step))
        found: list[list[Seen]] = [[] for _ in ends]
        for seen in self._results:
            index = min(max(0, (seen.at - from_at) // step), len(ends) - 1)
            found[index].append(seen)
        for end, within in zip(ends, found, strict=True):
            yield Moment(end, _counted(within), _latency(within), readings[end])


def _ends(from_at: datetime, until: datetime, step: timedelta) -> Iterator[datetime]:
    at = from_at
    while at < until:
        at = min(at + step, until)
        yield at


def _counted(within: Iterable[Seen]) -> dict[str, dict[Outcome, int]]:
    counts: dict[str, dict[Outcome, int]] = {}
    for seen in within:
        here = counts.setdefault(seen.location, {})
        here[seen.outcome] = here.get(seen.outcome, 0) + 1
    return counts


def _latency(within: Iterable[Seen]) -> tuple[float, float, float] | None:
    found = [seen.latency_seconds for seen in within if seen.latency_seconds is not None]
    return (min(found), statistics.median(found), max(found)) if found else None
