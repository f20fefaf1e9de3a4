"""One check's stored results replayed through its fold, and looked at step by step."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from checks.kinds.heartbeat import START
from checks.model import VALUE, Outcome, Result
from incidents import detect
from incidents.detect.reading import Reading
from incidents.model import Judgement, Verdict
from incidents.policy import Policy
from incidents.signals import Beat, DeployMarker, Signal, Value, known_at
from monitor import unknowable
from monitor.backtest.folding import Folding
from monitor.explain.around import Blind, Blindness, Release, Releases

MOST_STEPS = 60
MOST_READINGS = 2_000
TOLD_EVERY = 2_000
_STEPS = (5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 28_800, 86_400)


REPORTED = "reported"
"""Where what is sent to us is seen from."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One result or report, as far as the course shows it, and the number that it brought."""

    at: datetime
    location: str
    outcome: Outcome
    latency_seconds: float | None
    recheck: bool
    reason: str
    number: float | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """What was seen within one step, and what the fold made of it at its end.

    `outcomes` counts results by location and outcome. `latency` is the lowest, the median and
    the highest answer of the step, `numbers` those of the numbers that came.
    """

    ends_at: datetime
    outcomes: dict[str, dict[Outcome, int]]
    latency: tuple[float, float, float] | None
    reading: Reading
    numbers: tuple[float, float, float] | None = None


@dataclass(frozen=True, slots=True)
class Course:
    """The course of the evidence about a check between two instants.

    `held` is what was held before; `verdicts` are the changes within. `reading` is that of the
    instant asked about; `readings` are those after each result, or, where these are too many,
    at the end of each step. `unknowable` is what its locations and canaries cannot know.
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
    releases: tuple[Release, ...]
    blind: tuple[Blind, ...]
    reading: Reading
    readings: tuple[Reading, ...]
    other_revision: int
    unknowable: tuple[str, ...] = ()

    @property
    def measures(self) -> tuple[str, ...]:
        """The names of all kinds of evidence that a step ends with, as they come up."""
        readings = (moment.reading for moment in self.moments)
        return tuple(dict.fromkeys(one.name for found in readings for one in found.measures))


def step_of(span: timedelta, columns: int = MOST_STEPS) -> timedelta:
    """A step of a round length, so that there are no more than so many of them."""
    seconds = span.total_seconds()
    fitting = (step for step in _STEPS if seconds / step <= columns)
    return timedelta(seconds=next(fitting, _STEPS[-1]))


def aligned(from_at: datetime, step: timedelta) -> datetime:
    """A little before an instant, so that steps begin at round times of day."""
    midnight = from_at.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + (from_at - midnight) // step * step


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
        self._releases = Releases()
        self._blindness = Blindness(self._policy.checks[check].locations)

    def course(
        self,
        steps: Iterable[tuple[int, Signal]],
        from_at: datetime,
        until: datetime,
        at: datetime,
        step: timedelta,
        tell: Callable[[int], None] = lambda done: None,
    ) -> Course:
        """What happened from one instant to another; `at` is looked at more closely."""
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
            self._blindness.note(known_at(signal), self._folding.folds.surroundings.cut_off)
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

    def _note(self, signal: Signal, from_at: datetime) -> None:
        if isinstance(signal, Result | Beat | Value) and known_at(signal) >= from_at:
            if self._folding.folds.moves.checks.get(signal.check, signal.check) == self._check:
                if self._is_few():
                    self._readings.append(self._read(known_at(signal)))
                self._results.append(_seen(signal))
        elif isinstance(signal, DeployMarker) and self._policy.components.get(signal.component):
            self._releases.note(signal)

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
            locations=policy.locations or (REPORTED,),
            held=before[-1] if before else waiting,
            verdicts=tuple(verdict for when, verdict in changes if when >= from_at),
            moments=tuple(self._moments(readings, from_at, until, step)),
            results=tuple(self._results),
            releases=self._releases.within(from_at, until),
            blind=self._blindness.within(from_at, until),
            reading=readings[at],
            readings=tuple(self._after_each(readings)),
            other_revision=self._folding.folded.past.total(),
            unknowable=unknowable.of_check(self._policy, self._check),
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
            yield Moment(
                end, _counted(within), _middle(one.latency_seconds for one in within),
                readings[end], _middle(one.number for one in within),
            )  # fmt: skip


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


def _seen(signal: Result | Beat | Value) -> Seen:
    if isinstance(signal, Beat):
        well = signal.word.strip("0") in ("", START)
        outcome = Outcome.PASS if well else Outcome.FAIL
        return Seen(signal.at, REPORTED, outcome, None, False, signal.word)
    if isinstance(signal, Value):
        return Seen(signal.at, REPORTED, signal.outcome, None, False, signal.reason, signal.number)
    brought = signal.facts.get(VALUE)
    return Seen(
        signal.at, signal.location, signal.outcome, signal.latency_seconds, signal.recheck,
        signal.reason, brought if isinstance(brought, int | float) else None,
    )  # fmt: skip


def _middle(given: Iterable[float | None]) -> tuple[float, float, float] | None:
    found = [one for one in given if one is not None]
    return (min(found), statistics.median(found), max(found)) if found else None
