"""Atlassian Statuspage's public read API, version 2, so that existing clients work."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from statuspage.documents import BRIEFLY, JSON, REVALIDATE, Document
from statuspage.ports import Snapshot
from statuspage.render import Renderer
from statuspage.routes import Page, Render
from statuspage.views.api_v2 import ApiView, api_view
from statuspage.views.standing import is_blind

Fields = Callable[[ApiView], dict[str, Any]]


def _endpoint(fields: Fields) -> Render:
    """A renderer of one endpoint; without fresh results none of them claims anything."""

    def render(renderer: Renderer, snapshot: Snapshot, /, **_: str) -> Document:
        view = api_view(snapshot, renderer.words, renderer.address)
        if is_blind(snapshot):
            told = {"page": view.page, "error": renderer.words("error.text_503")}
            return _document(told, 503, REVALIDATE)
        return _document({"page": view.page, **fields(view)}, 200, BRIEFLY)

    return render


def _document(told: dict[str, Any], status: int, cache: str) -> Document:
    body = msgspec.json.encode(told)
    return Document(JSON, body, status=status, cache=cache, shared=True)


ENDPOINTS: dict[str, Fields] = {
    "summary": lambda view: {
        "components": view.components,
        "incidents": view.unresolved,
        "scheduled_maintenances": [],
        "status": view.status,
    },
    "status": lambda view: {"status": view.status},
    "components": lambda view: {"components": view.components},
    "incidents": lambda view: {"incidents": view.incidents},
    "incidents/unresolved": lambda view: {"incidents": view.unresolved},
    "scheduled-maintenances": lambda _: {"scheduled_maintenances": []},
    "scheduled-maintenances/upcoming": lambda _: {"scheduled_maintenances": []},
    "scheduled-maintenances/active": lambda _: {"scheduled_maintenances": []},
}

ROUTES = tuple(
    Page(f"/api/v2/{name}.json", _endpoint(fields)) for name, fields in ENDPOINTS.items()
)
