"""The stream that keeps open pages up to date."""

from __future__ import annotations

from aiohttp import web

from statuspage.live import STREAM
from statuspage.routes import Action
from statuspage.visit import Visit


async def live(visit: Visit) -> web.StreamResponse:
    """Tell the reader of every change, in the language of the path."""
    return await visit.request.app[STREAM].serve(visit)


ROUTES = (Action("GET", "/live", live),)
