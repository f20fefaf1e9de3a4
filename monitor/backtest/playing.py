"""All checks at once: their folds in several processes, and one fold over the fleet after them."""

from __future__ import annotations

import multiprocessing
import os
import queue
from collections.abc import Callable, Sequence
from concurrent.futures import ALL_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime

from incidents.events import Recorded
from incidents.folds import Change
from incidents.policy import Policy
from incidents.replay import Replay
from monitor.backtest.folding import Folded, fold, shares
from monitor.backtest.machine import Machine
from monitor.backtest.sources import Source

WORTH_A_PROCESS = 200_000
"""Signals below which another process takes longer to start than it saves."""

_LOOK_EVERY_SECONDS = 0.2

Tell = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Played:
    """What would have been recorded, what the folds counted, in how many processes, and how.

    `fast` is whether machine code folded in what is quiet.
    """

    recorded: Sequence[Recorded]
    folded: Folded
    processes: int
    fast: bool


def processes(policy: Policy, signals: int, most: int | None = None) -> int:
    """In how many processes it is worth to fold so many signals."""
    possible = most or os.cpu_count() or 1
    return max(1, min(possible, len(policy.components), signals // WORTH_A_PROCESS))


def play(policy: Policy, source: Source, number: int, tell: Tell, *, fast: bool = False) -> Played:
    """Replay a source by a policy in so many processes; `tell` hears of each part of the way.

    What is quiet is folded in by machine code if it should be `fast`.

    Raises:
        StorageError: What is stored cannot be read.
        Unreadable: A file cannot.
        Unsorted: A file goes back in time.
    """
    parts = shares(policy, number) or [policy]
    folded = Folded()
    for part in _folded(parts, source, tell, fast=fast):
        folded.add(part)
    recorded = place(policy, folded.changes, source.begins_at, source.ends_at)
    return Played(recorded, folded, len(parts), fast)


def place(
    policy: Policy,
    changes: Sequence[tuple[datetime, Change]],
    begins_at: datetime,
    ends_at: datetime,
) -> Sequence[Recorded]:
    """What all changes together, in the order of time, would have led to."""
    replay = Replay(policy)
    replay.start(begins_at)
    for at, change in changes:
        replay.follow(change, at)
    replay.advance(ends_at)
    return replay.log


def _folded(parts: Sequence[Policy], source: Source, tell: Tell, *, fast: bool) -> Sequence[Folded]:
    if len(parts) == 1:
        return [_fold(parts[0], source, tell, fast=fast)]
    context = multiprocessing.get_context("spawn")
    told = context.Queue()
    with ProcessPoolExecutor(len(parts), context, initializer=_begin, initargs=(told,)) as pool:
        pending = [pool.submit(_fold_and_tell, part, source, fast=fast) for part in parts]
        while not all(future.done() for future in pending):
            _listen(told, tell)
            _fail_early(pending)
        return [future.result() for future in pending]


def _fold(policy: Policy, source: Source, tell: Tell, *, fast: bool) -> Folded:
    machine = Machine() if fast else None
    return fold(policy, source.steps(policy), source.begins_at, source.ends_at, tell, machine)


def _listen(told: multiprocessing.Queue[int], tell: Tell) -> None:
    try:
        tell(told.get(timeout=_LOOK_EVERY_SECONDS))
    except queue.Empty:
        return


def _fail_early(pending: Sequence[Future[Folded]]) -> None:
    """What one process cannot read, the others need not."""
    for future in pending:
        if future.done() and future.exception() is not None:
            for other in pending:
                other.cancel()
            wait(pending, return_when=ALL_COMPLETED)


# In the other processes -----------------------------------------------------------------------

_told: multiprocessing.Queue[int]


def _begin(told: multiprocessing.Queue[int]) -> None:
    global _told  # noqa: PLW0603 - a process of its own has no other place for it
    _told = told


def _fold_and_tell(policy: Policy, source: Source, *, fast: bool) -> Folded:
    return _fold(policy, source, _told.put, fast=fast)
