"""Subscribing by mail: the form, and the link that confirms it."""

from __future__ import annotations

from dataclasses import replace

from aiohttp import web

from incidents.mistakes import Mistake
from incidents.words import Words
from statuspage.documents import Document
from statuspage.ports import Intake, Snapshot
from statuspage.render import Renderer
from statuspage.routes import Action, Page
from statuspage.views.forms import NoticeView, SubscribeView, TokenView, plain_frame
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
    return _notice(renderer, snapshot, "sent")


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


async def ask(visit: Visit) -> web.StreamResponse:
    """Show the button: scanners of mail open links, and must not confirm anything."""
    token, intake, words = visit.parameters["token"], visit.service.intake, visit.words
    address = await intake.subscription(token) if intake else None
    if address is None:
        return _told(visit, "invalid", 404)
    view = TokenView(
        frame=plain_frame(visit.snapshot, words),
        title=words("subscribe.confirm_title"),
        text=words("subscribe.confirm", address=line(address)),
        button=words("subscribe.confirm_button"),
        path=f"/subscribe/{token}",
    )
    return visit.html("token", view)


async def confirm(visit: Visit) -> web.StreamResponse:
    """The button was pressed."""
    intake = visit.service.intake
    if intake is None or not await intake.confirm(visit.parameters["token"]):
        return _told(visit, "invalid", 404)
    return _told(visit, "confirmed")


def _told(visit: Visit, key: str, status: int = 200) -> web.StreamResponse:
    return visit.answer(replace(_notice(visit.renderer, visit.snapshot, key), status=status))


def _notice(renderer: Renderer, snapshot: Snapshot, key: str) -> Document:
    words = renderer.words
    view = NoticeView(
        plain_frame(snapshot, words), words(f"subscribe.{key}_title"), words(f"subscribe.{key}")
    )
    return renderer.html("notice", view, path="")


ROUTES = (
    Page("/subscribe", render_form, ageing=True),
    Page("/subscribe/sent", render_sent, ageing=True),
    Action("POST", "/subscribe", subscribe, limited=True),
    Action("GET", "/subscribe/{token}", ask, open=True),
    Action("POST", "/subscribe/{token}", confirm, open=True),
)
