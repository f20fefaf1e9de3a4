"""What is due by time alone, over all incidents and announced work: a pure queue."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterable
from datetime import datetime

from incidents.board import Board
from incidents.commands import IncidentCommand
from incidents.maintenance_plans import next_due as next_work
from incidents.model import Incident
from incidents.policy import Policy
from incidents.promises import Due, next_due


class Agenda:
    """The next thing due on each incident, and when one is due on announced work.

    What was handed out under a key (subject, purpose, instant) is not handed out again until
    the agenda is rebuilt, and the commands themselves may be repeated: firing twice changes
    nothing.
    """

    def __init__(self) -> None:
        """Begin with nothing due."""
        self._due: dict[str, Due] = {}
        self._queue: list[tuple[datetime, int, Due]] = []
        self._fired: dict[str, tuple[str, str, datetime]] = {}
        self._count = itertools.count()
        self._works_at: datetime | None = None

    def __len__(self) -> int:
        """On how many incidents something is due."""
        return len(self._due)

    def rebuild(self, board: Board, policy: Policy) -> None:
        """Start anew from what stands: at start, and when the policy changed."""
        self._due.clear()
        self._queue.clear()
        self._fired.clear()
        self.follow(board.open_incidents(), policy)

    def follow(self, incidents: Iterable[Incident], policy: Policy) -> None:
        """Take note of incidents as their latest events left them."""
        for incident in incidents:
            due = next_due(incident, policy)
            if not incident.open:
                self._fired.pop(incident.id, None)
            if due is None or due.key == self._fired.get(incident.id):
                self._due.pop(incident.id, None)
            elif due != self._due.get(incident.id):
                self._due[incident.id] = due
                heapq.heappush(self._queue, (due.at, next(self._count), due))

    def follow_works(self, board: Board, policy: Policy, at: datetime) -> None:
        """Take note of announced work as it stands, and of what the plans bring next."""
        self._works_at = next_work(board, policy, at)

    def works_due(self, now: datetime) -> bool:
        """Whether the plans have something to say; so once, until the next note is taken."""
        due = self._works_at is not None and self._works_at <= now
        self._works_at = None if due else self._works_at
        return due

    def due(self, now: datetime) -> tuple[IncidentCommand, ...]:
        """Commands whose instant has come, oldest first; each is handed out once."""
        commands = []
        while (at := self._next_at()) is not None and at <= now:
            due = heapq.heappop(self._queue)[2]
            del self._due[due.command.incident]
            self._fired[due.command.incident] = due.key
            commands.append(due.command)
        return tuple(commands)

    def next_at(self) -> datetime | None:
        """When the next command, or something on announced work, is due."""
        command_at, works_at = self._next_at(), self._works_at
        if command_at is None or works_at is None:
            return command_at or works_at
        return min(command_at, works_at)

    def _next_at(self) -> datetime | None:
        """When the next command is due."""
        while self._queue and self._is_superseded(self._queue[0][2]):
            heapq.heappop(self._queue)
        return self._queue[0][0] if self._queue else None

    def _is_superseded(self, due: Due) -> bool:
        return self._due.get(due.command.incident) is not due
