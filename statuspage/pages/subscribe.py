"""Subscribing by mail: the form, and what it is answered with."""

from __future__ import annotations

from aiohttp import web

from incidents.mistakes import Mistake
from incidents.words import Words
from statuspage.documents import Document
from statuspage.ports import Intake, Snapshot
from statuspage.render import Renderer
from statuspage.routes import Action, DocumentRoute
from statuspage.views.forms import SubscribeView, notice, plain_frame
from statuspage.views.text import line
from statuspage.visit import Visit

CHANNEL = "mail"
LONGEST_ADDRESS = 254


def render_form(renderer: Renderer, snapshot: Snapshot, /) -> Document | None:
    """The empty form; there is none where no mail can be sent."""
    if CHANNEL not in snapshot.subscribe_by:
        return None
    view = SubscribeView(plain_frame(snapshot, renderer.words))
    return renderer.html("subscribe", view, path="/subscribe")


def render_sent(renderer: Renderer, snapshot: Snapshot, /) -> Document | None:
    """What to do next; the same whether the address is known or not."""
    if CHANNEL not in snapshot.subscribe_by:
        return None
    view = notice(snapshot, renderer.words, "subscribe.sent_title", "subscribe.sent")
    return renderer.html("notice", view)


async def subscribe(visit: Visit) -> web.StreamResponse:
    """Take an address; a mistake comes back at the field with what was typed."""
    intake = visit.service.intake
    if intake is None or CHANNEL not in visit.snapshot.subscribe_by:
        raise web.HTTPNotFound
    typed = line((await visit.form()).get("address", ""))
    mistake = await _request(intake, visit.site.page.id, typed, visit.words)
    if not mistake:
        raise web.HTTPSeeOther(visit.renderer.link("/subscribe/sent"))
    frame = plain_frame(visit.snapshot, visit.words)
    view = SubscribeView(frame, typed[:LONGEST_ADDRESS], mistake)
    return visit.html("subscribe", view, 422, path="/subscribe")


async def _request(intake: Intake, page: str, address: str, words: Words) -> str:
    """Ask for the subscription; returns the mistake in the address, empty if there is none."""
    if not address:
        return words("subscribe.empty")
    if len(address) > LONGEST_ADDRESS:
        return words("subscribe.too_long")
    try:
        await intake.subscribe(page, CHANNEL, address, (), words.language)
    except Mistake as mistake:
        return mistake.told(words)
    return ""


ROUTES = (
    DocumentRoute("/subscribe", render_form, ageing=True),
    DocumentRoute("/subscribe/sent", render_sent, ageing=True),
    Action("POST", "/subscribe", subscribe, limited=True),
)
