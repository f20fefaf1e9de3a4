"""Webhooks for programs: the form that adds one, and the page on which its owner manages it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from aiohttp import web

from incidents.mistakes import Mistake
from statuspage.documents import NEVER_KEPT, Document
from statuspage.ports import Snapshot, Webhook, WebhookAction, Webhooks
from statuspage.render import Renderer
from statuspage.routes import Action, Page
from statuspage.views.forms import NoticeView, plain_frame
from statuspage.views.text import line
from statuspage.views.webhooks import webhook_form, webhook_view
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
    fields = await visit.form()
    chosen = tuple(name.removeprefix(CHOICE) for name in fields if name.startswith(CHOICE))
    address, contact = line(fields.get("address", "")), _contact(visit, fields)
    try:
        page, language = visit.site.page.id, visit.words.language
        made = await webhooks.add(page, address, chosen, contact, language)
    except Mistake as mistake:
        return _refused(visit, fields, chosen, mistake.told(visit.words))
    return _shown(visit, made)


async def show(visit: Visit) -> web.StreamResponse:
    """The page of one webhook."""
    found = await _webhooks(visit).webhook(visit.parameters["token"])
    return _shown(visit, found) if found else _told(visit, "invalid", 404)


async def act(visit: Visit) -> web.StreamResponse:
    """One of its buttons was pressed."""
    try:
        action = WebhookAction((await visit.form()).get("action", ""))
    except ValueError as error:
        raise web.HTTPBadRequest from error
    token, webhooks = visit.parameters["token"], _webhooks(visit)
    if await webhooks.webhook(token) is None:
        return _told(visit, "invalid", 404)
    found = await webhooks.act(token, action)
    if found is None:
        return _told(visit, "removed")
    return _shown(visit, found)


def _webhooks(visit: Visit) -> Webhooks:
    if visit.service.webhooks is None:
        raise web.HTTPNotFound
    return visit.service.webhooks


def _contact(visit: Visit, fields: Mapping[str, str]) -> str:
    """The mail address for notices, where the page sends mail at all."""
    return line(fields.get("contact", "")) if MAIL in visit.snapshot.subscribe_by else ""


def _refused(
    visit: Visit, fields: Mapping[str, str], chosen: tuple[str, ...], mistake: str
) -> web.StreamResponse:
    typed = line(fields.get("address", ""))
    view = webhook_form(visit.snapshot, visit.words, chosen, typed, mistake)
    view = replace(view, contact=_contact(visit, fields))
    return visit.html("webhook_form", view, 422, path=FORM)


def _shown(visit: Visit, webhook: Webhook) -> web.StreamResponse:
    view = webhook_view(visit.snapshot, visit.words, webhook, visit.renderer.address)
    return visit.answer(replace(visit.renderer.html("webhook", view, path=""), cache=NEVER_KEPT))


def _told(visit: Visit, key: str, status: int = 200) -> web.StreamResponse:
    words = visit.words
    frame = plain_frame(visit.snapshot, words)
    view = NoticeView(frame, words(f"webhook.{key}_title"), words(f"webhook.{key}"))
    return visit.html("notice", view, status)


ROUTES = (
    Page(FORM, render_form, ageing=True),
    Action("POST", FORM, add, limited=True),
    Action("GET", "/webhooks/{token}", show),
    Action("POST", "/webhooks/{token}", act, limited=True),
)
