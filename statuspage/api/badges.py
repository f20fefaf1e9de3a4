"""Badges of the page and of each component, as SVG and as shields.io's endpoint JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import msgspec

from incidents.words import Words
from statuspage.documents import BRIEFLY, JSON, Document
from statuspage.ports import Snapshot
from statuspage.render import Renderer
from statuspage.routes import DocumentRoute, each_component, itself, none_ahead
from statuspage.views.badge import (
    FONT_SIZE,
    Badge,
    Subject,
    latency_badge,
    status_badge,
    subject,
    uptime_badge,
)
from statuspage.views.shares import WINDOWS

SVG = "image/svg+xml; charset=utf-8"

Say = Callable[[Subject, Snapshot, Words], Badge]
Draw = Callable[[Badge, Renderer], Document]


def _picture(badge: Badge, renderer: Renderer) -> Document:
    body = renderer.drawn("badge", badge=badge, size=FONT_SIZE)
    return Document(SVG, body, cache=BRIEFLY, shared=True)


def _numbers(badge: Badge, _: Renderer) -> Document:
    """After the schema of shields.io's endpoint badge, version 1."""
    fields: dict[str, Any] = {
        "schemaVersion": 1,
        "label": badge.label,
        "message": badge.message,
        "color": badge.colour,
    }
    if not badge.known:
        # Nobody who embeds it can paint an error green.
        fields["isError"] = True
    return Document(JSON, msgspec.json.encode(fields), cache=BRIEFLY, shared=True)


DRAWN: Mapping[str, Draw] = {"svg": _picture, "json": _numbers}


SAID: Mapping[str, Say] = {
    "badge": status_badge,
    **{f"badge/uptime/{name}": partial(uptime_badge, window=name) for name in WINDOWS},
    "badge/latency": latency_badge,
}


def _routes(path: str, say: Say, ending: str, draw: Draw) -> Iterator[DocumentRoute]:
    """One badge of the page, and the same of each component."""

    def render(renderer: Renderer, snapshot: Snapshot, /, id: str | None = None) -> Document | None:
        about = subject(snapshot, id)
        return draw(say(about, snapshot, renderer.words), renderer) if about else None

    whole = f"/{path}.{ending}"
    yield DocumentRoute(whole, render, ageing=True, ahead=none_ahead, every=itself, spoken=False)
    yield DocumentRoute(
        f"/components/{{id}}{whole}", render, ageing=True, ahead=none_ahead,
        every=each_component, spoken=False,
    )  # fmt: skip


ROUTES = tuple(
    route
    for path, say in SAID.items()
    for ending, draw in DRAWN.items()
    for route in _routes(path, say, ending, draw)
)
