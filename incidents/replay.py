"""Signals and a policy to verdicts and events, without storage: what the lab and tests run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from incidents import correlate
from incidents.agenda import Agenda
from incidents.board import Board
from incidents.commands import Command, IncidentCommand
from incidents.decisions import prepare
from incidents.events import MACHINE, Event, Recorded
from incidents.folds import Change, Folds
from incidents.maintenance_plans import planned
from incidents.model import Span, Verdict
from incidents.policy import Policy
from incidents.ports import Append
from incidents.reconcile import awaited, reconcile
from incidents.signals import Signal, Wish, known_at


def no_wishes(wish: Wish) -> None:
    """Grant none."""


@dataclass(slots=True)
class Replay:
    """Drives the folds, the placing and the life of incidents, one signal after another.

    `on_wish` gets each wish; whoever grants it feeds the result or tick in its turn. What is
    due by time alone is done before the signal that comes after it.
    """

    policy: Policy
    on_wish: Callable[[Wish], None] = no_wishes
    board: Board = field(default_factory=Board)
    log: list[Recorded] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    spans: dict[str, tuple[Span, ...]] = field(default_factory=dict)
    position: int = 0
    folds: Folds = field(init=False)
    _agenda: Agenda = field(default_factory=Agenda)

    def __post_init__(self) -> None:
        self.folds = Folds(self.policy)
        self._agenda.rebuild(self.board, self.policy)

    def start(self, at: datetime) -> None:
        """Register the components, and begin to wait for results."""
        self._adopt(self.policy, at)

    def adopt(self, policy: Policy, at: datetime) -> None:
        """Go by another policy from now on."""
        self._adopt(policy, at)
        for command in awaited(self.folds.fleet, self.board, policy, at):
            self.record(command, at)

    def _adopt(self, policy: Policy, at: datetime) -> None:
        self.policy = policy
        for wish in self.folds.adopt(policy, at):
            self.on_wish(wish)
        for command in reconcile(self.folds.fleet, self.board, policy, at):
            self.record(command, at)
        self._agenda.rebuild(self.board, policy)
        self._agenda.follow_works(self.board, policy, at)

    def feed(self, signal: Signal) -> tuple[Recorded, ...]:
        """Fold in one signal; returns the events that it led to."""
        before = len(self.log)
        at = known_at(signal)
        self.advance(at)
        self.position += 1
        changes, wishes = self.folds.feed(signal, self.position)
        for change in changes:
            self.follow(change, at)
        for wish in wishes:
            self.on_wish(wish)
        return tuple(self.log[before:])

    def follow(self, change: Change, at: datetime) -> None:
        """Take in what these folds, or others elsewhere, made of a signal of that instant."""
        self.advance(at)
        if change.verdict is not None:
            self.verdicts.append(change.verdict)
        for command in change.commands(self.folds.fleet, self.board, self.policy):
            self.record(command, at)

    def advance(self, at: datetime) -> None:
        """Do what is due by time up to an instant."""
        while (due_at := self._agenda.next_at()) is not None and due_at <= at:
            for command in self._agenda.due(due_at):
                self.record(command, due_at)
            if self._agenda.works_due(due_at):
                for work in planned(self.board, self.policy, due_at):
                    self.record(work, due_at)
                self._agenda.follow_works(self.board, self.policy, due_at)

    def next_at(self) -> datetime | None:
        """When something is due by time alone."""
        return self._agenda.next_at()

    def record(self, command: Command, at: datetime, actor: str = MACHINE) -> tuple[Event, ...]:
        """Decide on a command and note what comes of it."""
        append = prepare(self.board, command, at, self.policy, actor)
        if append is None:
            return ()
        for recorded in append.recorded(self.board.position):
            self.log.append(recorded)
            self.board.apply(recorded)
        if isinstance(command, IncidentCommand):
            self._agenda.follow([self.board.incidents[command.incident]], self.policy)
        self._move_spans(append.moved)
        self._replace_spans(append)
        for follow_up in correlate.follow_up(self.folds.fleet, self.board, command, self.policy):
            self.record(follow_up, at)
        return append.events

    def _replace_spans(self, append: Append) -> None:
        self.spans.update(append.spans)
        for (cause, component), spans in append.component_spans.items():
            others = (one for one in self.spans.get(cause, ()) if one.component != component)
            self.spans[cause] = (*others, *spans)

    def _move_spans(self, moved: Mapping[str, str]) -> None:
        for cause, spans in self.spans.items() if moved else ():
            self.spans[cause] = tuple(
                replace(span, component=moved.get(span.component, span.component)) for span in spans
            )
