"""The page of a component."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from checks.rollup import Sketch
from incidents.policy import Component
from statuspage.documents import Document
from statuspage.ports import Live, Snapshot
from statuspage.render import Renderer
from statuspage.routes import DocumentRoute, each_component, none_ahead
from statuspage.views.component import component
from statuspage.views.latency import QUARTER_STEP, WEEK_STEP, Longer, quarter_from, week_from
from statuspage.views.standing import find
from statuspage.views.strip import DAYS

_DAY = timedelta(days=1)


async def gather(live: Live, snapshot: Snapshot, /, id: str) -> Longer:
    """The series over a week and 90 days, and what the objective's window asks for."""
    standing = find(snapshot, id)
    if standing is None or standing.gone_at:
        return Longer()
    found, window, now = standing.component, _window(standing.component), snapshot.at
    week_at = week_from(now, ZoneInfo(snapshot.page.timezone))
    return Longer(
        week=await live.latency(found.id, week_at, WEEK_STEP),
        quarter=await live.latency(found.id, quarter_from(now), QUARTER_STEP),
        window=await _timed(live, found, now),
        spans=await live.spans(now - window) if window > DAYS * _DAY else (),
    )


def _window(found: Component) -> timedelta:
    return found.objective.window if found.objective else timedelta(0)


async def _timed(live: Live, found: Component, at: datetime) -> Sketch | None:
    """What goals for latency are held against: whole days of UTC and today."""
    if found.objective is None or not found.objective.latency:
        return None
    midnight = datetime.combine(at.astimezone(UTC), time(), UTC)
    days = max(1, found.objective.window // _DAY)
    return await live.latency_sketch(found.id, midnight - (days - 1) * _DAY)


def render(renderer: Renderer, snapshot: Snapshot, /, id: str, more: Longer) -> Document | None:
    """The page of one component."""
    view = component(snapshot, id, renderer.words, more)
    return renderer.html("component", view, path=view.path) if view else None


ROUTES = (
    DocumentRoute(
        "/components/{id}",
        render,
        ageing=True,
        ahead=none_ahead,
        every=each_component,
        needs=gather,
    ),
)
