"""Announced work as the file has it."""

from __future__ import annotations

from datetime import timedelta

from incidents.maintenance_dates import problem
from incidents.model import ComponentStatus
from incidents.policy import MaintenancePlan
from monitor.config.names import is_identifier
from monitor.config.nodes import Entry, Items, Map, Node, is_null, kind_of, locate
from monitor.config.schema import MaintenanceSettings
from monitor.config.suggestions import did_you_mean, listing
from monitor.config.validation import Reader, follow

SHOWN = (ComponentStatus.MAINTENANCE, ComponentStatus.OPERATIONAL)
EARLIEST, LATEST = 1970, 2200
LONGEST = timedelta(days=90)


def maintenance_plans(
    root: Map, reader: Reader, names: set[str], timezone: str
) -> dict[str, MaintenancePlan]:
    """Every plan by id; `names` are components and groups, `timezone` is the page's."""
    node = root.get("maintenance")
    if node is not None and not isinstance(node, Map):
        reader.issues.add(node, f"a map is due, not {kind_of(node)}")
    found: dict[str, MaintenancePlan] = {}
    for name, entry in (node.entries if isinstance(node, Map) else {}).items():
        if is_identifier(name, entry.key, reader.issues):
            plan = _plan(name, entry, reader, names, timezone)
            if plan is not None:
                found[name] = plan
    return found


def _plan(
    name: str, entry: Entry, reader: Reader, names: set[str], timezone: str
) -> MaintenancePlan | None:
    node = Map({}, entry.key.place) if is_null(entry.value) else entry.value
    settings: MaintenanceSettings | None = reader.read(
        node, MaintenanceSettings, entry.key, "a maintenance"
    )
    if settings is None:
        return None
    for index, component in enumerate(settings.components):
        if component not in names and not reader.issues.broken:
            listed = isinstance(follow(node, ("components",)), Items)
            near = did_you_mean(component, names)
            reader.issues.add(
                locate(node, ("components", index) if listed else ("components",), entry.key),
                f'no component or group "{component}"{near}',
                "" if near else f"there are {listing(sorted(names))}",
            )
    plan = MaintenancePlan(
        name,
        settings.title,
        settings.starts,
        settings.timezone or timezone,
        settings.lasts,
        settings.description,
        settings.components,
        settings.repeat,
        settings.status,
    )
    _check_dates(plan, node, entry, reader)
    if settings.status not in SHOWN:
        reader.issues.add(
            locate(node, ("status",), entry.key),
            f'"{settings.status}" is not shown during maintenance',
            "under_maintenance or operational",
        )
    return plan


def _check_dates(plan: MaintenancePlan, node: Node, entry: Entry, reader: Reader) -> None:
    """Say what is wrong with when it takes place."""
    if not EARLIEST <= plan.starts.year <= LATEST:
        place = locate(node, ("starts",), entry.key)
        reader.issues.add(place, f"a year between {EARLIEST} and {LATEST} is due")
    elif plan.lasts > LONGEST:
        place = locate(node, ("lasts",), entry.key)
        reader.issues.add(place, f"at most {LONGEST.days} days are due")
    elif plan.repeat is not None and (wrong := problem(plan)):
        place = locate(node, ("repeat",), entry.key)
        reader.issues.add(place, f'"{plan.repeat}": {wrong}', "such as FREQ=WEEKLY;BYDAY=SU")
