"""The page of an incident."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from statuspage.documents import Document
from statuspage.ports import Snapshot
from statuspage.render import Renderer
from statuspage.routes import DocumentRoute
from statuspage.views.incident import incident
from statuspage.views.story import going_on


def render(renderer: Renderer, snapshot: Snapshot, /, id: str) -> Document | None:
    """The page of one public incident."""
    view = incident(snapshot, id, renderer.words)
    return renderer.html("incident", view, path=f"/incidents/{id}") if view else None


def ahead(snapshot: Snapshot) -> Iterator[Mapping[str, str]]:
    """Those that readers come for now."""
    return ({"id": found.id} for found in going_on(snapshot))


def every(snapshot: Snapshot) -> Iterator[Mapping[str, str]]:
    """All there are."""
    return ({"id": found.id} for found in snapshot.board.public_incidents())


ROUTES = (DocumentRoute("/incidents/{id}", render, ageing=True, ahead=ahead, every=every),)
