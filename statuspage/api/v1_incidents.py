"""Our own API: incidents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from statuspage.documents import Document
from statuspage.operations import Operation, json_document, routes
from statuspage.ports import Snapshot
from statuspage.problems import problem
from statuspage.render import Renderer
from statuspage.views import api_v1_incidents as views


def render_all(
    renderer: Renderer, snapshot: Snapshot, /, *, asked: views.IncidentQuery
) -> Document:
    """A page of incidents."""
    return json_document(_teller(renderer, snapshot).listed(asked))


def render_one(renderer: Renderer, snapshot: Snapshot, /, id: str) -> Document:
    """One incident."""
    found = snapshot.board.incidents.get(id)
    if found is None or not found.public:
        return problem(404, "There is no such incident; /api/v1/incidents lists them.")
    return json_document(_teller(renderer, snapshot).told(found))


def _teller(renderer: Renderer, snapshot: Snapshot) -> views.IncidentTeller:
    return views.IncidentTeller(snapshot, renderer.words, renderer.address)


def _public(snapshot: Snapshot) -> Iterator[Mapping[str, str]]:
    return ({"id": found.id} for found in snapshot.board.incidents.values() if found.public)


OPERATIONS = (
    Operation(
        "list_incidents",
        "/api/v1/incidents",
        "Incidents, newest first, a page at a time.",
        views.IncidentList,
        render_all,
        (400,),
        query=views.IncidentQuery,
    ),
    Operation(
        "get_incident",
        "/api/v1/incidents/{id}",
        "One incident with all its updates.",
        views.Incident,
        render_one,
        (404,),
        every=_public,
    ),
)

ROUTES = routes(OPERATIONS)
