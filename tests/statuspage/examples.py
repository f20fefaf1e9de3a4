"""Situations that a status page meets, as snapshots; also what its screenshots are taken of."""

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


def with_past(scene: Scene) -> Scene:
    """The marks that a real quarter leaves."""
    scene.past(
        "Search is slow",
        2.2,
        34,
        {"search": DEGRADED},
        "Searching takes up to ten seconds. Everything else works.",
        "Searching is fast again. A new index had been built in busy hours; it now waits "
        "for the night. We are sorry.",
    )
    scene.past(
        "Sign-in is partly down",
        9.1,
        12,
        {"signin": PARTIAL},
        last="Sign-in works again. A certificate had been renewed on three of four machines.",
    )
    scene.past(
        "Payments is down",
        26.4,
        71,
        {"payments": MAJOR, "checkout": MAJOR},
        "Card payments fail. Nothing is charged twice.",
    )
    scene.past("Public API is slow", 41.0, 260, {"api": DEGRADED})
    scene.past("Invoices is down", 63.7, 18, {"invoices": MAJOR})
    scene.lose("mail", scene.ago(days=52), scene.ago(days=50))
    return scene


def all_good() -> Snapshot:
    """Nothing is wrong."""
    return with_past(Scene()).snapshot()


def one_slow() -> Snapshot:
    """One component is slow."""
    scene = with_past(Scene())
    scene.open(
        "Checkout is slow",
        scene.ago(minutes=12),
        {"checkout": DEGRADED},
        "Checkout is slow: pages take about 4 seconds instead of 0.3. Orders go through. "
        "We are looking into it.",
        scene.now + timedelta(minutes=16),
    )
    return scene.snapshot()


def major_outage() -> Snapshot:
    """One is down and takes two others along."""
    scene = with_past(Scene())
    onset = scene.ago(minutes=12)
    id = scene.open(
        "Payments is down",
        onset,
        {"payments": MAJOR, "checkout": MAJOR, "invoices": PARTIAL},
        "Payments is down, Checkout and Invoices are affected. We are looking into it.",
        scene.ago(minutes=-5),
    )
    scene.post(
        id,
        scene.ago(minutes=4),
        IDENTIFIED,
        "Our payment provider does not answer. **Orders are kept** and charged once, when it is "
        "back. You need not order again.",
        scene.now + timedelta(minutes=16),
    )
    return scene.snapshot()


def recovering() -> Snapshot:
    """All is well again, and the incident is still watched."""
    scene = with_past(Scene())
    id = scene.open(
        "Payments is down",
        scene.ago(minutes=52),
        {"payments": MAJOR},
        "Payments is down. We are looking into it.",
        scene.ago(minutes=22),
    )
    scene.change(id, scene.ago(minutes=6), payments=OPERATIONAL)
    scene.post(
        id,
        scene.ago(minutes=5),
        MONITORING,
        "Payments works again. We are watching it.",
        scene.now + timedelta(minutes=25),
        {"payments": Shift(MAJOR, OPERATIONAL)},
        automatic=True,
    )
    return scene.snapshot()


def one_unknown() -> Snapshot:
    """Nobody can tell of one component."""
    scene = with_past(Scene())
    scene.lose("payments", scene.ago(minutes=12))
    return scene.snapshot()


def stale() -> Snapshot:
    """Results have stopped altogether."""
    scene = with_past(Scene())
    return scene.snapshot(last_result_at=scene.ago(minutes=12), fresh_until=scene.ago(minutes=11))


def no_results() -> Snapshot:
    """The first minute of a new installation."""
    scene = Scene(began=NOW)
    return scene.snapshot(last_result_at=None, fresh_until=None, latencies={}, subscribe_by=())


def no_components() -> Snapshot:
    """A page of nothing."""
    return Scene(components=()).snapshot(last_result_at=None, fresh_until=None)


def long_incident() -> tuple[Snapshot, str]:
    """An incident with a whole life, and its id."""
    scene = with_past(Scene())
    onset = scene.ago(hours=5)
    id = scene.open(
        "Payments is down",
        onset,
        {"payments": MAJOR, "checkout": MAJOR, "invoices": PARTIAL},
        "Payments is down, Checkout and Invoices are affected. We are looking into it.",
        onset + timedelta(minutes=30),
    )
    update = scene.post(
        id,
        onset + timedelta(minutes=9),
        IDENTIFIED,
        "Our payment provider does not answer. **Orders are kept** and charged "
        "once, when it is back.\n\n- You need not order again.\n"
        "- Bank transfers work.",
        onset + timedelta(minutes=40),
    )
    scene.edit(
        id,
        update,
        onset + timedelta(minutes=12),
        "Our payment provider does not answer. **Orders are kept** and charged once, when "
        "it is back.\n\n- You need not order again.\n- Bank transfers work as always, see "
        "[how to pay](https://acme.example/pay).",
    )
    scene.post(
        id,
        onset + timedelta(minutes=40),
        IDENTIFIED,
        "Payments is still down. We have no more news yet.",
        onset + timedelta(minutes=70),
        automatic=True,
    )
    scene.change(
        id,
        onset + timedelta(minutes=52),
        payments=OPERATIONAL,
        checkout=OPERATIONAL,
        invoices=OPERATIONAL,
    )
    scene.post(
        id,
        onset + timedelta(minutes=54),
        MONITORING,
        "The provider is back. Kept orders are being charged; we are watching it.",
        onset + timedelta(minutes=84),
        {
            "payments": Shift(MAJOR, OPERATIONAL),
            "checkout": Shift(MAJOR, OPERATIONAL),
            "invoices": Shift(PARTIAL, OPERATIONAL),
        },
    )
    scene.post(
        id,
        onset + timedelta(minutes=82),
        RESOLVED,
        "All kept orders are charged. We are sorry: from next month a second provider stands by.",
    )
    return scene.snapshot(), id


def many(components: int = 300, groups: int = 12) -> Snapshot:
    """A large page with trouble."""
    found = tuple(
        component(f"c{number}", f"Service {number}", f"g{number % groups}")
        for number in range(components)
    )
    named = {f"g{number}": Group(f"g{number}", f"Region {number}") for number in range(groups)}
    scene = Scene(components=found, groups=named)
    for number in range(0, components, 3):
        scene.past("Slow", 1 + number % 80, 30, {f"c{number}": DEGRADED})
    scene.open("Down", scene.ago(minutes=9), {"c7": MAJOR, "c19": PARTIAL}, "We are on it.")
    return scene.snapshot()


SITUATIONS = {
    "all-good": all_good,
    "one-slow": one_slow,
    "major-outage": major_outage,
    "recovering": recovering,
    "one-unknown": one_unknown,
    "stale": stale,
    "no-results": no_results,
    "no-components": no_components,
    "many": many,
}
