"""What an incident's updates told, against what is known by now."""

from __future__ import annotations

from collections.abc import Mapping

from incidents.ids import update_id
from incidents.impact import precedence
from incidents.model import ComponentStatus, Incident, Shift


def next_update(incident: Incident) -> str:
    """The id of an update that is the incident's next event."""
    return update_id(incident.id, incident.sequence + 1)


def told(incident: Incident, component: str) -> ComponentStatus:
    """How the updates left a component; each is about all that were affected by then."""
    for update in reversed(incident.updates):
        if component in update.components:
            return update.components[component].after
    return ComponentStatus.OPERATIONAL


def shifts(incident: Incident) -> Mapping[str, Shift]:
    """For each component how the last update left it, and how it is now."""
    known: dict[tuple[ComponentStatus, ComponentStatus], Shift] = {}
    found: dict[str, Shift] = {}
    for component, status in incident.components.items():
        both = told(incident, component), status
        found[component] = known.get(both) or known.setdefault(both, Shift(*both))
    return found


def is_untold(before: ComponentStatus, now: ComponentStatus | None) -> bool:
    """Whether a component is worse than customers were told."""
    return now is not None and is_worse(before, now)


def is_worse(before: ComponentStatus, after: ComponentStatus) -> bool:
    """Whether a status is shown before another."""
    return precedence(after) < precedence(before)
