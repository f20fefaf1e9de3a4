"""Incidents and maintenances as they are told to those who know of some components only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from checks.model import owner_of
from incidents import maintenance_words, messages, roll
from incidents.impact import worst_of
from incidents.maintenance import Maintenance, MaintenanceUpdate
from incidents.messages import troubled
from incidents.model import Incident, Phrase, Shift, Update
from incidents.policy import Policy
from incidents.roll import Roll
from incidents.words import FALLBACK, load

Told = TypeVar("Told", Incident, Update)


def narrowed(incident: Incident, shown: frozenset[str], policy: Policy) -> Incident | None:
    """The incident without the components that are not shown; None where it is about no other.

    The machine's titles and bodies are built from names, so they are said anew of what is left,
    by the names that `policy` has now. An operator's words stay as they are. An incident that
    names no component is about everything.
    """
    if shown.issuperset(incident.timeline):
        return incident
    timeline = {name: changes for name, changes in incident.timeline.items() if name in shown}
    if not timeline:
        return None
    onset_at = min(changes[0].at for changes in timeline.values())
    left = replace(
        incident,
        onset_at=onset_at,
        opened_at=max(incident.opened_at, onset_at),
        published_at=incident.published_at and max(incident.published_at, onset_at),
        timeline=timeline,
        standing=Counter(changes[-1].status for changes in timeline.values()),
        suffered=Counter(map(worst_of, timeline.values())),
        untold=0,
        checks={name: one for name, one in incident.checks.items() if owner_of(name) in shown},
        forgotten=frozenset(name for name in incident.forgotten if owner_of(name) in shown),
    )
    entitled = left if incident.titled else _entitled(left, _title(left, policy))
    return replace(entitled, updates=_updates(incident, entitled, shown, policy))


def narrowed_work(
    maintenance: Maintenance, shown: frozenset[str], policy: Policy
) -> Maintenance | None:
    """A maintenance without the components that are not shown; None where it concerns no other.

    What it is called and described as stands in the file and stays. What the machine said of
    components is said of those that are left, as it may once have concerned others.
    """
    components = tuple(name for name in maintenance.components if name in shown)
    if maintenance.components and not components:
        return None
    known = [policy.components[name] for name in components if name in policy.components]
    groups = {component.group for component in known}
    scope = tuple(name for name in maintenance.scope if name in shown or name in groups)
    names = [messages.component_name(name, policy) for name in components]
    return replace(
        maintenance,
        components=components,
        scope=(scope or components) if maintenance.scope else (),
        updates=tuple(_said_of_work(update, shown, names) for update in maintenance.updates),
    )


def _said_of_work(
    update: MaintenanceUpdate, shown: frozenset[str], names: Sequence[str]
) -> MaintenanceUpdate:
    shifts = {name: shift for name, shift in update.components.items() if name in shown}
    left = replace(update, components=shifts)
    if update.phrase is None:
        return left
    phrase = maintenance_words.concerning(update.phrase, names)
    return replace(left, phrase=phrase, body=messages.told(phrase, "", load(FALLBACK)))


def _entitled(told: Told, phrase: Phrase) -> Told:
    return replace(told, title=messages.written(phrase), title_phrase=phrase)


def _title(incident: Incident, policy: Policy) -> Phrase:
    """What the machine calls it, by what is left of it."""
    now = roll.present(incident)
    if not incident.status.over and troubled(now):
        return messages.title(now, policy)
    return messages.past_title(roll.past(incident), policy)


def _updates(
    incident: Incident, left: Incident, shown: frozenset[str], policy: Policy
) -> tuple[Update, ...]:
    """The posts that are about what is shown, or an operator's about nothing in particular.

    `left` is the incident without the components that are not shown.
    """
    found: list[Update] = []
    for update in incident.updates:
        shifts = {name: shift for name, shift in update.components.items() if name in shown}
        if shifts or (not update.components and update.phrase is None):
            told = _said(update, shifts, policy, first=not found)
            own = incident.titled and update.title == incident.title
            found.append(told if own else _entitled_then(told, left, policy))
    return tuple(found)


def _entitled_then(update: Update, left: Incident, policy: Policy) -> Update:
    """Under what the machine called it when it was posted: by what was in trouble, else as now."""
    found = troubled(_then(update.components))
    if found:
        return _entitled(update, messages.title(found, policy))
    return replace(update, title=left.title, title_phrase=left.title_phrase)


def _said(update: Update, shifts: Mapping[str, Shift], policy: Policy, *, first: bool) -> Update:
    if len(shifts) == len(update.components):
        return update
    if update.phrase is None:
        return replace(update, components=shifts)
    phrase = _phrase(update.phrase.key, shifts, policy, first=first)
    return replace(update, body=messages.written(phrase), phrase=phrase, components=shifts)


def _then(shifts: Mapping[str, Shift]) -> Roll:
    return roll.of({name: shift.after for name, shift in shifts.items()})


_SAID: Mapping[str, Callable[[Roll, Policy], Phrase]] = {
    "opened": messages.opened,
    "relapsed": messages.relapsed,
    "recovered": messages.recovered,
    "resolved": messages.resolved,
    "forgotten": messages.forgotten,
}


def _phrase(key: str, shifts: Mapping[str, Shift], policy: Policy, *, first: bool) -> Phrase:
    """The same said of what is left; of what is well meanwhile, that we keep watching."""
    now = _then(shifts)
    if first and key in ("worsened", "holding", "relapsed") and troubled(now):
        key = "opened"
    if key == "worsened":
        made = messages.worsened(shifts, policy)
    else:
        made = _SAID.get(key, messages.holding)(now, policy)
    return made if made.values else messages.holding(now, policy)
