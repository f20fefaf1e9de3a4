"""A story of components and incidents, told as events, and the snapshot that follows from it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache

from checks.rollup import LatencyPoint
from incidents import impact
from incidents.board import Board
from incidents.events import (
    ComponentKnown,
    ComponentRegistered,
    ComponentUnknown,
    Event,
    Opened,
    Published,
    Recorded,
    StatusChanged,
    UpdateEdited,
    UpdatePosted,
)
from incidents.ids import stable_id
from incidents.model import ComponentStatus, IncidentStatus, Shift, Span
from incidents.policy import CheckPolicy, Component, Group, Policy, Publication
from statuspage.ports import Snapshot
from statuspage.site import Page

NOW = datetime(2026, 11, 21, 13, 14, 31, tzinfo=UTC)
"""A Saturday, 14:14:31 in Berlin."""

OPERATIONAL = ComponentStatus.OPERATIONAL
DEGRADED = ComponentStatus.DEGRADED
PARTIAL = ComponentStatus.PARTIAL_OUTAGE
MAJOR = ComponentStatus.MAJOR_OUTAGE
UNKNOWN = ComponentStatus.UNKNOWN

INVESTIGATING = IncidentStatus.INVESTIGATING
IDENTIFIED = IncidentStatus.IDENTIFIED
MONITORING = IncidentStatus.MONITORING
RESOLVED = IncidentStatus.RESOLVED

PAGE = Page(name="Acme", url="https://status.acme.example", timezone="Europe/Berlin")

GROUPS = {"shop": Group("shop", "Shop"), "platform": Group("platform", "Platform")}


def component(id: str, name: str, group: str | None = None, *depends_on: str) -> Component:
    """A component with one check."""
    return Component(id, name, group, depends_on=depends_on, checks=(f"{id}/probe",))


COMPONENTS = (
    component("checkout", "Checkout", "shop", "payments"),
    component("invoices", "Invoices", "shop", "payments"),
    component("search", "Search", "shop"),
    component("payments", "Payments", "platform"),
    component("api", "Public API", "platform"),
    component("signin", "Sign-in"),
    component("mail", "Mail delivery"),
    Component("phone", "Phone support"),
)


def policy(components: Sequence[Component], groups: Mapping[str, Group] = GROUPS) -> Policy:
    """A policy that probes every 30 seconds."""
    return Policy(
        components={found.id: found for found in components},
        checks={
            check: CheckPolicy(check, timedelta(seconds=30), timedelta(seconds=5), ("here",))
            for found in components
            for check in found.checks
        },
        groups=groups,
    )


@dataclass
class Scene:
    """Tells a story as events and makes the snapshot that follows from them."""

    components: Sequence[Component] = COMPONENTS
    now: datetime = NOW
    began: datetime = NOW - timedelta(days=200)
    page: Page = PAGE
    groups: Mapping[str, Group] = field(default_factory=lambda: GROUPS)
    board: Board = field(default_factory=Board)
    silent: list[Span] = field(default_factory=list)

    def __post_init__(self) -> None:
        for found in self.components:
            public_id = stable_id("component", found.id)
            self.add(
                f"component:{found.id}", self.began, ComponentRegistered(public_id, found.name)
            )

    def add(self, subject: str, at: datetime, *events: Event) -> None:
        """Write events down."""
        for event in events:
            sequence = self.board.sequences.get(subject, 0) + 1
            position = self.board.position + 1
            self.board.apply(Recorded(position, subject, sequence, at, "machine", event))

    def ago(self, *, days: float = 0, hours: float = 0, minutes: float = 0) -> datetime:
        """An instant before now."""
        return self.now - timedelta(days=days, hours=hours, minutes=minutes)

    def open(
        self,
        title: str,
        onset: datetime,
        affected: Mapping[str, ComponentStatus],
        body: str,
        promised_at: datetime | None = None,
        *,
        public: bool = True,
        after: timedelta = timedelta(minutes=1),
    ) -> str:
        """An incident begins; returns its id."""
        id = stable_id("incident", title, onset.isoformat())
        subject, at = f"incident:{id}", onset + after
        self.add(subject, at, Opened(title, onset, Publication()))
        for name, status in affected.items():
            self.add(subject, at, StatusChanged(name, status, onset))
        if public:
            self.add(subject, at, Published())
            shifts = {name: Shift(OPERATIONAL, status) for name, status in affected.items()}
            self.post(id, at, INVESTIGATING, body, promised_at, shifts)
        return id

    def post(
        self,
        id: str,
        at: datetime,
        status: IncidentStatus,
        body: str,
        promised_at: datetime | None = None,
        shifts: Mapping[str, Shift] | None = None,
        *,
        automatic: bool = False,
    ) -> str:
        """An update; returns its id."""
        subject = f"incident:{id}"
        update = stable_id("update", id, str(self.board.sequences.get(subject, 0) + 1))
        self.add(
            subject,
            at,
            UpdatePosted(
                update,
                status,
                body,
                promised_at=promised_at,
                automatic=automatic,
                components=shifts or {},
            ),
        )
        return update

    def edit(self, id: str, update: str, at: datetime, body: str) -> None:
        """An update gets other words."""
        self.add(f"incident:{id}", at, UpdateEdited(update, body))

    def change(self, id: str, at: datetime, **statuses: ComponentStatus) -> None:
        """Components of an incident have another status from then on."""
        for name, status in statuses.items():
            self.add(f"incident:{id}", at, StatusChanged(name, status, at))

    def past(
        self,
        title: str,
        days: float,
        minutes: float,
        affected: Mapping[str, ComponentStatus],
        body: str = "We are looking into it.",
        last: str = "It is over. We are sorry for the trouble.",
    ) -> str:
        """A whole incident that is over."""
        onset = self.ago(days=days)
        end = onset + timedelta(minutes=minutes)
        id = self.open(title, onset, affected, body)
        self.change(id, end, **dict.fromkeys(affected, OPERATIONAL))
        shifts = {name: Shift(status, OPERATIONAL) for name, status in affected.items()}
        self.post(id, end, RESOLVED, last, shifts=shifts)
        return id

    def lose(self, name: str, from_at: datetime, to_at: datetime | None = None) -> None:
        """No check of a component can tell."""
        self.add(f"component:{name}", from_at, ComponentUnknown(from_at, "no results"))
        if to_at:
            self.add(f"component:{name}", to_at, ComponentKnown(to_at))
        self.silent += impact.unknown_spans(name, from_at, to_at)

    def snapshot(self, **changes: object) -> Snapshot:
        """What stands after all of it."""
        spans = [
            span for found in self.board.incidents.values() for span in impact.incident_spans(found)
        ]
        made = Snapshot(
            at=self.now,
            page=self.page,
            policy=policy(self.components, self.groups),
            board=self.board,
            spans=[*spans, *self.silent],
            latencies={
                found.id: latencies(self.now, number)
                for number, found in enumerate(self.components)
                if found.checks
            },
            last_result_at=self.now - timedelta(seconds=2),
            fresh_until=self.now + timedelta(seconds=60),
            subscribe_by=("mail",),
        )
        return replace(made, **changes)  # type: ignore[arg-type]


@cache
def latencies(now: datetime, seed: int, base: float = 0.08) -> tuple[LatencyPoint, ...]:
    """A day of response times that rises by day and has a bump."""
    points = []
    for step in range(96):
        wave = 1 + 0.3 * math.sin(step / 96 * math.tau + seed) + 0.06 * math.sin(step * 2.3 + seed)
        bump = 0.8 if step in (60 + seed, 61 + seed) else 0
        median = base * (1 + seed / 3) * (wave + bump)
        at = now - timedelta(minutes=15 * (96 - step))
        points.append(LatencyPoint(at, median, median * (1.7 + 0.3 * math.sin(step * 1.7)), 30))
    return tuple(points)
