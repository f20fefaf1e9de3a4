"""The aiohttp application of the public pages, made of what their modules offer."""

from __future__ import annotations

import logging

from aiohttp import web, web_response

from checks.discovery import discover
from statuspage import api, pages
from statuspage.front import Front
from statuspage.live import STREAM, Stream
from statuspage.routes import DocumentRoute, Route
from statuspage.service import Service
from statuspage.table import Table

LARGEST_BODY = 64 * 1024
"""Bytes of a form; those who take more read it themselves."""


def routes() -> tuple[Route, ...]:
    """All that the modules of `pages/` and `api/` offer."""
    return tuple(
        route
        for package in (pages, api)
        for _, found in discover(package, "ROUTES")
        for route in found
    )


def made_pages() -> tuple[DocumentRoute, ...]:
    """Those that a Publisher renders."""
    return tuple(route for route in routes() if isinstance(route, DocumentRoute))


def application(service: Service) -> web.Application:
    """The public sites over a publisher that has published once."""
    app = web.Application(client_max_size=LARGEST_BODY)
    stream = app[STREAM] = Stream(service.publisher)
    app.on_shutdown.append(stream.close)
    app.router.add_route("*", "/{path:.*}", Front(service, Table(routes())).handle)
    return app


def runner(app: web.Application) -> web.AppRunner:
    """A runner that logs no addresses and tells no version."""
    # aiohttp names itself and its version on what it answers before any of our code runs.
    web_response.SERVER_SOFTWARE = "upfront"  # type: ignore[attr-defined]
    # It logs a traceback for each malformed request, which is the sender's mistake; what goes
    # wrong in our code is logged by the front.
    wire = logging.getLogger(f"{__name__}.wire")
    wire.setLevel(logging.CRITICAL)
    return web.AppRunner(app, access_log=None, logger=wire, keepalive_timeout=75.0)
