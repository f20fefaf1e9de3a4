"""What can be asked of an incident, a maintenance, a component or a check; safe to repeat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from incidents.maintenance import Work
from incidents.model import ComponentStatus, IncidentStatus, Verdict


@dataclass(frozen=True, slots=True)
class IncidentCommand:
    """Something asked of one incident."""

    incident: str

    @property
    def subject(self) -> str:
        """The subject in the event log."""
        return f"incident:{self.incident}"


@dataclass(frozen=True, slots=True)
class Observe(IncidentCommand):
    """A check of the component came to this verdict, which leaves the component like that.

    Opens the incident if there is none. `position` is that of the signal behind it.
    """

    component: str
    verdict: Verdict
    status: ComponentStatus
    position: int


@dataclass(frozen=True, slots=True)
class Publish(IncidentCommand):
    """Make the incident public: its hold is over, or an operator wants it."""


@dataclass(frozen=True, slots=True)
class Resolve(IncidentCommand):
    """End the incident whose checks recovered at that instant, unless they fail again."""

    recovered_at: datetime


@dataclass(frozen=True, slots=True)
class PostUpdate(IncidentCommand):
    """An operator's post. Without `promised_at` the promise is that of the policy."""

    status: IncidentStatus
    body: str
    promised_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class EditUpdate(IncidentCommand):
    """Other words for a post."""

    update: str
    body: str


@dataclass(frozen=True, slots=True)
class KeepPromise(IncidentCommand):
    """Say that there is no news, before the promise for that instant is broken."""

    promised_at: datetime


@dataclass(frozen=True, slots=True)
class TellChanges(IncidentCommand):
    """Say what got worse up to that event, now that the last update has stood for a while."""

    sequence: int


@dataclass(frozen=True, slots=True)
class Discard(IncidentCommand):
    """The incident is not for the public."""

    reason: str


@dataclass(frozen=True, slots=True)
class Forget(IncidentCommand):
    """A check is no longer monitored.

    `status` is what the component's other checks make of it, None if there are none.
    """

    check: str
    component: str
    status: ComponentStatus | None
    at: datetime


@dataclass(frozen=True, slots=True)
class MoveMembers(IncidentCommand):
    """Components and checks of the incident go by other ids now: old to new."""

    components: Mapping[str, str]
    checks: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class MaintenanceCommand:
    """Something asked of one maintenance; what is done with `quiet` is told to nobody."""

    maintenance: str
    quiet: bool = field(default=False, kw_only=True)

    @property
    def subject(self) -> str:
        """The subject in the event log."""
        return f"maintenance:{self.maintenance}"


@dataclass(frozen=True, slots=True)
class AnnounceWork(MaintenanceCommand):
    """Announce a date of a plan; one that was cancelled takes place after all."""

    plan: str
    work: Work


@dataclass(frozen=True, slots=True)
class ChangeWork(MaintenanceCommand):
    """Announce something else of it."""

    work: Work


@dataclass(frozen=True, slots=True)
class StartWork(MaintenanceCommand):
    """The work goes on, since that instant."""

    from_at: datetime


@dataclass(frozen=True, slots=True)
class EndWork(MaintenanceCommand):
    """The work is over, since that instant."""

    to_at: datetime


@dataclass(frozen=True, slots=True)
class CancelWork(MaintenanceCommand):
    """It will not take place."""


@dataclass(frozen=True, slots=True)
class ComponentCommand:
    """Something asked of one component."""

    component: str

    @property
    def subject(self) -> str:
        """The subject in the event log."""
        return f"component:{self.component}"


@dataclass(frozen=True, slots=True)
class Register(ComponentCommand):
    """The component is configured under this name."""

    public_id: str
    name: str


@dataclass(frozen=True, slots=True)
class Remove(ComponentCommand):
    """The component is no longer configured."""


@dataclass(frozen=True, slots=True)
class Move(ComponentCommand):
    """The component is the one that went by this id before, and takes its history over."""

    previous: str


@dataclass(frozen=True, slots=True)
class MarkUnknown(ComponentCommand):
    """No check of the component can tell, since `from_at`."""

    from_at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class MarkKnown(ComponentCommand):
    """A check of the component can tell again, since `from_at`."""

    from_at: datetime


@dataclass(frozen=True, slots=True)
class Warn:
    """These warnings of a check hold now, and no others."""

    check: str
    warnings: tuple[str, ...]
    position: int

    @property
    def subject(self) -> str:
        """The subject in the event log."""
        return f"check:{self.check}"


Command = IncidentCommand | MaintenanceCommand | ComponentCommand | Warn
