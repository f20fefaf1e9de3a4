"""The one thread that writes: jobs in the order they came, committed in groups.

A group is one transaction, and each of its jobs a savepoint in it. A commit that holds a
durable job waits for the disk, and with it for everything written before; others do not.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

import structlog
from sqlite_utils import Database

from checks.duration import say_span
from checks.meter import Meter
from incidents.ports import StorageError
from monitor.storage.troubles import explained, is_trouble

T = TypeVar("T")

PATIENCE_SECONDS = 0.1
"""How long what may lag waits for company."""
RETRY_SECONDS = 1.0
"""How soon what could not be written is tried again."""
GROUP_LIMIT = 1_000
KEPT_LIMIT = 200_000
"""How many signals wait in memory while the disk takes nothing: some 100 MB."""
CROWDED = 20_000
"""So many signals that wait are enough while it writes: whoever brings more waits, too."""

log = structlog.get_logger(__name__)


@dataclass(slots=True, eq=False)
class Job:
    """Something to write. What is `kept` may lag and is tried until it is written.

    `weight` is the number of signals it holds.
    """

    work: Callable[[Database], Any]
    durable: bool
    kept: bool
    weight: int
    future: Future[Any] = field(default_factory=Future)


class Writer:
    """Takes jobs from any thread and runs them in its own."""

    def __init__(self, path: Path, open_database: Callable[[Path], Database], meter: Meter) -> None:
        """Remember how to open the database; `start` does it, in the writer's thread."""
        self._path = path
        self._open = open_database
        self._meter = meter
        self._jobs: deque[Job] = deque()
        self._changed = threading.Condition()
        self._pressing = 0
        self._kept = 0
        self._closing = False
        self._outside: list[Future[None]] = []
        self._troubled_since: float | None = None
        self._thread = threading.Thread(target=self._run, name="storage-writer", daemon=True)
        self._opened: Future[None] = Future()
        self.on_rollback: list[Callable[[], None]] = []
        """Called in the writer's thread when work was undone: what was learned is void."""

    def start(self) -> Future[None]:
        """Start the thread; the future says when the database is open, or why it is not."""
        self._thread.start()
        return self._opened

    def submit(self, work: Callable[[Database], T], *, durable: bool = False) -> Future[T]:
        """Have work done soon; the future is set once it is committed.

        It fails with what the work raised, or with StorageError if nothing can be written;
        either way nothing of it is kept.
        """
        return self._add(Job(work, durable, kept=False, weight=0))

    def keep(self, work: Callable[[Database], T], weight: int) -> Future[T]:
        """Have work done within a moment, and again until it is written.

        The future fails only if the work is wrong, or if too much had to wait.
        """
        return self._add(Job(work, durable=False, kept=True, weight=weight))

    def room(self) -> Future[None] | None:
        """Done once few enough signals wait, or the disk takes nothing; None if so already."""
        with self._changed:
            if self._kept <= CROWDED or self._troubled_since is not None:
                return None
            room: Future[None] = Future()
            room.set_running_or_notify_cancel()  # whoever gives up leaves it as it is
            self._outside.append(room)
            return room

    def close(self) -> None:
        """Write what is queued and end the thread."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join()

    def _add(self, job: Job) -> Future[Any]:
        with self._changed:
            if self._closing:
                raise StorageError(f"{self._path} is closed.")
            self._jobs.append(job)
            self._count(job, 1)
            dropped = self._drop_oldest()
            if len(self._jobs) == 1 or not job.kept:
                self._changed.notify_all()
        self._report_dropped(dropped)
        return job.future

    def _count(self, job: Job, sign: int) -> None:
        self._kept += sign * job.weight
        self._pressing += sign * (not job.kept)

    # In the thread ----------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            database = self._open(self._path)
        except BaseException as error:  # noqa: BLE001 - it is raised where start() is awaited
            self._opened.set_exception(error)
            return
        self._opened.set_result(None)
        while group := self._take():
            self._write(database, group)
        database.close()

    def _take(self) -> list[Job]:
        """The next group; empty when there is nothing more to come."""
        with self._changed:
            self._changed.wait_for(lambda: self._jobs or self._closing)
            patience = PATIENCE_SECONDS if self._troubled_since is None else RETRY_SECONDS
            self._changed.wait_for(lambda: self._pressing or self._closing, patience)
            group = list(islice(self._jobs, GROUP_LIMIT))
            for job in group:
                self._jobs.popleft()
                self._count(job, -1)
            if self._kept <= CROWDED:
                self._let_in()
            return group

    def _let_in(self) -> None:
        """Under the lock: let those go on who wait for room."""
        for room in self._outside:
            room.set_result(None)
        self._outside.clear()

    def _write(self, database: Database, group: Sequence[Job]) -> None:
        began = time.monotonic()
        running = [job for job in group if job.kept or job.future.set_running_or_notify_cancel()]
        try:
            outcomes = self._transaction(database, running)
        except Exception as error:  # noqa: BLE001 - the thread must outlive whatever it was
            self._failed(running, explained(error, self._path))
            return
        self._recovered()
        self._meter.observe("upfront_storage_commit_seconds", time.monotonic() - began)
        for job, outcome in zip(running, outcomes, strict=True):
            _settle(job, outcome)

    def _transaction(self, database: Database, jobs: Sequence[Job]) -> list[_Outcome]:
        level = "FULL" if any(job.durable for job in jobs) else "NORMAL"
        database.execute(f"PRAGMA synchronous={level}")
        database.execute("BEGIN IMMEDIATE")
        try:
            outcomes = [self._attempt(database, job) for job in jobs]
            database.execute("COMMIT")
        except BaseException:
            database.rollback()
            self._void()
            raise
        return outcomes

    def _attempt(self, database: Database, job: Job) -> _Outcome:
        """Do one job; if it fails alone, undo it alone."""
        try:
            with database.atomic():
                return _Outcome(value=job.work(database))
        except Exception as error:
            if is_trouble(error):
                raise
            self._void()
            return _Outcome(error=error)

    def _void(self) -> None:
        for forget in self.on_rollback:
            forget()

    def _failed(self, jobs: Sequence[Job], why: StorageError) -> None:
        """Tell those who wait, and put back what is kept; while closing, there is no later."""
        self._meter.count("upfront_storage_write_failures_total")
        if self._troubled_since is None:
            self._troubled_since = time.monotonic()
            log.error("storage cannot write", error=str(why))
        with self._changed:
            again = [job for job in jobs if job.kept and not self._closing]
            self._jobs.extendleft(reversed(again))
            for job in again:
                self._count(job, 1)
            dropped = self._drop_oldest()
            self._let_in()
        self._report_dropped(dropped)
        for job in jobs:
            if job.kept and self._closing:
                log.error("signals are lost at the end", count=job.weight, error=str(why))
            if not job.kept or self._closing:
                job.future.set_exception(why)

    def _recovered(self) -> None:
        if self._troubled_since is not None:
            span = timedelta(seconds=time.monotonic() - self._troubled_since)
            log.warning("storage writes again", after=say_span(span))
            self._troubled_since = None

    def _drop_oldest(self) -> list[Job]:
        """Under the lock: what no longer fits in memory, taken out of the queue."""
        dropped: list[Job] = []
        while self._kept > KEPT_LIMIT:
            oldest = next(job for job in self._jobs if job.weight)
            self._jobs.remove(oldest)
            self._count(oldest, -1)
            dropped.append(oldest)
        return dropped

    def _report_dropped(self, dropped: Sequence[Job]) -> None:
        self._meter.gauge("upfront_storage_queued_signals", self._kept)
        for job in dropped:
            log.error("too many signals wait: the oldest are lost", count=job.weight)
            self._meter.count("upfront_storage_lost_signals_total", job.weight)
            job.future.set_exception(StorageError("Too much waited for the disk."))


@dataclass(slots=True)
class _Outcome:
    value: Any = None
    error: Exception | None = None


def _settle(job: Job, outcome: _Outcome) -> None:
    if outcome.error is None:
        job.future.set_result(outcome.value)
        return
    if job.kept:
        log.error("a batch could not be stored", exc_info=outcome.error)
    job.future.set_exception(outcome.error)
