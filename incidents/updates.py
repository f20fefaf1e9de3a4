"""What an incident's updates told, against what is known by now."""

from __future__ import annotations

from collections.abc import Mapping

from incidents.ids import update_id
from incidents.impact import precedence
from incidents.model import ComponentStatus, Incident, Shift


def next_update(incident: Incident) -> str:
    """The id of an update that is the incident's next event."""
    return update_id(incident.id, incident.sequence + 1)


def shifts(incident: Incident) -> Mapping[str, Shift]:
    """For each component how the last update left it, and how it is now."""
    told = {
        component: shift.after
        for update in incident.updates
        for component, shift in update.components.items()
    }
    return {
        component: Shift(told.get(component, ComponentStatus.OPERATIONAL), status)
        for component, status in incident.components.items()
    }


def is_untold(incident: Incident) -> bool:
    """Whether anything is worse than customers were told."""
    return any(is_worse(shift.before, shift.after) for shift in shifts(incident).values())


def news(incident: Incident) -> tuple[frozenset[str], frozenset[str]]:
    """The components newly in trouble, and those that customers were told of already."""
    found = shifts(incident)
    well = ComponentStatus.OPERATIONAL
    return (
        frozenset(name for name, shift in found.items() if shift.before is well is not shift.after),
        frozenset(name for name, shift in found.items() if well not in (shift.before, shift.after)),
    )


def is_worse(before: ComponentStatus, after: ComponentStatus) -> bool:
    """Whether a status is shown before another."""
    return precedence(after) < precedence(before)
