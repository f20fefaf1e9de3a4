"""Subscribing by mail: the form, and the link that confirms it."""

from __future__ import annotations

from dataclasses import replace

from aiohttp import web

from statuspage.documents import Document
from statuspage.ports import Intake, Snapshot
from statuspage.render import Renderer
from statuspage.routes import Action, Page
from statuspage.service import SERVICE, answer, form
from statuspage.views.forms import NoticeView, SubscribeView, TokenView, plain_frame
from statuspage.views.text import line

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


async def subscribe(request: web.Request) -> web.StreamResponse:
    """Take an address; a mistake comes back at the field with what was typed."""
    service = request.app[SERVICE]
    publisher = service.publisher
    if service.intake is None or CHANNEL not in publisher.snapshot.subscribe_by:
        raise web.HTTPNotFound
    typed = line((await form(request)).get("address", ""))
    words = publisher.renderer.words
    mistake = await _request(service.intake, typed, publisher.renderer)
    if not mistake:
        raise web.HTTPSeeOther("/subscribe/sent")
    frame = plain_frame(publisher.snapshot, words)
    view = SubscribeView(frame, typed[:LONGEST_ADDRESS], mistake)
    return answer(request, publisher.renderer.html("subscribe", view, 422, path="/subscribe"))


async def _request(intake: Intake, address: str, renderer: Renderer) -> str:
    """Ask for the subscription; returns the mistake in the address, empty if there is none."""
    words = renderer.words
    if not address:
        return words("subscribe.empty")
    if len(address) > LONGEST_ADDRESS:
        return words("subscribe.too_long")
    try:
        await intake.subscribe(CHANNEL, address, (), words.language)
    except ValueError as mistake:
        return str(mistake)
    return ""


async def ask(request: web.Request) -> web.StreamResponse:
    """Show the button: scanners of mail open links, and must not confirm anything."""
    service = request.app[SERVICE]
    token = request.match_info["token"]
    address = await service.intake.subscription(token) if service.intake else None
    if address is None:
        return _told(request, "invalid", 404)
    renderer, snapshot = service.publisher.renderer, service.publisher.snapshot
    words = renderer.words
    view = TokenView(
        frame=plain_frame(snapshot, words),
        title=words("subscribe.confirm_title"),
        text=words("subscribe.confirm", address=line(address)),
        button=words("subscribe.confirm_button"),
        path=f"/subscribe/{token}",
    )
    return answer(request, renderer.html("token", view, path=""))


async def confirm(request: web.Request) -> web.StreamResponse:
    """The button was pressed."""
    intake = request.app[SERVICE].intake
    if intake is None or not await intake.confirm(request.match_info["token"]):
        return _told(request, "invalid", 404)
    return _told(request, "confirmed")


def _told(request: web.Request, key: str, status: int = 200) -> web.StreamResponse:
    publisher = request.app[SERVICE].publisher
    document = _notice(publisher.renderer, publisher.snapshot, key)
    return answer(request, replace(document, status=status))


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
    Action("GET", "/subscribe/{token}", ask),
    Action("POST", "/subscribe/{token}", confirm),
)
