"""The pages of announced work: all of it, and each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from statuspage.documents import Document
from statuspage.ports import Snapshot
from statuspage.render import Renderer
from statuspage.routes import DocumentRoute
from statuspage.views.maintenance import maintenance, maintenances


def render_all(renderer: Renderer, snapshot: Snapshot, /) -> Document:
    """All announced work."""
    return renderer.html(
        "maintenances", maintenances(snapshot, renderer.words), path="/maintenance"
    )


def render(renderer: Renderer, snapshot: Snapshot, /, id: str) -> Document | None:
    """The page of one maintenance."""
    view = maintenance(snapshot, id, renderer.words)
    return renderer.html("maintenance", view, path=f"/maintenance/{id}") if view else None


def ahead(snapshot: Snapshot) -> Iterator[Mapping[str, str]]:
    """Those that readers come for: what goes on and what comes."""
    return ({"id": one.id} for one in snapshot.board.public_maintenances() if not one.status.over)


def every(snapshot: Snapshot) -> Iterator[Mapping[str, str]]:
    """All there are."""
    return ({"id": one.id} for one in snapshot.board.public_maintenances())


ROUTES = (
    DocumentRoute("/maintenance", render_all, ageing=True),
    DocumentRoute("/maintenance/{id}", render, ageing=True, ahead=ahead, every=every),
)
