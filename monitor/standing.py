"""Keeps the metrics of verdicts, statuses, incidents and sight equal to what stands now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from incidents.board import Board
from incidents.impact import incident_impact, worst
from incidents.model import ComponentStatus, Impact, Verdict
from incidents.policy import CheckPolicy
from monitor.metrics import STATUS_CODES, VERDICT_CODES, PrometheusMeter
from monitor.sight import locations_of


class Standing:
    """Shows what stands before a scrape; writes only what changed, and forgets what is gone."""

    def __init__(self, meter: PrometheusMeter) -> None:
        """Start with nothing shown."""
        self._meter = meter
        self._checks: dict[str, int] = {}
        self._components: dict[str, int] = {}
        self._canaries: frozenset[str] = frozenset()
        self._locations: frozenset[str] = frozenset()

    def show(self, verdicts: Mapping[str, Verdict], board: Board) -> None:
        """Take over the present verdict of every check, and the board."""
        checks = {check: VERDICT_CODES[held.judgement] for check, held in verdicts.items()}
        for check, code in checks.items() - self._checks.items():
            component = check.partition("/")[0]
            self._meter.gauge("upfront_check_verdict", code, check=check, component=component)
        for check in self._checks.keys() - checks.keys():
            self._meter.forget(check=check)
        self._checks = checks
        self._show_components(board)
        self._show_incidents(board)

    def show_sight(self, canaries: Mapping[str, CheckPolicy], blind: frozenset[str]) -> None:
        """Take over where canaries are asked from, and where none of them answers."""
        locations = locations_of(canaries)
        for location in locations:
            self._meter.gauge("upfront_location_blind", location in blind, location=location)
        for canary in self._canaries - canaries.keys():
            self._meter.forget(canary=canary)
        for location in self._locations - locations:
            self._meter.forget(location=location)
        self._canaries, self._locations = frozenset(canaries), locations

    def _show_components(self, board: Board) -> None:
        components = {
            name: STATUS_CODES[unheld_status(board, name)]
            for name, known in board.components.items()
            if known.removed_at is None
        }
        for name, code in components.items() - self._components.items():
            self._meter.gauge("upfront_component_status", code, component=name)
        for name in self._components.keys() - components.keys():
            self._meter.forget(component=name)
        self._components = components

    def _show_incidents(self, board: Board) -> None:
        impacts = Counter(incident_impact(incident) for incident in board.open_incidents())
        for impact in Impact:
            self._meter.gauge("upfront_open_incidents", impacts[impact], impact=impact)


def unheld_status(board: Board, component: str) -> ComponentStatus:
    """A component's status with nothing held back: by all open incidents, public or not."""
    statuses = [incident.status_of(component) for incident in board.open_on(component)]
    if board.components[component].unknown_since is not None:
        statuses.append(ComponentStatus.UNKNOWN)
    return worst(statuses)
