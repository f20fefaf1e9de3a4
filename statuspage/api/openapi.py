"""The description of the API for programs that write or try programs."""

from __future__ import annotations

from statuspage.api import (
    statuspage_v2,
    v1_components,
    v1_incidents,
    v1_maintenances,
    v1_status,
)
from statuspage.documents import Document
from statuspage.openapi import describe
from statuspage.operations import Operation, json_document
from statuspage.ports import Snapshot
from statuspage.preflight import preflight
from statuspage.render import Renderer
from statuspage.routes import DocumentRoute, itself, none_ahead
from statuspage.views.text import line

OPERATIONS: tuple[Operation, ...] = (
    *v1_status.OPERATIONS,
    *v1_components.OPERATIONS,
    *v1_incidents.OPERATIONS,
    *v1_maintenances.OPERATIONS,
    *statuspage_v2.OPERATIONS,
)


def render(renderer: Renderer, snapshot: Snapshot, /) -> Document:
    """The description, with the page's own name and address."""
    page = snapshot.page
    return json_document(
        describe(OPERATIONS, line(page.name), renderer.address, private=page.private)
    )


PATH = "/api/v1/openapi.json"

ROUTES = (
    DocumentRoute(PATH, render, ahead=none_ahead, every=itself, spoken=False),
    preflight(PATH),
)
