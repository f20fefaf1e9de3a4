"""The loops of the process that judges: results as they come, and what is due by time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import structlog

from checks.clock import Clock
from incidents.agenda import Agenda
from incidents.events import Recorded, subject_id
from incidents.journal import Journal
from incidents.ports import SequenceConflict, StorageError
from monitor.pipeline import TAKEN_AT_ONCE, Pipeline
from monitor.portions import portions
from monitor.ports import Transport
from monitor.waiting import wait_or_sleep

_LONGEST_WAIT = timedelta(seconds=60)
_RETRY_AFTER = timedelta(seconds=2)

log = structlog.get_logger(__name__)


async def follow_results(transport: Transport, pipeline: Pipeline) -> None:
    """Fold results as they come, until cancelled."""
    while True:
        for some in portions(await transport.results(), TAKEN_AT_ONCE):
            await pipeline.take(some)
            await asyncio.sleep(0)  # others may want the pipeline


class Timekeeper:
    """Wakes the folds and issues what is due on incidents and on announced work, in its time."""

    def __init__(self, pipeline: Pipeline, journal: Journal, clock: Clock) -> None:
        """Look after these; `rebuild` comes first."""
        self._pipeline = pipeline
        self._journal = journal
        self._clock = clock
        self._agenda = Agenda()

    def rebuild(self) -> None:
        """Start anew from what stands: at the start, and when the policy changed."""
        self._agenda.rebuild(self._journal.board, self._pipeline.policy)
        self._follow_works()
        self._pipeline.woken.set()

    def follow(self, recorded: Sequence[Recorded]) -> None:
        """Take note of what is due on what these events are about."""
        incidents = self._journal.board.incidents
        subjects = {one.subject for one in recorded if one.subject.startswith("incident:")}
        self._agenda.follow(
            [incidents[subject_id(subject)] for subject in subjects], self._pipeline.policy
        )
        if any(one.subject.startswith("maintenance:") for one in recorded):
            self._follow_works()
        self._pipeline.woken.set()

    async def run(self) -> None:
        """Go on until cancelled."""
        while True:
            await self._wait()
            await self._pipeline.wake()
            if not await self._act():
                await self._clock.sleep(_RETRY_AFTER)

    async def _wait(self) -> None:
        """Until something is due, or is asked for anew."""
        due = [at for at in (self._pipeline.next_at(), self._agenda.next_at()) if at]
        now = self._clock.now()
        span = min(min(due, default=now + _LONGEST_WAIT) - now, _LONGEST_WAIT)
        self._pipeline.woken.clear()
        if span <= timedelta(0):
            return
        await wait_or_sleep(self._pipeline.woken, span, self._clock)

    async def _act(self) -> bool:
        """Issue what is due; false if it could not be recorded and is due still."""
        now = self._clock.now()
        commands = self._agenda.due(now)
        try:
            if commands:
                await self._pipeline.act(commands)
            if self._agenda.works_due(now):
                await self._pipeline.keep_plans()
                self._follow_works()
        except (StorageError, SequenceConflict) as error:
            log.error("what is due cannot be recorded yet", error=str(error))
            self.rebuild()
            return False
        return True

    def _follow_works(self) -> None:
        board, policy = self._journal.board, self._pipeline.policy
        self._agenda.follow_works(board, policy, self._clock.now())
