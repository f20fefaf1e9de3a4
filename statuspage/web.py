"""The aiohttp application of the public pages: every request finds its site and its route."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from aiohttp import web, web_response

from checks.discovery import discover
from statuspage import api, pages
from statuspage.documents import JSON, Document
from statuspage.guards import SAFE_METHODS, client_address, from_our_pages
from statuspage.ports import Snapshot
from statuspage.render import Renderer
from statuspage.routes import Action, Page, Route
from statuspage.service import SERVICE, Service
from statuspage.sites import Site
from statuspage.table import Table
from statuspage.views.forms import NoticeView, plain_frame
from statuspage.visit import Visit, respond

LARGEST_BODY = 64 * 1024

_log = logging.getLogger(__name__)


def routes() -> tuple[Route, ...]:
    """All that the modules of `pages/` and `api/` offer."""
    return tuple(
        route
        for package in (pages, api)
        for _, found in discover(package, "ROUTES")
        for route in found
    )


def made_pages() -> tuple[Page, ...]:
    """Those that a Publisher renders."""
    return tuple(route for route in routes() if isinstance(route, Page))


def application(service: Service) -> web.Application:
    """The public sites over a publisher that has published once."""
    app = web.Application(client_max_size=LARGEST_BODY)
    app[SERVICE] = service
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


class Front:
    """Where every request arrives."""

    def __init__(self, service: Service, table: Table) -> None:
        """Answer by these routes."""
        self._service = service
        self._table = table

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer a request; every error in the page's look, none with more than its number."""
        site, path = find_site(self._service.publisher.sites, request.host, request.path)
        language, path = site.tongue(path)
        try:
            return await self._answer(request, site, language, path)
        except web.HTTPException as error:
            if error.status < 400:
                raise
            status, allow = error.status, error.headers.get("Allow")
        except Exception:  # noqa: BLE001 - logged, and told as 500 without its words
            _log.exception("cannot answer %s", request.path)
            status, allow = 500, None
        renderer = site.renderer_for(language or site.language(_accepted(request)))
        document = error_document(renderer, site.snapshot, path, status)
        response = respond(request, site.ready(document))
        if allow:
            response.headers["Allow"] = allow
        return response

    async def _answer(
        self, request: web.Request, site: Site, language: str | None, path: str
    ) -> web.StreamResponse:
        static = self._service.publisher.static.get(request.path)
        if static is not None and request.method in ("GET", "HEAD"):
            return respond(request, static)
        found = self._table.find(path)
        if found is None:
            raise web.HTTPNotFound
        route = found.by(request.method)
        if route is None:
            raise web.HTTPMethodNotAllowed(request.method, found.allowed.split(","))
        page = route if isinstance(route, Page) else None
        spoken = language or site.language(_accepted(request), page)
        if isinstance(route, Page):
            negotiated = language is None and len(site.page.languages) > 1 and route.negotiated
            live = self._service.publisher.live
            published = await site.made_for(live, route, spoken, path, found.parameters)
            if published is None:
                raise web.HTTPNotFound
            return respond(request, published, negotiated=negotiated and route.spoken)
        renderer = site.renderer_for(spoken)
        visit = Visit(request, self._service, site, renderer, found.parameters)
        await self._guard(route, visit)
        return await route.handle(visit)

    async def _guard(self, action: Action, visit: Visit) -> None:
        """What a request must pass before it is acted on."""
        request, service = visit.request, self._service
        unsafe = request.method not in SAFE_METHODS
        if unsafe and action.guarded and not from_our_pages(request, visit.site.address):
            raise web.HTTPForbidden
        if action.limited:
            address = client_address(request, service.trusted_proxies)
            if not await service.rate.allows(address):
                raise web.HTTPTooManyRequests


def find_site(sites: Sequence[Site], host: str, path: str) -> tuple[Site, str]:
    """The site that a request is for, by path and by host, and the path within it.

    What fits none of them is for the first.
    """
    if len(sites) > 1:
        for site in sites:
            prefix = site.page.path
            if prefix and (path == prefix or path.startswith(prefix + "/")):
                return site, path[len(prefix) :] or "/"
        name = host.rpartition(":")[0] if ":" in host.rpartition("]")[2] else host
        for site in sites:
            if name.lower() in site.page.hosts:
                return site, path
    return sites[0], path


def error_document(renderer: Renderer, snapshot: Snapshot, path: str, status: int) -> Document:
    """What is said under a status: a page to people, JSON to programs."""
    t = renderer.words
    named = status if f"error.title_{status}" in t else (400 if status < 500 else 500)
    title = t(f"error.title_{named}")
    if path.startswith("/api/"):
        return Document(JSON, f'{{"error": "{title}"}}'.encode(), status=status, shared=True)
    view = NoticeView(plain_frame(snapshot, t), title, t(f"error.text_{named}"))
    return renderer.html("notice", view, status=status, path="")


def _accepted(request: web.Request) -> str:
    return request.headers.get("Accept-Language", "")
