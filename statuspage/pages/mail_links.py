"""The links in mails: one confirms a subscription, the other ends it.

Each leads to a page with a button: scanners of mail open links, and must change nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from aiohttp import web

from statuspage.routes import Action
from statuspage.views.forms import TokenView, plain_frame
from statuspage.views.text import line
from statuspage.visit import Visit


@dataclass(frozen=True, slots=True)
class Link:
    """Where a link leads, but for its token, and the keys of what is said there."""

    path: str
    title: str
    text: str
    button: str
    invalid: str


CONFIRM = Link(
    path="/subscribe",
    title="subscribe.confirm_title",
    text="subscribe.confirm",
    button="subscribe.confirm_button",
    invalid="subscribe.invalid",
)
END = Link(
    path="/unsubscribe",
    title="subscribe.unsubscribe_title",
    text="subscribe.unsubscribe",
    button="subscribe.unsubscribe_button",
    invalid="subscribe.invalid_end",
)


async def ask(link: Link, visit: Visit) -> web.Response:
    """Show the button."""
    token, intake, words = visit.parameters["token"], visit.service.intake, visit.words
    address = await intake.subscription(token) if intake else None
    if address is None:
        return _invalid(link, visit)
    view = TokenView(
        frame=plain_frame(visit.snapshot, words),
        title=words(link.title),
        text=words(link.text, address=line(address)),
        button=words(link.button),
        path=f"{link.path}/{token}",
    )
    return visit.html("token", view)


async def confirm(visit: Visit) -> web.Response:
    """Begin the subscription."""
    intake = visit.service.intake
    if intake is None or not await intake.confirm(visit.parameters["token"]):
        return _invalid(CONFIRM, visit)
    return visit.notice("subscribe.confirmed_title", "subscribe.confirmed")


async def end(visit: Visit) -> web.Response:
    """End it, for a mail program's one click (RFC 8058) as for the button: the link authorises."""
    intake = visit.service.intake
    if intake is None or not await intake.unsubscribe(visit.parameters["token"]):
        return _invalid(END, visit)
    return visit.notice("subscribe.unsubscribed_title", "subscribe.unsubscribed")


def _invalid(link: Link, visit: Visit) -> web.Response:
    return visit.notice("subscribe.invalid_title", link.invalid, 404)


ROUTES = (
    Action("GET", "/subscribe/{token}", partial(ask, CONFIRM), open=True),
    Action("POST", "/subscribe/{token}", confirm, open=True),
    Action("GET", "/unsubscribe/{token}", partial(ask, END), open=True),
    # Mail programs send it from anywhere and without cookies, as the RFC wants.
    Action("POST", "/unsubscribe/{token}", end, guarded=False, open=True),
)
