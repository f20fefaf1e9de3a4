"""What other sites put on their pages: a script with a banner, and a small page for a frame."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Any
from xml.etree import ElementTree

import msgspec

from incidents.letters import TONES
from statuspage.documents import BRIEFLY, JSON, Document
from statuspage.ports import Snapshot
from statuspage.render import Renderer
from statuspage.routes import DocumentRoute, itself, none_ahead
from statuspage.views.embed import embed

SCRIPT = "text/javascript; charset=utf-8"
FOR_AN_HOUR = "public, max-age=3600"


def banner(renderer: Renderer, snapshot: Snapshot, /) -> Document:
    """All that the banner says and how it looks, so that the script need not know either."""
    view, t = embed(snapshot, renderer.words), renderer.words
    state = view.headline.state
    fields: dict[str, Any] = {
        "shown": view.shown,
        "key": view.key,
        "state": state,
        "sentence": view.headline.sentence,
        "beside": view.headline.beside,
        "url": renderer.absolute("/"),
        "language": view.frame.language,
        "direction": view.frame.direction,
        "label": t("embed.label", page=view.frame.page),
        "more": t("embed.more"),
        "dismiss": t("embed.dismiss"),
        "light": TONES[state].light,
        "dark": TONES[state].dark,
        "shape": _elements(renderer.shapes[state]),
    }
    return Document(JSON, msgspec.json.encode(fields), cache=BRIEFLY, shared=True)


def script(renderer: Renderer, snapshot: Snapshot, /) -> Document:
    """The script, which finds `embed.json` beside itself."""
    return Document(SCRIPT, _script(), cache=FOR_AN_HOUR, shared=True)


def framed(renderer: Renderer, snapshot: Snapshot, /) -> Document:
    """The page for a frame."""
    return replace(renderer.html("embed", embed(snapshot, renderer.words)), embeddable=True)


@cache
def _script() -> bytes:
    return files("statuspage").joinpath("static", "embed.js").read_bytes()


@cache
def _elements(shape: str) -> list[tuple[str, dict[str, str]]]:
    """A shape as names and attributes: a script may build those where it may not write markup."""
    drawing = ElementTree.fromstring(f"<svg>{shape}</svg>")  # noqa: S314 - our own file
    return [(part.tag, part.attrib) for part in drawing]


ROUTES = (
    DocumentRoute("/embed.json", banner, ageing=True, ahead=none_ahead, every=itself),
    DocumentRoute("/embed", framed, ageing=True, ahead=none_ahead, every=itself),
    DocumentRoute("/embed.js", script, spoken=False),
)
