"""Webhooks for programs: the form that adds one, and the page on which its owner manages it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from aiohttp import web

from incidents.mistakes import Mistake
from statuspage.documents import NEVER_KEPT, Document
from statuspage.ports import Snapshot, Webhook, WebhookAction, Webhooks
from statuspage.render import Renderer
from statuspage.routes import Action, DocumentRoute
from statuspage.views.text import line
from statuspage.views.webhooks import Typed, webhook_form, webhook_view
from statuspage.visit import Visit

CHANNEL = "webhook"
MAIL = "mail"
FORM = "/subscribe/webhook"
CHOICE = "component."


def render_form(renderer: Renderer, snapshot: Snapshot, /) -> Document | None:
    """The empty form; there is none where no webhook can be added."""
    if CHANNEL not in snapshot.subscribe_by:
        return None
    return renderer.html("webhook_form", webhook_form(snapshot, renderer.words), path=FORM)


async def add(visit: Visit) -> web.StreamResponse:
    """Take an address; the answer is the one time that its secret is shown."""
    webhooks = _webhooks(visit)
    if CHANNEL not in visit.snapshot.subscribe_by:
        raise web.HTTPNotFound
    typed = _typed(await visit.form(), visit.snapshot)
    page, words = visit.site.page.id, visit.words
    try:
        made = await webhooks.add(
            page, typed.address, typed.components, typed.contact, words.language
        )
    except Mistake as mistake:
        view = webhook_form(visit.snapshot, words, typed, mistake.told(words))
        return visit.html("webhook_form", view, 422, path=FORM)
    return _shown(visit, made)


async def show(visit: Visit) -> web.StreamResponse:
    """The page of one webhook."""
    found = await _webhooks(visit).webhook(visit.parameters["token"])
    return _shown(visit, found) if found else _invalid(visit)


async def act(visit: Visit) -> web.StreamResponse:
    """One of its buttons was pressed."""
    try:
        action = WebhookAction((await visit.form()).get("action", ""))
    except ValueError as error:
        raise web.HTTPBadRequest from error
    token, webhooks = visit.parameters["token"], _webhooks(visit)
    if await webhooks.webhook(token) is None:
        return _invalid(visit)
    found = await webhooks.act(token, action)
    if found is None:
        return visit.notice("webhook.removed_title", "webhook.removed")
    return _shown(visit, found)


def _webhooks(visit: Visit) -> Webhooks:
    if visit.service.webhooks is None:
        raise web.HTTPNotFound
    return visit.service.webhooks


def _typed(fields: Mapping[str, str], snapshot: Snapshot) -> Typed:
    """What was typed; nobody can be warned where the page sends no mail."""
    return Typed(
        line(fields.get("address", "")),
        tuple(name.removeprefix(CHOICE) for name in fields if name.startswith(CHOICE)),
        line(fields.get("contact", "")) if MAIL in snapshot.subscribe_by else "",
    )


def _shown(visit: Visit, webhook: Webhook) -> web.StreamResponse:
    view = webhook_view(visit.snapshot, visit.words, webhook, visit.renderer.address)
    return visit.answer(replace(visit.renderer.html("webhook", view), cache=NEVER_KEPT))


def _invalid(visit: Visit) -> web.Response:
    return visit.notice("webhook.invalid_title", "webhook.invalid", 404)


ROUTES = (
    DocumentRoute(FORM, render_form, ageing=True),
    Action("POST", FORM, add, limited=True),
    Action("GET", "/webhooks/{token}", show),
    Action("POST", "/webhooks/{token}", act, limited=True),
)
