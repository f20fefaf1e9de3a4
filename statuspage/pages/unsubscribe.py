"""Ending a subscription: a page with a button, and the one click of RFC 8058."""

from __future__ import annotations

from aiohttp import web

from statuspage.routes import Action
from statuspage.views.forms import NoticeView, TokenView, plain_frame
from statuspage.views.text import line
from statuspage.visit import Visit


async def ask(visit: Visit) -> web.StreamResponse:
    """Show the button; opening a link ends nothing."""
    token, intake, words = visit.parameters["token"], visit.service.intake, visit.words
    address = await intake.subscription(token) if intake else None
    if address is None:
        return _told(visit, "invalid_title", "invalid_end", 404)
    view = TokenView(
        frame=plain_frame(visit.snapshot, words),
        title=words("subscribe.unsubscribe_title"),
        text=words("subscribe.unsubscribe", address=line(address)),
        button=words("subscribe.unsubscribe_button"),
        path=f"/unsubscribe/{token}",
    )
    return visit.html("token", view)


async def end(visit: Visit) -> web.StreamResponse:
    """End it, for a mail program's one click as for the button: the link alone authorises."""
    intake = visit.service.intake
    if intake is None or not await intake.unsubscribe(visit.parameters["token"]):
        return _told(visit, "invalid_title", "invalid_end", 404)
    return _told(visit, "unsubscribed_title", "unsubscribed")


def _told(visit: Visit, title: str, text: str, status: int = 200) -> web.StreamResponse:
    words = visit.words
    frame = plain_frame(visit.snapshot, words)
    view = NoticeView(frame, words(f"subscribe.{title}"), words(f"subscribe.{text}"))
    return visit.html("notice", view, status)


ROUTES = (
    Action("GET", "/unsubscribe/{token}", ask, open=True),
    # Mail programs send it from anywhere and without cookies, as the RFC wants.
    Action("POST", "/unsubscribe/{token}", end, guarded=False, open=True),
)
