"""The history pages, one for each month."""

from __future__ import annotations

from statuspage.documents import Document
from statuspage.ports import Snapshot
from statuspage.render import Renderer
from statuspage.routes import Page, none_ahead
from statuspage.views.history import history


def render(renderer: Renderer, snapshot: Snapshot, /, month: str = "") -> Document | None:
    """A month of incidents."""
    view = history(snapshot, renderer.words, month)
    return renderer.html("history", view, path="/history") if view else None


ROUTES = (
    Page("/history", render, ageing=True),
    Page("/history/{month}", render, ahead=none_ahead),
)
