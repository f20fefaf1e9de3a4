"""The start page."""

from __future__ import annotations

from statuspage.documents import Document
from statuspage.ports import Snapshot
from statuspage.render import Renderer
from statuspage.routes import DocumentRoute
from statuspage.views.home import home


def render(renderer: Renderer, snapshot: Snapshot, /) -> Document:
    """The start page as of the snapshot."""
    return renderer.html("home", home(snapshot, renderer.words), path="/")


ROUTES = (DocumentRoute("/", render, ageing=True),)
