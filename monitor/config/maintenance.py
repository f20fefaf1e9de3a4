"""Announced work as the file has it."""

from __future__ import annotations

from incidents.model import ComponentStatus
from incidents.policy import MaintenancePlan
from monitor.config.names import is_identifier
from monitor.config.nodes import Entry, Items, Map, is_null, kind_of, locate
from monitor.config.schema import MaintenanceSettings
from monitor.config.suggestions import did_you_mean, listing
from monitor.config.validation import Reader, follow

SHOWN = (ComponentStatus.MAINTENANCE, ComponentStatus.OPERATIONAL)


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
    if settings.repeat is not None:
        _check_rule(settings, node, entry, reader)
    if settings.status not in SHOWN:
        reader.issues.add(
            locate(node, ("status",), entry.key),
            f'"{settings.status}" is not shown during maintenance',
            "under_maintenance or operational",
        )
    return MaintenancePlan(
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


def _check_rule(settings: MaintenanceSettings, node: object, entry: Entry, reader: Reader) -> None:
    from dateutil.rrule import rrulestr

    rule = str(settings.repeat)
    try:
        rrulestr(rule, dtstart=settings.starts)
    except (ValueError, TypeError, KeyError, AttributeError):
        reader.issues.add(
            locate(entry.value, ("repeat",), entry.key),
            f'"{rule}" is no RFC 5545 rule',
            "such as FREQ=WEEKLY;BYDAY=SU",
        )
