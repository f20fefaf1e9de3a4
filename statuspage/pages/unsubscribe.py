"""Ending a subscription: a page with a button, and the one click of RFC 8058."""

from __future__ import annotations

from aiohttp import web

from statuspage.routes import Action
from statuspage.service import SERVICE, answer
from statuspage.views.forms import NoticeView, TokenView, plain_frame
from statuspage.views.text import line


async def ask(request: web.Request) -> web.StreamResponse:
    """Show the button; opening a link ends nothing."""
    service = request.app[SERVICE]
    token = request.match_info["token"]
    address = await service.intake.subscription(token) if service.intake else None
    if address is None:
        return _told(request, "invalid_title", "invalid_end", 404)
    renderer = service.publisher.renderer
    words = renderer.words
    view = TokenView(
        frame=plain_frame(service.publisher.snapshot, words),
        title=words("subscribe.unsubscribe_title"),
        text=words("subscribe.unsubscribe", address=line(address)),
        button=words("subscribe.unsubscribe_button"),
        path=f"/unsubscribe/{token}",
    )
    return answer(request, renderer.html("token", view, path=""))


async def end(request: web.Request) -> web.StreamResponse:
    """End it, for a mail program's one click as for the button: the link alone authorises."""
    intake = request.app[SERVICE].intake
    if intake is None or not await intake.unsubscribe(request.match_info["token"]):
        return _told(request, "invalid_title", "invalid_end", 404)
    return _told(request, "unsubscribed_title", "unsubscribed")


def _told(request: web.Request, title: str, text: str, status: int = 200) -> web.StreamResponse:
    publisher = request.app[SERVICE].publisher
    words = publisher.renderer.words
    view = NoticeView(
        plain_frame(publisher.snapshot, words),
        words(f"subscribe.{title}"),
        words(f"subscribe.{text}"),
    )
    return answer(request, publisher.renderer.html("notice", view, status, path=""))


ROUTES = (
    Action("GET", "/unsubscribe/{token}", ask),
    # Mail programs send it from anywhere and without cookies, as the RFC wants.
    Action("POST", "/unsubscribe/{token}", end, guarded=False),
)
