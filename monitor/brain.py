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
from monitor.pipeline import Pipeline
from monitor.ports import Transport
from monitor.waiting import wait_or_sleep

AT_ONCE = 50
"""Results folded before others get their turn on the loop."""

_LONGEST_WAIT = timedelta(seconds=60)
_RETRY_AFTER = timedelta(seconds=2)

log = structlog.get_logger(__name__)


async def follow_results(transport: Transport, pipeline: Pipeline) -> None:
    """Fold results as they come, until cancelled."""
    while True:
        results = await transport.results()
        for first in range(0, len(results), AT_ONCE):
            await pipeline.take(results[first : first + AT_ONCE])
            await asyncio.sleep(0)  # taking may need to wait for nothing


class Timekeeper:
    """Wakes the folds and issues what is due on incidents, each in its time."""

    def __init__(self, pipeline: Pipeline, journal: Journal, clock: Clock) -> None:
        """Look after these; `rebuild` comes first."""
        self._pipeline = pipeline
        self._journal = journal
        self._clock = clock
        self._agenda = Agenda()

    def rebuild(self) -> None:
        """Start anew from what stands: at the start, and when the policy changed."""
        self._agenda.rebuild(self._journal.board, self._pipeline.policy)
        self._pipeline.woken.set()

    def follow(self, recorded: Sequence[Recorded]) -> None:
        """Take note of what is due on the incidents that these events are about."""
        incidents = self._journal.board.incidents
        subjects = {one.subject for one in recorded if one.subject.startswith("incident:")}
        self._agenda.follow(
            [incidents[subject_id(subject)] for subject in subjects], self._pipeline.policy
        )
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
        commands = self._agenda.due(self._clock.now())
        if not commands:
            return True
        try:
            await self._pipeline.act(commands)
        except (StorageError, SequenceConflict) as error:
            log.error("what is due cannot be recorded yet", error=str(error))
            self.rebuild()
            return False
        return True
