"""What an incident's updates told, against what is known by now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from incidents.ids import update_id
from incidents.impact import precedence
from incidents.model import ComponentStatus, Incident, Shift, StatusChange, Update

_WELL = ComponentStatus.OPERATIONAL
_SHIFTS = {
    before: {after: Shift(before, after) for after in ComponentStatus} for before in ComponentStatus
}
"""From one status to another: thousands move in the same few ways."""
_UNSAID = _SHIFTS[_WELL][_WELL]


def next_update(incident: Incident) -> str:
    """The id of an update that is the incident's next event."""
    return update_id(incident.id, incident.sequence + 1)


def told(incident: Incident, component: str) -> ComponentStatus:
    """How the updates left a component; each is about all that were affected by then."""
    for update in reversed(incident.updates):
        if component in update.components:
            return update.components[component].after
        if _is_newer(incident.timeline.get(component, ()), update):
            break
    return _WELL


def shifts(incident: Incident) -> Mapping[str, Shift]:
    """For each component how the last update left it, and how it is now."""
    said = _said(incident)
    return {
        name: _SHIFTS[said.get(name, _UNSAID).after][changes[-1].status]
        for name, changes in incident.timeline.items()
    }


def _said(incident: Incident) -> Mapping[str, Shift]:
    """Of each component what the last update said that was about it."""
    said: Mapping[str, Shift] = {}
    for update in reversed(incident.updates):
        said = {**update.components, **said} if said else update.components
        if len(said) == len(incident.timeline):
            break
        others = (changes for name, changes in incident.timeline.items() if name not in said)
        if all(_is_newer(changes, update) for changes in others):
            break
    return said


def _is_newer(changes: Sequence[StatusChange], update: Update) -> bool:
    """Whether a component was not affected yet, so that no earlier update is about it either."""
    return not changes or changes[0].at > update.at


def is_untold(before: ComponentStatus, now: ComponentStatus | None) -> bool:
    """Whether a component is worse than customers were told."""
    return now is not None and is_worse(before, now)


def is_worse(before: ComponentStatus, after: ComponentStatus) -> bool:
    """Whether a status is shown before another."""
    return precedence(after) < precedence(before)
