"""What a browser asks before a script of another site may read a path with fields of its own."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web

from statuspage.routes import Action
from statuspage.visit import Visit

_PERMITTED: Mapping[str, str] = {
    "Allow": "GET,HEAD,OPTIONS",
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, HEAD",
    # What a script adds changes nothing here; old browsers do not know the asterisk.
    "Access-Control-Allow-Headers": "If-None-Match, *",
    "Access-Control-Max-Age": "86400",
}


async def _permit(visit: Visit) -> web.Response:
    return web.Response(status=204, headers={**visit.site.headers, **_PERMITTED})


def preflight(path: str) -> Action:
    """Permits all sites to read a path; that of a private page is behind its door, as all is."""
    return Action("OPTIONS", path, _permit)
