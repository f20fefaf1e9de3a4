"""The one way into the event log: decide on commands, write what follows, tell who listens."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from datetime import datetime
from typing import Any

from checks.clock import Clock
from incidents.board import Board
from incidents.commands import Command
from incidents.decisions import prepare
from incidents.events import MACHINE, Recorded
from incidents.policy import Policy
from incidents.ports import Append, Events, SequenceConflict

ATTEMPTS = 3

APPENDS_AT_ONCE = 2_000
"""Appends in one transaction: many for one sync, few enough not to hold up other writes."""

Listener = Callable[[Sequence[Recorded]], None]
"""Called with what was written, in order, after it is on disk."""


class Turn:
    """Decisions that are written together; each sees what the ones before it led to.

    `recorded` holds the events once the turn is over.
    """

    def __init__(self, board: Board, policy: Policy, at: datetime) -> None:
        """Decide on this board, which is ahead of the log until the turn is written."""
        self.board = board
        self.at = at
        self.appends: list[Append] = []
        self.recorded: tuple[Recorded, ...] = ()
        self._policy = policy

    def decide(self, command: Command, actor: str = MACHINE) -> bool:
        """Take what a command leads to into the turn; false when it changes nothing."""
        append = prepare(self.board, command, self.at, self._policy, actor)
        if append is not None:
            self.take(append)
        return append is not None

    def take(self, append: Append) -> None:
        """Take events that were decided elsewhere into the turn."""
        self.appends.append(append)
        for recorded in append.recorded(self.board.position):
            self.board.apply(recorded)


class Journal:
    """Owns the brain's board and writes to the log, one turn at a time.

    The board runs ahead of the disk within a turn. Whoever shows things to the world must
    therefore fold a board of its own from what listeners are told.
    """

    def __init__(self, store: Events, policy: Policy, clock: Clock) -> None:
        """Write to this store; `policy` may be replaced between turns."""
        self.policy = policy
        self.board = Board()
        self._store = store
        self._clock = clock
        self._listeners: list[Listener] = []
        self._told = 0
        self._ahead = False
        self._turn = asyncio.Lock()

    async def start(self) -> None:
        """Fold the whole log; listeners hear what they have not heard.

        Raises:
            StorageError: The log cannot be read.
        """
        self.board = board = Board()
        async for recorded in self._store.since(0):
            board.apply(recorded)
            if recorded.position > self._told:
                self._tell([recorded])
        self._ahead = False

    def listen(self, listener: Listener) -> None:
        """Tell this one, too, of all that is written from now on."""
        self._listeners.append(listener)

    @contextlib.asynccontextmanager
    async def turn(self, policy: Policy | None = None) -> AsyncIterator[Turn]:
        """Decide within it; on leaving, everything is written, synced and told to listeners.

        Another `policy` is gone by in it, and from then on if it was written: all or nothing.

        A caller that is cancelled while it is written waits for that to end. A turn of more
        than `APPENDS_AT_ONCE` appends may be written in part when it fails; what is left is
        decided anew when its commands are given again.

        Raises:
            StorageError: It was not written, and the next turn begins as the log has it.
            SequenceConflict: The same, since another process was faster: decide again.
        """
        async with self._turn:
            if self._ahead:
                await self.start()  # takes back what was decided and not written
            turn = Turn(self.board, policy or self.policy, self._clock.now())
            try:
                yield turn
                at_once = APPENDS_AT_ONCE if policy is None else max(1, len(turn.appends))
                await _to_the_end(self._write(turn, at_once))
                self.policy = policy or self.policy
            except BaseException:
                self._ahead = bool(turn.appends)
                raise

    async def record(
        self, commands: Sequence[Command], actor: str = MACHINE
    ) -> tuple[Recorded, ...]:
        """Decide on commands in order; returns the events, none when nothing changed.

        Raises:
            StorageError: They were not written.
        """
        attempts = 1
        while True:
            try:
                async with self.turn() as turn:
                    for command in commands:
                        turn.decide(command, actor)
            except SequenceConflict:
                if attempts == ATTEMPTS:
                    raise
                attempts += 1
            else:
                return turn.recorded

    async def append(self, appends: Sequence[Append]) -> tuple[Recorded, ...]:
        """Write events that were decided elsewhere, such as those of a subscription.

        Raises:
            StorageError: They were not written.
            SequenceConflict: The same, since the subject has moved on.
        """
        async with self.turn() as turn:
            for append in appends:
                turn.take(append)
        return turn.recorded

    async def _write(self, turn: Turn, at_once: int) -> None:
        for start in range(0, len(turn.appends), at_once):
            recorded = await self._store.append(turn.appends[start : start + at_once])
            turn.recorded += recorded
            if recorded[0].position == self._told + 1:
                self._tell(recorded)
            else:
                await self._tell_with_others()

    async def _tell_with_others(self) -> None:
        """Tell of what another process wrote in between, too; the board must be made anew."""
        self._ahead = True
        self._tell([recorded async for recorded in self._store.since(self._told)])

    def _tell(self, recorded: Sequence[Recorded]) -> None:
        self._told = recorded[-1].position
        for listener in self._listeners:
            listener(recorded)


async def _to_the_end(work: Coroutine[Any, Any, None]) -> None:
    """Wait for work that must not be cut off half-way, however often one is cancelled."""
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        raise cancelled
    task.result()
