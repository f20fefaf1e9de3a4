"""Whether the web part of this process is alive; says nothing of what it watches."""

from __future__ import annotations

from aiohttp import web

from statuspage.routes import Action


async def healthz(request: web.Request) -> web.Response:
    """Answer."""
    return web.Response(text="ok\n", headers={"Cache-Control": "no-store", "Server": "upfront"})


ROUTES = (Action("GET", "/healthz", healthz),)
