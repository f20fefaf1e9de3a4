"""What a module of pages or of the API offers: documents made ahead, and handlers."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aiohttp import web

from statuspage.documents import Document
from statuspage.ports import Snapshot
from statuspage.views.standing import told_of

if TYPE_CHECKING:
    from statuspage.visit import Visit

Render = Callable[..., Document | None]
"""Makes a document from a renderer, a snapshot, and the parameters in the path; None: not found."""

PARAMETER = re.compile(r"\{(\w+)\}")
"""A parameter as it stands in a path: {id}."""

Choice = Callable[[Snapshot], Iterable[Mapping[str, str]]]
"""Parameters of some of the documents under a path."""

Needs = Callable[..., Awaitable[Any]]
"""Asks the running service, given it, a snapshot and the parameters, for what a document tells
beyond the snapshot; it is rendered with that as `more`."""


def itself(_: Snapshot) -> Iterable[Mapping[str, str]]:
    """For a path that stands for one document."""
    return ({},)


def none_ahead(_: Snapshot) -> Iterable[Mapping[str, str]]:
    """For what is rendered only when somebody asks."""
    return ()


def each_component(snapshot: Snapshot) -> Iterable[Mapping[str, str]]:
    """For a path with the {id} of a component."""
    return ({"id": id} for id in told_of(snapshot))


@dataclass(frozen=True, slots=True)
class DocumentRoute:
    """A document under a path, rendered on each change and never within a request.

    A path with {parameters} stands for many documents: those that `ahead` names are rendered
    on each change, the rest when first asked for, and are kept until the next change. `every`
    names all that there are, for a copy of the whole site; None: the same as `ahead`.
    `ageing` documents tell the present instant and are rendered again as time passes.
    `spoken` ones are there in each language of the page, the others once, for machines.
    Of the spoken, `negotiated` ones answer in the reader's language where the path names
    none; the others in the page's own.
    """

    path: str
    render: Render
    ageing: bool = False
    ahead: Choice = itself
    every: Choice | None = None
    spoken: bool = True
    negotiated: bool = True
    needs: Needs | None = None

    @property
    def lone(self) -> bool:
        """Whether its path stands for one document."""
        return PARAMETER.search(self.path) is None


@dataclass(frozen=True, slots=True)
class Action:
    """A request that is answered by code: a form, a confirmation.

    `limited` counts it against the rate that an address is allowed. `guarded` takes what
    changes something only from our own pages. `open` ones are answered on private pages, too,
    and to those who have not unlocked them.
    """

    method: str
    path: str
    handle: Callable[[Visit], Awaitable[web.StreamResponse]]
    limited: bool = False
    guarded: bool = True
    open: bool = False


Route = DocumentRoute | Action
