"""Whether the web part of this process is alive; says nothing of what it watches."""

from __future__ import annotations

from aiohttp import web

from statuspage.plain import said
from statuspage.routes import Action
from statuspage.visit import Visit


async def healthz(_: Visit) -> web.Response:
    """Answer."""
    return said("ok")


ROUTES = (Action("GET", "/healthz", healthz, open=True),)
