"""How each component stands at the instant of a snapshot, and how it came to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from incidents import impact
from incidents.detect import WAITS
from incidents.impact import flatten
from incidents.model import ComponentStatus, Span
from incidents.policy import Component
from incidents.words import Words
from statuspage.ports import Snapshot
from statuspage.views.text import line
from statuspage.views.times import Times


@dataclass(frozen=True, slots=True)
class Standing:
    """One component now.

    `status` is what may be claimed; `confirmed` is the last status that was known, which
    formats without a word for unknown go on telling. `since_at` is when `status` began, None
    while nothing but operational was ever seen. `existed_at` is when it was first configured.
    `awaited` is true while nothing was ever heard of it.
    """

    component: Component
    name: str
    public_id: str
    status: ComponentStatus
    confirmed: ComponentStatus
    since_at: datetime | None
    existed_at: datetime
    stretches: Sequence[Span]
    awaited: bool = False

    @property
    def well(self) -> bool:
        """Whether there is nothing to say about it."""
        return self.status is ComponentStatus.OPERATIONAL

    @property
    def known(self) -> bool:
        """Whether its status can be told."""
        return self.status is not ComponentStatus.UNKNOWN


def times_of(snapshot: Snapshot, words: Words) -> Times:
    """Times as the page tells them, seen from the snapshot's instant."""
    return Times(words, ZoneInfo(snapshot.page.timezone), snapshot.at)


def is_stale(snapshot: Snapshot) -> bool:
    """Whether results have stopped for so long that nothing may be claimed."""
    return snapshot.fresh_until is not None and snapshot.at > snapshot.fresh_until


def is_measured(snapshot: Snapshot) -> bool:
    """Whether any component is judged by checks at all, rather than by operators alone."""
    return any(component.checks for component in snapshot.policy.components.values())


def is_blind(snapshot: Snapshot) -> bool:
    """Whether components with checks cannot be told: no result yet, or none lately."""
    return is_measured(snapshot) and (snapshot.last_result_at is None or is_stale(snapshot))


def standings(snapshot: Snapshot) -> dict[str, Standing]:
    """Every configured component, in the order of the file."""
    grouped = _by_component(snapshot.spans)
    return {
        name: _standing(snapshot, component, grouped.get(name, ()))
        for name, component in snapshot.policy.components.items()
    }


def overall(snapshot: Snapshot) -> ComponentStatus:
    """The worst state of all, which the icon of every page shows."""
    if is_blind(snapshot):
        return ComponentStatus.UNKNOWN
    found = (standing.status for standing in standings(snapshot).values())
    return impact.worst(found) if snapshot.policy.components else ComponentStatus.UNKNOWN


def _standing(snapshot: Snapshot, component: Component, spans: Sequence[Span]) -> Standing:
    registration = snapshot.board.components.get(component.id)
    existed_at = registration.since_at if registration else snapshot.at
    stretches = flatten(spans) if spans else ()
    status, since_at = _current(stretches, snapshot.at)
    confirmed = snapshot.board.confirmed_status(component.id)
    if component.checks and is_blind(snapshot):
        status, since_at = ComponentStatus.UNKNOWN, snapshot.last_result_at
    return Standing(
        component=component,
        name=line(component.name) or component.id,
        public_id=registration.public_id if registration else component.id,
        status=status,
        confirmed=confirmed if status is ComponentStatus.UNKNOWN else status,
        since_at=since_at,
        existed_at=existed_at,
        stretches=stretches,
        awaited=registration is not None and registration.unknown_reason in WAITS,
    )


def _by_component(spans: Sequence[Span]) -> Mapping[str, Sequence[Span]]:
    grouped: dict[str, list[Span]] = defaultdict(list)
    for span in spans:
        grouped[span.component].append(span)
    return grouped


def _current(stretches: Sequence[Span], at: datetime) -> tuple[ComponentStatus, datetime | None]:
    last = stretches[-1] if stretches else None
    if last is None or (last.to_at is not None and last.to_at < at):
        return ComponentStatus.OPERATIONAL, last.to_at if last else None
    return last.status, last.from_at
