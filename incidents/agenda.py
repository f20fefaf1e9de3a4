"""What is due by time alone, over all incidents: a pure queue of commands."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterable
from datetime import datetime

from incidents.board import Board
from incidents.commands import IncidentCommand
from incidents.model import Incident
from incidents.policy import Policy
from incidents.promises import Due, next_due


class Agenda:
    """The next thing due on each incident.

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

    def due(self, now: datetime) -> tuple[IncidentCommand, ...]:
        """Commands whose instant has come, oldest first; each is handed out once."""
        commands = []
        while (at := self.next_at()) is not None and at <= now:
            due = heapq.heappop(self._queue)[2]
            del self._due[due.command.incident]
            self._fired[due.command.incident] = due.key
            commands.append(due.command)
        return tuple(commands)

    def next_at(self) -> datetime | None:
        """When the next command is due."""
        while self._queue and self._is_superseded(self._queue[0][2]):
            heapq.heappop(self._queue)
        return self._queue[0][0] if self._queue else None

    def _is_superseded(self, due: Due) -> bool:
        return self._due.get(due.command.incident) is not due
