"""Situations that a status page meets, as snapshots; also what its screenshots are taken of."""

from __future__ import annotations

from datetime import timedelta

from incidents.model import Shift
from incidents.policy import Group
from statuspage.ports import Snapshot
from tests.statuspage.scenes import (
    DEGRADED,
    IDENTIFIED,
    MAJOR,
    MONITORING,
    NOW,
    OPERATIONAL,
    PARTIAL,
    RESOLVED,
    Scene,
    component,
)


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
