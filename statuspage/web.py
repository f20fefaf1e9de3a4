"""The aiohttp application of the public pages: scanned routes, errors, guards."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from aiohttp import web, web_response

from checks.discovery import discover
from statuspage import api, pages
from statuspage.documents import JSON, Document
from statuspage.guards import SAFE_METHODS, client_address, from_our_pages
from statuspage.publisher import Publisher
from statuspage.routes import Action, Page, Route
from statuspage.service import SERVICE, Service, answer, respond
from statuspage.views.forms import NoticeView, plain_frame

LARGEST_BODY = 64 * 1024

_log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


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
    """The public site over a publisher that has published once."""
    app = web.Application(middlewares=[_guard], client_max_size=LARGEST_BODY)
    app[SERVICE] = service
    for route in routes():
        if isinstance(route, Page):
            app.router.add_get(route.path, _page_handler(service.publisher, route))
        else:
            _add_action(app, service, route)
    app.router.add_get("/static/{name}", _page_handler(service.publisher, _NOTHING))
    return app


def _add_action(app: web.Application, service: Service, action: Action) -> None:
    handler = _action_handler(service, action)
    if action.method == "GET":
        app.router.add_get(action.path, handler)
    else:
        app.router.add_route(action.method, action.path, handler)


def runner(app: web.Application) -> web.AppRunner:
    """A runner that logs no addresses and tells no version."""
    # aiohttp names itself and its version on what it answers before any of our code runs.
    web_response.SERVER_SOFTWARE = "upfront"  # type: ignore[attr-defined]
    # It logs a traceback for each malformed request, which is the sender's mistake; what goes
    # wrong in our code is logged by the guard.
    wire = logging.getLogger(f"{__name__}.wire")
    wire.setLevel(logging.CRITICAL)
    return web.AppRunner(app, access_log=None, logger=wire, keepalive_timeout=75.0)


_NOTHING = Page("", lambda renderer, snapshot, /, **parameters: None)


def _page_handler(publisher: Publisher, page: Page) -> Handler:
    async def handle(request: web.Request) -> web.Response:
        published = publisher.shelf.get(request.raw_path) or publisher.shelf.get(request.path)
        if published is None:
            published = await publisher.made_for(page, request.path, **request.match_info)
        if published is None:
            raise web.HTTPNotFound
        return respond(request, published)

    return handle


def _action_handler(service: Service, action: Action) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        unsafe = request.method not in SAFE_METHODS
        if unsafe and action.guarded and not from_our_pages(request, _address(service)):
            raise web.HTTPForbidden
        if action.limited:
            address = client_address(request, service.trusted_proxies)
            if not await service.rate.allows(address):
                raise web.HTTPTooManyRequests
        return await action.handle(request)

    return handle


def _address(service: Service) -> str:
    return service.publisher.renderer.address


@web.middleware
async def _guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Every error in the page's look, none with more than its number tells."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        allow = error.headers.get("Allow")
        return _error(request, error.status, {"Allow": allow} if allow else {})
    except Exception:  # noqa: BLE001 - logged, and told as 500 without its words
        _log.exception("cannot answer %s", request.path)
        return _error(request, 500, {})


def _error(request: web.Request, status: int, headers: dict[str, str]) -> web.Response:
    publisher = request.app[SERVICE].publisher
    response = answer(request, error_document(publisher, request.path, status))
    response.headers.update(headers)
    return response


def error_document(publisher: Publisher, path: str, status: int) -> Document:
    """What is said under a status: a page to people, JSON to programs."""
    t = publisher.renderer.words
    named = status if f"error.title_{status}" in t else (400 if status < 500 else 500)
    title = t(f"error.title_{named}")
    if path.startswith("/api/"):
        return Document(JSON, f'{{"error": "{title}"}}'.encode(), status=status, shared=True)
    view = NoticeView(plain_frame(publisher.snapshot, t), title, t(f"error.text_{named}"))
    return publisher.renderer.html("notice", view, status=status, path="")
