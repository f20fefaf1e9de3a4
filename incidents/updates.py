"""What an incident's updates told, against what is known by now."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from incidents.ids import update_id
from incidents.impact import precedence
from incidents.model import ComponentStatus, Incident, Shift, Update

_WELL = ComponentStatus.OPERATIONAL


def next_update(incident: Incident) -> str:
    """The id of an update that is the incident's next event."""
    return update_id(incident.id, incident.sequence + 1)


def told(incident: Incident, component: str) -> ComponentStatus:
    """How the updates left a component; each is about all that were affected by then."""
    for update in reversed(incident.updates):
        if component in update.components:
            return update.components[component].after
        if _is_newer(incident, component, update):
            break
    return _WELL


def shifts(incident: Incident) -> Mapping[str, Shift]:
    """For each component how the last update left it, and how it is now."""
    said = _said(incident)
    return {
        name: _shift(said[name].after if name in said else _WELL, changes[-1].status)
        for name, changes in incident.timeline.items()
    }


def _said(incident: Incident) -> Mapping[str, Shift]:
    """Of each component what the last update said that was about it."""
    said: Mapping[str, Shift] = {}
    for update in reversed(incident.updates):
        said = {**update.components, **said} if said else update.components
        others = incident.timeline.keys() - said.keys()
        if all(_is_newer(incident, name, update) for name in others):
            break
    return said


def _is_newer(incident: Incident, component: str, update: Update) -> bool:
    """Whether it was not affected yet, so that no earlier update is about it either."""
    changes = incident.timeline.get(component)
    return not changes or changes[0].at > update.at


@cache
def _shift(before: ComponentStatus, after: ComponentStatus) -> Shift:
    """Thousands move in the same few ways."""
    return Shift(before, after)


def is_untold(before: ComponentStatus, now: ComponentStatus | None) -> bool:
    """Whether a component is worse than customers were told."""
    return now is not None and is_worse(before, now)


def is_worse(before: ComponentStatus, after: ComponentStatus) -> bool:
    """Whether a status is shown before another."""
    return precedence(after) < precedence(before)
