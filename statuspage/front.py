"""Where every request arrives: it finds its site, is let in, and finds its route."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from statuspage.access import Admitted, Ask, Denied, asked_by, is_secure, let_in, without_token
from statuspage.documents import Document, Published
from statuspage.guards import SAFE_METHODS, client_address, from_our_pages
from statuspage.operations import json_document
from statuspage.pages.unlock import locked
from statuspage.plain import said
from statuspage.problems import problem
from statuspage.render import Renderer
from statuspage.routes import Action, DocumentRoute, Route
from statuspage.service import Service
from statuspage.sites import Site
from statuspage.table import Found, Table
from statuspage.views.forms import notice
from statuspage.visit import Visit, respond

_PRIVATE = "this page is private: show its token"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Arrival:
    """A request at its site: `path` is the one within it, after its `language` if it names one."""

    request: web.Request
    site: Site
    language: str | None
    path: str

    def renderer(self, route: DocumentRoute | None = None, *, outside: bool = False) -> Renderer:
        """The renderer for the reader: by the path, else by what the reader accepts."""
        accepted = self.request.headers.get("Accept-Language", "")
        language = self.language or self.site.language(accepted, route)
        return self.site.renderer_for(language, outside=outside)

    def is_negotiated(self, route: DocumentRoute) -> bool:
        """Whether the answer depends on what languages the reader accepts."""
        several = len(self.site.page.languages) > 1
        return several and self.language is None and route.spoken and route.negotiated


class Front:
    """Answers all requests."""

    def __init__(self, service: Service, table: Table) -> None:
        """Answer by these routes."""
        self._service = service
        self._table = table

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer a request; every error in the page's look, none with more than its number."""
        finished = self._finished(request)
        if finished is not None:
            return respond(request, finished)
        site, path = find_site(self._service.publisher.sites, request.host, request.path)
        arrival = Arrival(request, site, *site.tongue(path))
        try:
            return await self._answer(arrival)
        except web.HTTPException as error:
            if error.status < 400:
                raise
            return _error(arrival, error.status, error.headers.get("Allow"))
        except Exception:  # noqa: BLE001 - logged, and told as 500 without its words
            _log.exception("cannot answer %s", request.path)
            return _error(arrival, 500)

    def _finished(self, request: web.Request) -> Published | None:
        """What can be sent without a question: files, and what one public page has made ahead.

        A crowd asks for these, so nothing is parsed that need not be.
        """
        if request.method not in ("GET", "HEAD"):
            return None
        publisher, path = self._service.publisher, request.raw_path
        return publisher.files.get(path) or publisher.open_shelf.get(path)

    async def _answer(self, arrival: Arrival) -> web.StreamResponse:
        found = self._table.find(arrival.path)
        route = found.by(arrival.request.method) if found else None
        if arrival.site.lock is not None and not (isinstance(route, Action) and route.open):
            elsewhere = _at_the_door(arrival)
            if elsewhere is not None:
                return elsewhere
        if found is None:
            raise web.HTTPNotFound
        if route is None:
            raise web.HTTPMethodNotAllowed(arrival.request.method, found.allowed)
        return await self._routed(arrival, found, route)

    async def _routed(self, arrival: Arrival, found: Found, route: Route) -> web.StreamResponse:
        if isinstance(route, DocumentRoute):
            live, language = self._service.publisher.live, arrival.renderer(route).words.language
            published = await arrival.site.made_for(
                live, route, language, arrival.path, found.parameters
            )
            if published is None:
                raise web.HTTPNotFound
            return respond(arrival.request, published, negotiated=arrival.is_negotiated(route))
        renderer = arrival.renderer(outside=route.open)
        visit = Visit(
            arrival.request, self._service, arrival.site, renderer, found.parameters, route.open
        )
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
    if len(sites) == 1 and not sites[0].page.path:
        return sites[0], path
    for site in sites:
        prefix = site.page.path
        if prefix and (path == prefix or path.startswith(prefix + "/")):
            return site, path[len(prefix) :] or "/"
    name = host.rpartition(":")[0] if ":" in host.rpartition("]")[2] else host
    for site in sites:
        if name.lower() in site.page.hosts:
            return site, path
    return sites[0], path


def _error_document(renderer: Renderer, site: Site, path: str, status: int) -> Document:
    """What is said under a status: a page to people, JSON to programs."""
    if path.startswith("/api/v1/"):
        return problem(status)
    words = renderer.words
    named = status if f"error.title_{status}" in words else (400 if status < 500 else 500)
    title, text = f"error.title_{named}", f"error.text_{named}"
    if path.startswith("/api/"):
        return json_document({"error": words(title)}, status)
    return renderer.html("notice", notice(site.outside, words, title, text), status)


def _error(arrival: Arrival, status: int, allow: str | None = None) -> web.Response:
    renderer = arrival.renderer(outside=True)
    document = _error_document(renderer, arrival.site, arrival.path, status)
    response = respond(arrival.request, arrival.site.ready(document))
    if allow:
        response.headers["Allow"] = allow
    return response


def _at_the_door(arrival: Arrival) -> web.Response | None:
    """What a reader of a private page is told who is not let in yet; None: come in."""
    request, site, page = arrival.request, arrival.site, arrival.site.page
    assert site.lock is not None
    secure = is_secure(request, site.address)
    back = without_token(request)
    match site.lock.admit(asked_by(request, page, arrival.path, secure=secure)):
        case Admitted(by_link):
            return let_in(back, page, site.lock, secure=secure) if by_link else None
        case Ask(wrong):
            renderer = arrival.renderer(outside=True)
            error = renderer.words("access.wrong") if wrong else ""
            return respond(request, site.ready(locked(renderer, page, back, error)))
        case Denied():
            return _refused(arrival)


def _refused(arrival: Arrival) -> web.Response:
    """What a program is told that shows no token."""
    if arrival.path.startswith("/api/v1/"):
        refused = respond(arrival.request, arrival.site.ready(problem(401, _PRIVATE)))
    else:
        refused = said(_PRIVATE, 401)
    refused.headers["WWW-Authenticate"] = "Bearer"
    return refused
