"""Who has which status, as far as words go: the first few of each, and how many there are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from incidents.impact import worst_of
from incidents.model import ComponentStatus, Incident

FIRST = 6
"""So many of each status are known by name: in a storm there are thousands."""


@dataclass(frozen=True, slots=True)
class Row:
    """Those who have one status: the first of them, and how many there are in all."""

    first: tuple[str, ...]
    count: int


Roll = Mapping[ComponentStatus, Row]


def of(statuses: Mapping[str, ComponentStatus]) -> Roll:
    """By the status given for each component."""
    return _called(statuses.items(), Counter(statuses.values()))


def present(incident: Incident) -> Roll:
    """By the status that each component has now."""
    now = ((name, changes[-1].status) for name, changes in incident.timeline.items())
    return _called(now, incident.standing)


def past(incident: Incident) -> Roll:
    """By the worst status that each component has had."""
    worst = ((name, worst_of(changes)) for name, changes in incident.timeline.items())
    return _called(worst, incident.suffered)


def _called(
    statuses: Iterable[tuple[str, ComponentStatus]], counts: Mapping[ComponentStatus, int]
) -> Roll:
    """Goes on only until the first of each are found, as it is known how many there are."""
    first: dict[ComponentStatus, list[str]] = {status: [] for status in counts}
    sought = sum(min(count, FIRST) for count in counts.values())
    for name, status in statuses:
        if len(first[status]) < FIRST:
            first[status].append(name)
            sought -= 1
        if not sought:
            break
    return {status: Row(tuple(first[status]), count) for status, count in counts.items()}
