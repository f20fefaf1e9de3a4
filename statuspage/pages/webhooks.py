"""Webhooks for programs: the form that adds one, and the page on which its owner manages it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from aiohttp import web

from statuspage.documents import Document
from statuspage.ports import Snapshot, Webhook, WebhookAction, Webhooks
from statuspage.render import Renderer
from statuspage.routes import Action, Page
from statuspage.service import SERVICE, answer, form
from statuspage.views.forms import NoticeView, plain_frame
from statuspage.views.text import line
from statuspage.views.webhooks import webhook_form, webhook_view

CHANNEL = "webhook"
MAIL = "mail"
FORM = "/subscribe/webhook"
CHOICE = "component."
PRIVATE = "no-store"


def render_form(renderer: Renderer, snapshot: Snapshot, /) -> Document | None:
    """The empty form; there is none where no webhook can be added."""
    if CHANNEL not in snapshot.subscribe_by:
        return None
    return renderer.html("webhook_form", webhook_form(snapshot, renderer.words), path=FORM)


async def add(request: web.Request) -> web.StreamResponse:
    """Take an address; the answer is the one time that its secret is shown."""
    webhooks = _webhooks(request)
    if CHANNEL not in request.app[SERVICE].publisher.snapshot.subscribe_by:
        raise web.HTTPNotFound
    fields = await form(request)
    chosen = tuple(name.removeprefix(CHOICE) for name in fields if name.startswith(CHOICE))
    address, contact = line(fields.get("address", "")), _contact(request, fields)
    try:
        made = await webhooks.add(address, chosen, contact)
    except ValueError as mistake:
        return _refused(request, fields, chosen, str(mistake))
    return _shown(request, made)


async def show(request: web.Request) -> web.StreamResponse:
    """The page of one webhook."""
    found = await _webhooks(request).webhook(request.match_info["token"])
    return _shown(request, found) if found else _told(request, "invalid", 404)


async def act(request: web.Request) -> web.StreamResponse:
    """One of its buttons was pressed."""
    try:
        action = WebhookAction((await form(request)).get("action", ""))
    except ValueError as error:
        raise web.HTTPBadRequest from error
    token, webhooks = request.match_info["token"], _webhooks(request)
    if await webhooks.webhook(token) is None:
        return _told(request, "invalid", 404)
    found = await webhooks.act(token, action)
    if found is None:
        return _told(request, "removed")
    return _shown(request, found)


def _webhooks(request: web.Request) -> Webhooks:
    webhooks = request.app[SERVICE].webhooks
    if webhooks is None:
        raise web.HTTPNotFound
    return webhooks


def _contact(request: web.Request, fields: Mapping[str, str]) -> str:
    """The mail address for notices, where the page sends mail at all."""
    offered = MAIL in request.app[SERVICE].publisher.snapshot.subscribe_by
    return line(fields.get("contact", "")) if offered else ""


def _refused(
    request: web.Request, fields: Mapping[str, str], chosen: tuple[str, ...], mistake: str
) -> web.StreamResponse:
    publisher = request.app[SERVICE].publisher
    typed = line(fields.get("address", ""))
    view = webhook_form(publisher.snapshot, publisher.renderer.words, chosen, typed, mistake)
    view = replace(view, contact=_contact(request, fields))
    return answer(request, publisher.renderer.html("webhook_form", view, 422, path=FORM))


def _shown(request: web.Request, webhook: Webhook) -> web.StreamResponse:
    publisher = request.app[SERVICE].publisher
    renderer = publisher.renderer
    view = webhook_view(publisher.snapshot, renderer.words, webhook, renderer.address)
    document = renderer.html("webhook", view, path="")
    return answer(request, replace(document, cache=PRIVATE))


def _told(request: web.Request, key: str, status: int = 200) -> web.StreamResponse:
    publisher = request.app[SERVICE].publisher
    words = publisher.renderer.words
    view = NoticeView(
        plain_frame(publisher.snapshot, words), words(f"webhook.{key}_title"),
        words(f"webhook.{key}"),
    )  # fmt: skip
    return answer(request, publisher.renderer.html("notice", view, status, path=""))


ROUTES = (
    Page(FORM, render_form, ageing=True),
    Action("POST", FORM, add, limited=True),
    Action("GET", "/webhooks/{token}", show),
    Action("POST", "/webhooks/{token}", act, limited=True),
)
