"""All folds of the fleet together: one signal in, changed verdicts and wishes out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain, islice

from checks.model import Result
from incidents import correlate, detect
from incidents.board import Board
from incidents.commands import Command
from incidents.detect.learned.row import Answers, Run, run
from incidents.detect.learned.state import Learned
from incidents.detect.learned.words import instant
from incidents.detect.sightless import explained
from incidents.fleet import Fleet
from incidents.maintenance_learning import WorkHours, unlearned
from incidents.model import Verdict
from incidents.moves import Moves, moves
from incidents.policy import Policy
from incidents.ports import FoldState
from incidents.signals import (
    Beat,
    DeployMarker,
    Gap,
    LocationState,
    ReportSurge,
    Signal,
    Tick,
    Value,
    Wake,
    Wish,
    known_at,
)
from incidents.surroundings import Surroundings

Piece = tuple[str, Signal]
"""A check, and what is to be folded into its state."""

PORTION = 100
"""Folds at a stretch: some 4 ms."""


@dataclass(frozen=True, slots=True)
class Change:
    """Something that a signal changed and that an incident may have to know."""

    check: str
    position: int
    verdict: Verdict | None
    warnings: tuple[str, ...] | None

    def commands(self, fleet: Fleet, board: Board, policy: Policy) -> tuple[Command, ...]:
        """What follows from it, as things stand now."""
        found: tuple[Command, ...] = ()
        if self.verdict is not None:
            found = correlate.place(fleet, board, self.verdict, self.position, policy)
        if self.warnings is not None:
            found += correlate.warn(board, self.check, self.warnings, self.position)
        return found


@dataclass(slots=True)
class Folds:
    """The state of every check's fold, and what they make of the fleet.

    `dirty` names the checks whose state is not the one last stored; `refolded` those of which
    storage may hold the state of another fold, or of a check that is no more.
    """

    policy: Policy
    states: dict[str, detect.Judged] = field(default_factory=dict)
    fleet: Fleet = field(default_factory=Fleet)
    dirty: set[str] = field(default_factory=set)
    refolded: set[str] = field(default_factory=set)
    moves: Moves = field(default_factory=Moves)
    surroundings: Surroundings = field(default_factory=Surroundings)
    hours: WorkHours = field(default_factory=WorkHours)

    @property
    def blind_locations(self) -> frozenset[str]:
        """The locations whose canaries do not answer: what fails from there counts nothing."""
        return self.surroundings.blind

    def copy(self) -> Folds:
        """The same once more, to try something with."""
        return Folds(
            self.policy, dict(self.states), self.fleet.copy(), set(self.dirty),
            set(self.refolded), self.moves, self.surroundings.copy(), self.hours,
        )  # fmt: skip

    def restore(self, check: str, state: detect.Judged, position: int) -> None:
        """Take over a state that was kept, and that holds everything up to a position."""
        self.states[check] = state
        self.fleet.restore(state.verdict, state.held, position)

    def adopt(self, policy: Policy, at: datetime) -> tuple[Wish, ...]:
        """Go by a policy, the first or another one.

        What goes by another id keeps its evidence; new checks begin to wait for results.
        """
        self.policy = policy
        self.moves = moves(policy)
        self.surroundings.adopt(policy, at)
        self.hours = WorkHours(policy)
        wishes: list[Wish] = []
        for check in self.states.keys() - policy.checks.keys():
            wishes += self._leave(check)
        for check, state in tuple(self.states.items()):
            if detect.fits(state, policy.checks[check]):
                wishes += detect.reconsider(state, policy.checks[check], at)
            elif taken := detect.taken_over(state, policy.checks[check], at):
                self._keep(check, taken.state, refolded=True)
                wishes += taken.wishes
            else:
                del self.states[check]
        for check in policy.checks.keys() - self.states.keys():
            begun = detect.begin(policy.checks[check], at)
            self._keep(check, begun.state, refolded=True)
            wishes += begun.wishes
        return tuple(wishes)

    def _leave(self, check: str) -> Iterator[Wish]:
        """Drop what is held under an id that is no more, or hold it under the new one."""
        state, position = self.states.pop(check), self.fleet.positions.get(check)
        self.fleet.forget(check)
        self.dirty.add(check)
        self.refolded.add(check)
        new = self.moves.checks.get(check)
        if new is None or new in self.states:
            return
        state = detect.renamed(state, new)
        self._keep(new, state, refolded=True)
        if position is not None:
            self.fleet.restore(state.verdict, state.held, position)
        if state.wake_at is not None:
            yield Wake(new, state.wake_at)

    def feed(self, signal: Signal, position: int) -> tuple[list[Change], list[Wish]]:
        """Fold in one signal at its position; a failure may wait until a canary has answered."""
        pieces, asking = self._pieces(signal)
        changes, wishes = self._fold(pieces, position, known_at(signal).timestamp())
        return changes, [*asking, *wishes] if asking else wishes

    def portions(
        self, signal: Signal, position: int
    ) -> Iterator[tuple[Sequence[Change], Sequence[Wish]]]:
        """As `feed`, in portions: others get their turn where a signal concerns thousands."""
        pieces, asking = self._pieces(signal)
        at = known_at(signal).timestamp()
        if asking:
            yield (), asking
        while portion := tuple(islice(pieces, PORTION)):
            yield self._fold(portion, position, at)

    def _pieces(self, signal: Signal) -> tuple[Iterator[Piece], Sequence[Wish]]:
        """What is to be folded into which check, and canaries to be asked."""
        results: Sequence[Signal] = (signal,)
        asking: Sequence[Wish] = ()
        if isinstance(signal, Result):
            results, asking = self.surroundings.admit(signal)
        elif isinstance(signal, LocationState):
            self.surroundings.told(signal)
        self.hours.look(known_at(signal))
        return ((check, one) for one in results for check in self._concerned(one)), asking

    def ahead(self, check: str, answers: Answers, first: int, run: Run = run) -> int:
        """Fold in quiet answers of one check before others that came earlier; how many."""
        state, policy = self.states[check], self.policy.checks[check]
        state, taken = detect.ahead(state, answers, first, policy, run)
        if taken:
            self._keep(check, state)
        return taken

    @property
    def holding(self) -> bool:
        """Whether failures wait for a canary: any result may let them through."""
        return any(sight.batches for sight in self.surroundings.sights.values())

    def pass_by(self, result: Result, position: int) -> tuple[list[Change], list[Wish]]:
        """As `feed`, of a result that was folded in ahead: only what it lets through is."""
        pieces, _ = self._pieces(result)
        waited = ((check, one) for check, one in pieces if one is not result)
        return self._fold(waited, position, result.known_at.timestamp())

    def _fold(
        self, portion: Iterable[Piece], position: int, at: float
    ) -> tuple[list[Change], list[Wish]]:
        changes: list[Change] = []
        wishes: list[Wish] = []
        for check, signal in portion:
            around, state = self.surroundings.around(at), self.states[check]
            found = detect.step(state, signal, self.policy.checks[check], around)
            if check in self.hours.checks:
                found = unlearned(state, found)
            if found.verdict is not None and isinstance(signal, Tick):
                found = explained(found, self.policy.checks[check], self.surroundings.cut_off)
            if found.state is not state:
                self._keep(check, found.state)
            if found.verdict is not None or found.warnings is not None:
                changes.append(Change(check, position, found.verdict, found.warnings))
            if found.healed is not None:
                self.surroundings.remember(found.healed)
            wishes += found.wishes
        return changes, wishes

    def _keep(self, check: str, state: detect.Judged, *, refolded: bool = False) -> None:
        self.states[check] = state
        self.dirty.add(check)
        if refolded:
            self.refolded.add(check)

    def _concerned(self, signal: Signal) -> Sequence[str]:
        """The checks that a signal is about."""
        if isinstance(signal, Result | Beat | Value | Tick):
            check = self.moves.checks.get(signal.check, signal.check)
            return (check,) if check in self.states else ()
        if isinstance(signal, DeployMarker | ReportSurge):
            component = self.policy.components.get(signal.component)
            return component.checks if component else ()
        assert isinstance(signal, Gap | LocationState)
        return tuple(self.states)

    def release_until(self, component: str) -> datetime | None:
        """When the release of a component that was marked last is over, unless an end is marked.

        None where nothing is known of one: its end was marked, or no check heeds releases.
        """
        states = (self.states.get(check) for check in self.policy.components[component].checks)
        ends = (state.deploy_until for state in states if isinstance(state, Learned))
        latest = max((end for end in ends if end is not None), default=None)
        return None if latest is None else instant(latest)

    # Keeping --------------------------------------------------------------------------------

    def kept(self) -> Iterator[FoldState]:
        """What storage is to hold of what changed, as it is now; later signals change nothing.

        Each is made when it is asked for: all together take 400 MB of 100,000 checks in trouble.
        """
        surroundings, refolded = self.surroundings.copy(), self.refolded.copy()
        states = {check: self.states.get(check) for check in self.dirty}
        return chain(
            surroundings.kept(),
            (
                kept
                for check, state in states.items()
                for kept in _kept(check, state, refolded=check in refolded)
            ),
        )


def _kept(check: str, state: detect.Judged | None, *, refolded: bool) -> tuple[FoldState, ...]:
    """What storage is to hold of a check: its state, and nothing of other folds."""
    if state is None or refolded:
        return detect.standing(check, state)
    return (detect.stored(check, state),)
