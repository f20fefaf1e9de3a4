"""Our own API: announced work."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from statuspage.documents import Document
from statuspage.operations import Operation, json_document, routes
from statuspage.ports import Snapshot
from statuspage.problems import problem
from statuspage.render import Renderer
from statuspage.views import api_v1_maintenances as views


def render_all(
    renderer: Renderer, snapshot: Snapshot, /, *, asked: views.MaintenanceQuery
) -> Document:
    """A page of maintenances."""
    return json_document(_teller(renderer, snapshot).listed(asked))


def render_one(renderer: Renderer, snapshot: Snapshot, /, id: str) -> Document:
    """One maintenance."""
    found = snapshot.board.maintenances.get(id)
    if found is None:
        return problem(404, "There is no such maintenance; /api/v1/maintenances lists them.")
    return json_document(_teller(renderer, snapshot).told(found))


def _teller(renderer: Renderer, snapshot: Snapshot) -> views.MaintenanceTeller:
    return views.MaintenanceTeller(snapshot, renderer.words, renderer.address)


def _announced(snapshot: Snapshot) -> Iterator[Mapping[str, str]]:
    return ({"id": id} for id in snapshot.board.maintenances)


OPERATIONS = (
    Operation(
        "list_maintenances",
        "/api/v1/maintenances",
        "Maintenances, what comes last first, a page at a time.",
        views.MaintenanceList,
        render_all,
        (400,),
        query=views.MaintenanceQuery,
    ),
    Operation(
        "get_maintenance",
        "/api/v1/maintenances/{id}",
        "One maintenance with all its updates.",
        views.Maintenance,
        render_one,
        (404,),
        every=_announced,
    ),
)

ROUTES = routes(OPERATIONS)
