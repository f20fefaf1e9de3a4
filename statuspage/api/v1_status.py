"""Our own API: the page at a glance."""

from __future__ import annotations

from statuspage.documents import Document
from statuspage.operations import Operation, json_document, routes
from statuspage.ports import Snapshot
from statuspage.render import Renderer
from statuspage.routes import itself
from statuspage.views import api_v1_status as views


def render(renderer: Renderer, snapshot: Snapshot, /) -> Document:
    """The page in one answer."""
    return json_document(views.status(snapshot, renderer.words, renderer.address))


OPERATIONS = (
    Operation(
        "get_status",
        "/api/v1/status",
        "Is it broken? The page at a glance, with open incidents and coming maintenance.",
        views.Status,
        render,
        every=itself,
    ),
)

ROUTES = routes(OPERATIONS)
