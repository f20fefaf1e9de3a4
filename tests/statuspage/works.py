"""Maintenances for the stories that examples tell."""

from dataclasses import replace
from datetime import timedelta

from incidents import maintenance
from incidents.events import (
    MaintenanceCancelled,
    MaintenanceCompleted,
    MaintenanceScheduled,
    MaintenanceStarted,
)
from incidents.ids import stable_id
from incidents.maintenance import Work
from incidents.model import ComponentStatus, Shift

MAINTENANCE = ComponentStatus.MAINTENANCE
OPERATIONAL = ComponentStatus.OPERATIONAL


def announce(scene, title, starts_at, components, hours=2, body="Pages may load slowly."):
    """Work is announced, a week ahead; returns its id."""
    id = stable_id("maintenance", title, starts_at.isoformat())
    work = Work(title, starts_at, starts_at + timedelta(hours=hours), tuple(components))
    at = min(starts_at - timedelta(days=7), scene.now)
    scene.add(f"maintenance:{id}", at, MaintenanceScheduled(plan=title, work=work, body=body))
    return id


def begin(scene, id, body="The work has begun."):
    """It begins when it was announced to."""
    work = scene.board.maintenances[id]
    shifts = {name: Shift(OPERATIONAL, MAINTENANCE) for name in work.components}
    event = MaintenanceStarted(from_at=work.starts_at, components=shifts, body=body)
    scene.add(f"maintenance:{id}", work.starts_at, event)


def complete(scene, id, body="The work is done."):
    """It ends when it was announced to."""
    work = scene.board.maintenances[id]
    shifts = {name: Shift(MAINTENANCE, OPERATIONAL) for name in work.components}
    event = MaintenanceCompleted(to_at=work.ends_at, components=shifts, body=body)
    scene.add(f"maintenance:{id}", work.ends_at, event)


def cancel(scene, id, body="The work will not take place."):
    """It will not take place."""
    scene.add(f"maintenance:{id}", scene.now, MaintenanceCancelled(body=body))


def four_works(scene):
    """One of each: done, under way, to come, cancelled; ids by word."""
    ids = {
        "done": announce(scene, "New disks", scene.ago(days=9), ["search"]),
        "active": announce(scene, "New database", scene.ago(hours=1), ["payments", "checkout"]),
        "next": announce(scene, "New certificates", scene.ago(days=-3), ["signin"]),
        "later": announce(scene, "New network", scene.ago(days=-20), ["signin", "api"]),
        "cancelled": announce(scene, "New office", scene.ago(days=-2), ["phone"]),
    }
    for word in ("done", "active"):
        begin(scene, ids[word])
    complete(scene, ids["done"])
    cancel(scene, ids["cancelled"])
    return ids


def snapshot(scene):
    """What stands after the story, with what the works did to their components."""
    made = scene.snapshot()
    done = [span for work in scene.board.maintenances.values() for span in maintenance.spans(work)]
    return replace(made, spans=[*made.spans, *done])
