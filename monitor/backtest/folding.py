"""One share of the checks: their results through the product's folds, and what these changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from checks.instants import from_microseconds
from checks.model import Result
from incidents.detect.learned.row import Answers, Run
from incidents.detect.learned.row import run as one_by_one
from incidents.folds import Change, Folds
from incidents.policy import Policy
from incidents.signals import Recheck, Signal, Tick, Wish, known_at
from monitor.archive import Line, Series, Slice
from monitor.backtest.machine import Machine
from monitor.backtest.sources import Step
from monitor.backtest.stretches import Stretches
from monitor.wakes import Wakes

TOLD_EVERY = 5_000
"""Signals from one word about progress to the next."""


@dataclass(slots=True)
class Folded:
    """What the folds made of a share: changes in order, and what was counted on the way.

    `made` rechecks are in the results; `wished` are those that these folds asked for. `past`
    counts results under another revision, which answer another question, `elsewhere` those from
    locations that a check does not have.
    """

    changes: list[tuple[datetime, Change]] = field(default_factory=list)
    results: int = 0
    made: int = 0
    wished: int = 0
    past: Counter[str] = field(default_factory=Counter)
    elsewhere: Counter[str] = field(default_factory=Counter)
    seen: set[str] = field(default_factory=set)

    def add(self, other: Folded) -> None:
        """Take another share in; the changes keep to the order of time."""
        self.changes = sorted((*self.changes, *other.changes), key=lambda change: change[0])
        self.results += other.results
        self.made += other.made
        self.wished += other.wished
        self.past += other.past
        self.elsewhere += other.elsewhere
        self.seen |= other.seen


def shares(policy: Policy, number: int) -> list[Policy]:
    """The policy in so many parts of about the same work; a component stays in one of them."""
    loads = [0.0] * number
    parts: list[list[str]] = [[] for _ in range(number)]
    for name in sorted(policy.components, key=lambda name: _load(policy, name), reverse=True):
        lightest = loads.index(min(loads))
        parts[lightest].append(name)
        loads[lightest] += _load(policy, name)
    return [_part(policy, set(names)) for names in parts if names]


def _load(policy: Policy, component: str) -> float:
    checks = [policy.checks[name] for name in policy.components[component].checks]
    return sum(len(check.locations) / check.interval.total_seconds() for check in checks)


def _part(policy: Policy, names: set[str]) -> Policy:
    """What the folds of some components need, and no more: it is sent to another process."""
    components = {name: one for name, one in policy.components.items() if name in names}
    checks = {id for one in components.values() for id in one.checks}
    return replace(
        policy,
        components=components,
        checks={id: check for id, check in policy.checks.items() if id in checks},
        routes=(),
        maintenance={},
    )


class Folding:
    """Feeds signals to folds of their own, and wakes them when they asked for it."""

    def __init__(self, policy: Policy, at: datetime, machine: Machine | None = None) -> None:
        """Begin to wait for results at that instant."""
        self._machine = machine
        self.folds = Folds(policy)
        self.folded = Folded()
        self._policy = policy
        self._wakes = Wakes()
        self._position = 0
        self._grant(self.folds.adopt(policy, at))

    def feed(self, signal: Signal, clock: datetime | None = None) -> None:
        """Let the time pass until a signal was known, or to where the clock is, and fold it in."""
        at = known_at(signal)
        self.pass_until(clock or at)
        if not isinstance(signal, Result) or self._counts(signal):
            self._fold(signal, at)

    @property
    def holding(self) -> bool:
        """Whether failures wait to be let through, which any result may do."""
        return bool(self._policy.canaries) and self.folds.holding

    def judged(self, series: Series) -> tuple[str, int] | None:
        """Of which check a series is, and the number of its location, if any may be quiet."""
        name = self.folds.moves.checks.get(series.check, series.check)
        check = self._policy.checks.get(name)
        if check is None or check.revision != series.revision or not check.learned:
            return None
        if series.location not in check.locations:
            return None
        return name, check.locations.index(series.location)

    def runner(self, answers: Answers) -> Run:
        """How answers are run through, again and again."""
        return self._machine.runner(answers) if self._machine else one_by_one

    def ahead(self, check: str, answers: Answers, first: int, run: Run) -> int:
        """Fold in the answers of a check from the first on that are quiet; how many these are."""
        before = self.folds.states[check].wake_at
        taken = self.folds.ahead(check, answers, first, run)
        if taken:
            wake_at = self.folds.states[check].wake_at
            if wake_at is not None and wake_at != before:
                self._wakes.wish(check, wake_at)
            self._position += taken
            self.folded.results += taken
            self.folded.made += sum(answers.rechecks[first : first + taken])
        return taken

    def pass_by(self, found: Slice, line: Line, clock: int) -> None:
        """Come by a result that was folded in ahead; it may let others through."""
        result, at = found.result(line), from_microseconds(clock)
        self.pass_until(at)
        self._position += 1
        self._note(*self.folds.pass_by(result, self._position), at)

    def pass_until(self, until: datetime) -> None:
        """Wake whoever asked for it by then."""
        while (at := self._wakes.next_at()) is not None and at <= until:
            for check in self._wakes.pop_due(at):
                self._fold(Tick(check, at), at)

    def _counts(self, result: Result) -> bool:
        folded = self.folded
        name = self.folds.moves.checks.get(result.check, result.check)
        check = self._policy.checks.get(name) or self._policy.canaries.get(name)
        if check is None:
            folded.seen.add(result.check)
            return False
        if result.revision != check.revision:
            folded.past[result.check] += 1
            return False
        if result.location not in check.locations:
            folded.elsewhere[result.location] += 1
            return False
        folded.results += name in self._policy.checks
        folded.made += result.recheck
        return True

    def _fold(self, signal: Signal, at: datetime) -> None:
        self._position += 1
        self._note(*self.folds.feed(signal, self._position), at)

    def _note(self, changes: Sequence[Change], wishes: Sequence[Wish], at: datetime) -> None:
        if changes:
            self.folded.changes += [(at, change) for change in changes]
        if wishes:
            self._grant(wishes)

    def _grant(self, wishes: Iterable[Wish]) -> None:
        for wish in wishes:
            if isinstance(wish, Recheck):
                asked = self._policy.checks.get(wish.check)
                self.folded.wished += len(wish.locations or (asked.locations if asked else ()))
            else:
                self._wakes.wish(wish.check, wish.at)


def fold(
    policy: Policy,
    steps: Iterable[Step],
    begins_at: datetime,
    ends_at: datetime,
    tell: Callable[[int], None],
    machine: Machine | None = None,
) -> Folded:
    """What the checks of a policy would have been held for; `tell` hears how far it is."""
    folding = Folding(policy, begins_at, machine)
    stretches = Stretches(folding)
    told = done = 0
    for number, (done, step) in enumerate(steps, 1):
        if isinstance(step, Slice):
            stretches.feed(step)
        else:
            folding.feed(step)
        if number % TOLD_EVERY == 0 or isinstance(step, Slice):
            tell(done - told)
            told = done
    folding.pass_until(ends_at)
    tell(done - told)
    return folding.folded
