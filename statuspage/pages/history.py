"""The history, by month or by day, of all components or of one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from incidents import words
from statuspage.documents import Document
from statuspage.ports import Snapshot
from statuspage.render import Renderer
from statuspage.routes import DocumentRoute, each_component, none_ahead
from statuspage.views.history import MOST_A_DAY, busy_days, history, months
from statuspage.views.home import MOST_A_DAY as MOST_AT_HOME
from statuspage.views.times import Times, times_of


def render(
    renderer: Renderer, snapshot: Snapshot, /, period: str = "", id: str = ""
) -> Document | None:
    """What began in a period."""
    view = history(snapshot, renderer.words, period, id)
    return renderer.html("history", view, path=view.path) if view else None


def periods(snapshot: Snapshot) -> Iterator[Mapping[str, str]]:
    """Every month that there is something to tell of, and days that others tell only in part."""
    times = _times(snapshot)
    yield from ({"period": month.written} for month in months(snapshot, times))
    for component, day in busy_days(snapshot, times, MOST_AT_HOME):
        if not component:
            yield {"period": day.written}


def of_components(snapshot: Snapshot) -> Iterator[Mapping[str, str]]:
    """The same of every component."""
    times = _times(snapshot)
    found = [month.written for month in months(snapshot, times)]
    for owner in each_component(snapshot):
        yield from ({**owner, "period": written} for written in found)
    for component, day in busy_days(snapshot, times, MOST_A_DAY):
        if component:
            yield {"id": component, "period": day.written}


def _times(snapshot: Snapshot) -> Times:
    return times_of(snapshot, words.load(words.FALLBACK))


ROUTES = (
    DocumentRoute("/history", render, ageing=True),
    DocumentRoute("/history/{period}", render, ahead=none_ahead, every=periods),
    DocumentRoute("/components/{id}/history", render, ahead=none_ahead, every=each_component),
    DocumentRoute(
        "/components/{id}/history/{period}", render, ahead=none_ahead, every=of_components
    ),
)
