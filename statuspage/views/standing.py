"""How each component stands at the instant of a snapshot, and how it came to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from incidents import impact
from incidents.detect import WAITS
from incidents.impact import flatten
from incidents.model import ComponentStatus, Span
from incidents.policy import Component
from statuspage.ports import Snapshot
from statuspage.views.freshness import is_blind
from statuspage.views.text import line


@dataclass(frozen=True, slots=True)
class Standing:
    """One component now.

    `status` is what may be claimed; `confirmed` is the last status that was known, which
    formats without a word for unknown go on telling. `since_at` is when `status` began, None
    while nothing but operational was ever seen. `existed_at` is when it was first configured,
    `gone_at` when it was no more. `awaited` is true while nothing was ever heard of it.
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
    gone_at: datetime | None = None

    @property
    def path(self) -> str:
        """Its page."""
        return f"/components/{self.component.id}"

    @property
    def well(self) -> bool:
        """Whether there is nothing to say about it."""
        return self.status is ComponentStatus.OPERATIONAL

    @property
    def known(self) -> bool:
        """Whether its status can be told."""
        return self.status is not ComponentStatus.UNKNOWN


@lru_cache(maxsize=1)
def standings(snapshot: Snapshot) -> Mapping[str, Standing]:
    """Every configured component, in the order of the file.

    Many documents in a row are made from one snapshot, and with years of incidents this is
    what takes longest.
    """
    grouped: dict[str, list[Span]] = defaultdict(list)
    for span in snapshot.spans:
        grouped[span.component].append(span)
    return {
        name: _standing(snapshot, component, grouped.get(name, ()))
        for name, component in snapshot.policy.components.items()
    }


def find(snapshot: Snapshot, id: str) -> Standing | None:
    """A component by its id, a former id or its public id; also one that left only history."""
    component = _configured(snapshot, id)
    if component is None:
        return _gone(snapshot, id)
    return _standing(snapshot, component, _spans_of(component.id, snapshot))


def told_of(snapshot: Snapshot) -> Iterator[str]:
    """The ids of all components that have a page: the configured, and the gone with history."""
    configured = snapshot.policy.components
    yield from configured
    for id, known in snapshot.board.components.items():
        if id not in configured and known.removed_at and _has_history(snapshot, id):
            yield id


def overall(snapshot: Snapshot) -> ComponentStatus:
    """The worst state of all, which the icon of every page shows."""
    if is_blind(snapshot):
        return ComponentStatus.UNKNOWN
    return worst_of(standings(snapshot).values())


def worst_of(found: Collection[Standing]) -> ComponentStatus:
    """The worst state of these; of none nobody can tell."""
    if not found:
        return ComponentStatus.UNKNOWN
    return impact.worst(standing.status for standing in found)


def group_name(standing: Standing, snapshot: Snapshot) -> str:
    """What the group that a component is shown in is called, empty where it is in none."""
    group = snapshot.policy.groups.get(standing.component.group or "")
    return line(group.name) if group else ""


def _configured(snapshot: Snapshot, id: str) -> Component | None:
    components, known = snapshot.policy.components, snapshot.board.components
    if id in components:
        return components[id]
    for component in components.values():
        registration = known.get(component.id)
        if id in component.aliases or (registration and registration.public_id == id):
            return component
    return None


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


def _current(stretches: Sequence[Span], at: datetime) -> tuple[ComponentStatus, datetime | None]:
    """The status at an instant, and since when; None while it was never another."""
    last = stretches[-1] if stretches else None
    if last is None or (last.to_at is not None and last.to_at < at):
        return ComponentStatus.OPERATIONAL, last.to_at if last else None
    return last.status, last.from_at


def _gone(snapshot: Snapshot, id: str) -> Standing | None:
    """A component that is no longer configured, as long as incidents tell of it."""
    known = snapshot.board.components.get(id)
    if known is None or known.removed_at is None or not _has_history(snapshot, id):
        return None
    name = line(known.name) or id
    return Standing(
        component=Component(id, name),
        name=name,
        public_id=known.public_id,
        status=ComponentStatus.UNKNOWN,
        confirmed=ComponentStatus.UNKNOWN,
        since_at=known.removed_at,
        existed_at=known.since_at,
        stretches=flatten(_spans_of(id, snapshot)),
        gone_at=known.removed_at,
    )


def _has_history(snapshot: Snapshot, id: str) -> bool:
    return any(
        incident.public and id in incident.timeline
        for incident in snapshot.board.incidents.values()
    )


def _spans_of(component: str, snapshot: Snapshot) -> list[Span]:
    return [span for span in snapshot.spans if span.component == component]
