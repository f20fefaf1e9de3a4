"""Announced work as its events left it: what is planned, what runs, what is over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from incidents.model import ComponentStatus, Phrase, Shift, Span


class MaintenanceStatus(StrEnum):
    """Where a maintenance stands; the strings are the public API's, but for `cancelled`."""

    SCHEDULED = "scheduled"
    IN_PROGRESS = "in_progress"
    VERIFYING = "verifying"
    COMPLETED = "completed"
    CANCELLED = "cancelled"

    @property
    def running(self) -> bool:
        """Whether work is being done now."""
        return self in (MaintenanceStatus.IN_PROGRESS, MaintenanceStatus.VERIFYING)

    @property
    def over(self) -> bool:
        """Whether nothing more comes: it is completed, or will not take place."""
        return self in (MaintenanceStatus.COMPLETED, MaintenanceStatus.CANCELLED)


@dataclass(frozen=True, slots=True)
class Work:
    """What is announced of one maintenance.

    `components` are all that it concerns; `scope` is how the file names them, groups as such
    and empty for all. `component_status` is what they show while it runs.
    """

    title: str
    starts_at: datetime
    ends_at: datetime
    components: tuple[str, ...]
    scope: tuple[str, ...] = ()
    description: str = ""
    component_status: ComponentStatus = ComponentStatus.MAINTENANCE


@dataclass(frozen=True, slots=True)
class MaintenanceUpdate:
    """One public post on a maintenance; like an incident's `Update`.

    `phrase` is set when the words are the machine's, and `body` then holds them in English.
    `quiet` says that nobody was written to: it is about a later date of a repeated
    maintenance, or about the past.
    """

    id: str
    status: MaintenanceStatus
    body: str
    at: datetime
    author: str
    title: str
    phrase: Phrase | None = None
    automatic: bool = True
    edited_at: datetime | None = None
    components: Mapping[str, Shift] = field(default_factory=dict)
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Maintenance:
    """One occurrence of a plan, as its events left it.

    `starts_at` and `ends_at` are announced, `started_at` and `completed_at` are when it really
    began and ended; one that is cancelled has neither. `sequence` counts its events;
    `revision` what changed of the announcement, cancellation included, and `revised_at` is
    when that was: what calendars go by. `updates` begin with the oldest.
    """

    id: str
    plan: str
    title: str
    description: str
    components: tuple[str, ...]
    starts_at: datetime
    ends_at: datetime
    status: MaintenanceStatus
    component_status: ComponentStatus
    sequence: int
    created_at: datetime
    changed_at: datetime
    revised_at: datetime
    revision: int = 0
    scope: tuple[str, ...] = ()
    started_at: datetime | None = None
    completed_at: datetime | None = None
    updates: tuple[MaintenanceUpdate, ...] = ()

    @property
    def work(self) -> Work:
        """What is announced of it."""
        return Work(
            self.title, self.starts_at, self.ends_at, self.components, self.scope,
            self.description, self.component_status,
        )  # fmt: skip

    def covers(self, component: str, at: datetime) -> bool:
        """Whether work was, or is, done on the component at an instant."""
        return (
            self.started_at is not None
            and self.started_at <= at
            and (self.completed_at is None or at < self.completed_at)
            and component in self.components
        )

    def ended_after(self, at: datetime) -> bool:
        """Whether it was completed after an instant."""
        return self.completed_at is not None and self.completed_at > at


def spans(maintenance: Maintenance) -> tuple[Span, ...]:
    """How its components were shown while it ran; nothing where they count as operational.

    What was over before it was announced changes no record.
    """
    from_at, to_at = maintenance.started_at, maintenance.completed_at
    if from_at is None or (to_at is not None and to_at <= max(from_at, maintenance.created_at)):
        return ()
    if maintenance.component_status is ComponentStatus.OPERATIONAL:
        return ()
    return tuple(
        Span(component, from_at, to_at, maintenance.component_status, maintenance.id)
        for component in maintenance.components
    )
