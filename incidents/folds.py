"""All folds of the fleet together: one signal in, changed verdicts and wishes out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from checks.model import Result
from incidents import correlate, detect
from incidents.board import Board
from incidents.commands import Command
from incidents.fleet import Fleet
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
)
from incidents.surroundings import Surroundings


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

    @property
    def blind_locations(self) -> frozenset[str]:
        """The locations whose canaries do not answer: what fails from there counts nothing."""
        return self.surroundings.blind

    def copy(self) -> Folds:
        """The same once more, to try something with."""
        return Folds(
            self.policy, dict(self.states), self.fleet.copy(), set(self.dirty),
            set(self.refolded), self.moves, self.surroundings.copy(),
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
        if isinstance(signal, Result):
            results, asking = self.surroundings.admit(signal)
            changes: list[Change] = []
            wishes: list[Wish] = list(asking)
            at = signal.known_at.timestamp()
            for result in results:
                self._fold(result, position, at, changes, wishes)
            return changes, wishes
        if isinstance(signal, LocationState):
            self.surroundings.told(signal)
        changes, wishes = [], []
        self._fold(signal, position, signal.at.timestamp(), changes, wishes)
        return changes, wishes

    def _fold(
        self,
        signal: Signal,
        position: int,
        at: float,
        changes: list[Change],
        wishes: list[Wish],
    ) -> None:
        around = self.surroundings.around(at)
        for check in self._concerned(signal):
            found = detect.step(self.states[check], signal, self.policy.checks[check], around)
            if found.state is not self.states[check]:
                self._keep(check, found.state)
            if found.verdict is not None or found.warnings is not None:
                changes.append(Change(check, position, found.verdict, found.warnings))
            if found.healed is not None:
                self.surroundings.remember(found.healed)
            wishes += found.wishes

    def _keep(self, check: str, state: detect.Judged, *, refolded: bool = False) -> None:
        self.states[check] = state
        self.dirty.add(check)
        if refolded:
            self.refolded.add(check)

    def _concerned(self, signal: Signal) -> Iterator[str]:
        """The checks that a signal is about."""
        if isinstance(signal, Result | Beat | Value | Tick):
            check = self.moves.checks.get(signal.check, signal.check)
            return iter((check,) if check in self.states else ())
        if isinstance(signal, DeployMarker | ReportSurge):
            component = self.policy.components.get(signal.component)
            return iter(component.checks if component else ())
        assert isinstance(signal, Gap | LocationState)
        return iter(tuple(self.states))

    # Keeping --------------------------------------------------------------------------------

    def kept(self, check: str) -> tuple[FoldState, ...]:
        """What storage is to hold of a check: its state, and nothing of other folds."""
        state = self.states.get(check)
        if state is None or check in self.refolded:
            return detect.standing(check, state)
        return (detect.stored(check, state),)
