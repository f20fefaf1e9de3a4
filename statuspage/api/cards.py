"""The pictures that other sites show beside a link to a page; `docs/cards.py` draws them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files

from incidents.model import ComponentStatus
from statuspage.documents import Document
from statuspage.ports import Snapshot
from statuspage.render import Renderer
from statuspage.routes import DocumentRoute, none_ahead

PNG = "image/png"
FOR_A_DAY = "public, max-age=86400"


def render(renderer: Renderer, snapshot: Snapshot, /, state: str) -> Document | None:
    """The picture of a state."""
    if state not in list(ComponentStatus):
        return None
    return Document(PNG, _picture(state), cache=FOR_A_DAY, shared=True)


@cache
def _picture(state: str) -> bytes:
    return files("statuspage").joinpath("static", "cards", f"{state}.png").read_bytes()


def each_state(_: Snapshot) -> Iterable[Mapping[str, str]]:
    """All states."""
    return ({"state": state} for state in ComponentStatus)


ROUTES = (
    DocumentRoute("/card/{state}.png", render, ahead=none_ahead, every=each_state, spoken=False),
)
