"""The events of one decision, and the incident as each of them leaves it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from incidents import promises
from incidents.events import MACHINE, Event, Opened, Recorded, UpdatePosted
from incidents.evolution import evolve
from incidents.messages import written
from incidents.model import Incident, IncidentStatus, Phrase, Shift
from incidents.policy import Policy
from incidents.updates import next_update, shifts


class Draft:
    """Collects events; `incident` is what they make of it so far."""

    def __init__(self, incident: Incident, at: datetime, policy: Policy) -> None:
        """Start from an incident as it stands."""
        self.incident = incident
        self.at = at
        self.policy = policy
        self.events: tuple[Event, ...] = ()

    @classmethod
    def opening(cls, incident: str, opened: Opened, at: datetime, policy: Policy) -> Draft:
        """Start with the event that opens an incident."""
        begun = evolve(None, Recorded(0, f"incident:{incident}", 1, at, MACHINE, opened))
        draft = cls(begun, at, policy)
        draft.events = (opened,)
        return draft

    def add(self, event: Event) -> None:
        """Let one more thing have happened."""
        self._add(event, MACHINE)

    def post(
        self,
        status: IncidentStatus,
        phrase: Phrase,
        changed: Mapping[str, Shift] | None = None,
        *,
        promised: bool = True,
    ) -> None:
        """Post an update in the machine's words, with the promise that the policy makes.

        `changed` is what became of the components, by whoever knows that already.
        """
        promised_at = None
        if promised and not status.over:
            promised_at = promises.next_promise(self.incident, self.at, self.policy)
        self.add(
            UpdatePosted(
                next_update(self.incident),
                status,
                written(phrase),
                phrase,
                promised_at,
                automatic=True,
                components=changed or shifts(self.incident),
            )
        )

    def post_by_hand(self, status: IncidentStatus, body: str, promised_at: datetime | None) -> None:
        """Post an operator's update; unless it is the last, it promises the next one."""
        promised_at = promised_at or promises.next_promise(self.incident, self.at, self.policy)
        update = UpdatePosted(
            next_update(self.incident),
            status,
            body,
            promised_at=None if status.over else promised_at,
            components=shifts(self.incident),
        )
        self._add(update, "")

    def _add(self, event: Event, actor: str) -> None:
        subject, sequence = f"incident:{self.incident.id}", self.incident.sequence + 1
        self.incident = evolve(self.incident, Recorded(0, subject, sequence, self.at, actor, event))
        self.events = (*self.events, event)
