"""What a module of pages or of the API offers: documents made ahead, and handlers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass

from aiohttp import web

from statuspage.documents import Document
from statuspage.ports import Snapshot

Render = Callable[..., Document | None]
"""Makes a document from a renderer, a snapshot, and the parameters in the path; None: not found."""


def _itself(_: Snapshot) -> Iterable[Mapping[str, str]]:
    return ({},)


def none_ahead(_: Snapshot) -> Iterable[Mapping[str, str]]:
    """For what is rendered only when somebody asks."""
    return ()


@dataclass(frozen=True, slots=True)
class Page:
    """A document under a path, rendered on each change and never within a request.

    A path with {parameters} stands for many documents: those that `ahead` names are rendered
    on each change, the rest when first asked for, and are kept until the next change.
    `ageing` documents tell the present instant and are rendered again as time passes.
    """

    path: str
    render: Render
    ageing: bool = False
    ahead: Callable[[Snapshot], Iterable[Mapping[str, str]]] = _itself


@dataclass(frozen=True, slots=True)
class Action:
    """A request that is answered by code: a form, a confirmation.

    `limited` counts it against the rate that an address is allowed. `guarded` takes what
    changes something only from our own pages.
    """

    method: str
    path: str
    handle: Callable[[web.Request], Awaitable[web.StreamResponse]]
    limited: bool = False
    guarded: bool = True


Route = Page | Action
