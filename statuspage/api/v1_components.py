"""Our own API: components, their availability by day and their response times."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from checks.rollup import LatencyPoint
from incidents.model import Span
from statuspage.documents import Document
from statuspage.operations import Operation, json_document, routes
from statuspage.ports import Live, Snapshot
from statuspage.problems import problem
from statuspage.render import Renderer
from statuspage.routes import itself
from statuspage.views import api_v1_components as components
from statuspage.views import api_v1_days as days
from statuspage.views import api_v1_latency as latency
from statuspage.views.standing import Standing, find


def render_all(renderer: Renderer, snapshot: Snapshot, /) -> Document:
    """All components."""
    return json_document(components.listed(snapshot, renderer.address))


def render_one(renderer: Renderer, snapshot: Snapshot, /, id: str) -> Document:
    """One component."""
    return _of(id, snapshot, lambda found: components.told(found, snapshot, renderer.address))


async def days_needed(
    live: Live, snapshot: Snapshot, /, *, asked: days.DaysQuery, **_: str
) -> Sequence[Span]:
    """The spans back to the first day that is asked for."""
    return await live.spans(days.range_of(asked, snapshot).midnights[0])


def render_days(
    _: Renderer,
    snapshot: Snapshot,
    /,
    id: str,
    asked: days.DaysQuery,
    more: Sequence[Span],
) -> Document:
    """A component's days."""
    asked_for = days.range_of(asked, snapshot)
    return _of(id, snapshot, lambda found: days.days(found, more, asked_for, snapshot))


async def latency_needed(
    live: Live, snapshot: Snapshot, /, *, id: str, asked: latency.LatencyQuery
) -> Sequence[LatencyPoint]:
    """The points that are asked for."""
    standing, reach = find(snapshot, id), latency.reach_of(asked, snapshot.at)
    if standing is None:
        return ()
    return await live.latency(standing.component.id, reach.from_at, reach.step)


def render_latency(
    _: Renderer,
    snapshot: Snapshot,
    /,
    id: str,
    asked: latency.LatencyQuery,
    more: Sequence[LatencyPoint],
) -> Document:
    """A component's response times."""
    reach = latency.reach_of(asked, snapshot.at)
    return _of(id, snapshot, lambda found: latency.latency(found, more, reach, snapshot))


def _of(id: str, snapshot: Snapshot, tell: Callable[[Standing], object]) -> Document:
    """What is told of one component, where there is such a one."""
    standing = find(snapshot, id)
    if standing is None:
        return problem(404, "There is no such component; /api/v1/components lists them.")
    return json_document(tell(standing))


def _configured(snapshot: Snapshot) -> Iterator[Mapping[str, str]]:
    return ({"id": component} for component in snapshot.policy.components)


OPERATIONS = (
    Operation(
        "list_components",
        "/api/v1/components",
        "All components with status, uptime and objective.",
        components.ComponentList,
        render_all,
        every=itself,
    ),
    Operation(
        "get_component",
        "/api/v1/components/{id}",
        "One component, by its id, a former id or its public id.",
        components.Component,
        render_one,
        (404,),
        every=_configured,
    ),
    Operation(
        "get_component_uptime",
        "/api/v1/components/{id}/uptime",
        "A component's availability day by day.",
        days.ComponentDays,
        render_days,
        (400, 404, 503),
        query=days.DaysQuery,
        needs=days_needed,
    ),
    Operation(
        "get_component_latency",
        "/api/v1/components/{id}/latency",
        "A component's response times: median and 95th percentile, one point a step.",
        latency.ComponentLatency,
        render_latency,
        (400, 404, 503),
        query=latency.LatencyQuery,
        needs=latency_needed,
    ),
)

ROUTES = routes(OPERATIONS)
