"""Atlassian Statuspage's public read API, version 2, so that existing clients work."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from statuspage.documents import Document
from statuspage.operations import Operation, json_document, routes
from statuspage.ports import Snapshot
from statuspage.render import Renderer
from statuspage.routes import Render, itself
from statuspage.views.api_v2 import Statuspage
from statuspage.views.api_v2_shapes import (
    StatuspageComponents,
    StatuspageIncidents,
    StatuspageMaintenances,
    StatuspageStatus,
    StatuspageSummary,
    StatuspageUnavailable,
)
from statuspage.views.freshness import is_blind

Tell = Callable[[Statuspage], msgspec.Struct]


def _rendered(tell: Tell) -> Render:
    """A renderer of one endpoint; without fresh results none of them claims anything."""

    def render(renderer: Renderer, snapshot: Snapshot, /) -> Document:
        view = Statuspage(snapshot, renderer.words, renderer.address)
        if is_blind(snapshot):
            told = StatuspageUnavailable(view.page, renderer.words("error.text_503"))
            return json_document(told, 503)
        return json_document(tell(view))

    return render


def _summary(view: Statuspage) -> StatuspageSummary:
    announced = view.active + view.upcoming
    return StatuspageSummary(view.page, view.components, view.unresolved, announced, view.status)


def _operation(path: str, summary: str, answer: type[msgspec.Struct], tell: Tell) -> Operation:
    name = "statuspage_" + path.replace("/", "_").replace("-", "_")
    return Operation(
        name,
        f"/api/v2/{path}.json",
        summary,
        answer,
        _rendered(tell),
        refusals=(503,),
        refusal=StatuspageUnavailable,
        ahead=itself,
        ageing=False,
    )


OPERATIONS = (
    _operation("summary", "The page at a glance.", StatuspageSummary, _summary),
    _operation(
        "status",
        "The page in one word and one sentence.",
        StatuspageStatus,
        lambda view: StatuspageStatus(view.page, view.status),
    ),
    _operation(
        "components",
        "All components and groups.",
        StatuspageComponents,
        lambda view: StatuspageComponents(view.page, view.components),
    ),
    _operation(
        "incidents",
        "The 50 newest incidents.",
        StatuspageIncidents,
        lambda view: StatuspageIncidents(view.page, view.incidents),
    ),
    _operation(
        "incidents/unresolved",
        "Incidents that go on.",
        StatuspageIncidents,
        lambda view: StatuspageIncidents(view.page, view.unresolved),
    ),
    _operation(
        "scheduled-maintenances",
        "The 50 newest maintenances.",
        StatuspageMaintenances,
        lambda view: StatuspageMaintenances(view.page, view.maintenances),
    ),
    _operation(
        "scheduled-maintenances/upcoming",
        "Maintenances to come, the next one first.",
        StatuspageMaintenances,
        lambda view: StatuspageMaintenances(view.page, view.upcoming),
    ),
    _operation(
        "scheduled-maintenances/active",
        "Maintenances under way.",
        StatuspageMaintenances,
        lambda view: StatuspageMaintenances(view.page, view.active),
    ),
)

ROUTES = routes(OPERATIONS)
