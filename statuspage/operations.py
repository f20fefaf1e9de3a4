"""What programs may ask for: a document, its route, and all that they are told of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

import msgspec
from aiohttp import web
from multidict import MultiDict

from incidents.ports import StorageError
from statuspage.access import TOKEN
from statuspage.documents import BRIEFLY, JSON, REVALIDATE, Document, Published
from statuspage.preflight import preflight
from statuspage.problems import Problem, problem
from statuspage.queries import WrongParameter, read
from statuspage.routes import Action, Choice, DocumentRoute, Needs, Render, Route, none_ahead
from statuspage.visit import Visit, respond


@dataclass(frozen=True, slots=True)
class Operation:
    """A GET under /api, with its description beside it.

    `name` is what a client that is generated calls it, `answer` the type of its answer, and
    `refusals` the statuses that it answers with otherwise, a `refusal` each. `query` is the
    struct that the query string is read into; `render` and `needs` get it as `asked`, and may
    raise a `WrongParameter`. Documents without a query are kept as pages are: made ahead, or
    when first asked for; `ageing` ones tell the present instant.
    """

    name: str
    path: str
    summary: str
    answer: Any
    render: Render
    refusals: tuple[int, ...] = ()
    refusal: Any = Problem
    query: type[msgspec.Struct] | None = None
    needs: Needs | None = None
    ahead: Choice = none_ahead
    every: Choice | None = None
    ageing: bool = True

    @property
    def tag(self) -> str:
        """The group that it is told in."""
        pieces = self.path.split("/")
        return "statuspage" if pieces[2] == "v2" else pieces[3]

    @property
    def route(self) -> Route:
        """Where it is answered."""
        if self.query is not None:
            return Action("GET", self.path, partial(_answer, self, self.query))
        return DocumentRoute(
            self.path, self.render, self.ageing, self.ahead, self.every, spoken=False
        )


def json_document(told: object, status: int = 200) -> Document:
    """An answer as a document that scripts of all sites may read; only a good one is kept."""
    cache = BRIEFLY if status == 200 else REVALIDATE
    return Document(JSON, msgspec.json.encode(told), status=status, cache=cache, shared=True)


def routes(operations: Iterable[Operation]) -> tuple[Route, ...]:
    """The routes of several operations, and what browsers ask before them."""
    return tuple(
        route for operation in operations for route in (operation.route, preflight(operation.path))
    )


async def _answer(
    operation: Operation, query: type[msgspec.Struct], visit: Visit
) -> web.StreamResponse:
    """Answer what was asked; alike questions share an answer until something changes."""
    try:
        made = await _made(operation, read(query, _parameters(visit.request)), visit)
    except WrongParameter as wrong:
        return visit.answer(problem(400, str(wrong), parameter=wrong.parameter))
    except StorageError:
        return visit.answer(problem(503, "This cannot be read at the moment; ask again."))
    if made is None:
        raise web.HTTPNotFound
    return respond(visit.request, made)


def _parameters(request: web.Request) -> MultiDict[str]:
    """What was asked, without what opens a private page."""
    return MultiDict((name, value) for name, value in request.query.items() if name != TOKEN)


async def _made(operation: Operation, asked: msgspec.Struct, visit: Visit) -> Published | None:
    route = DocumentRoute(
        operation.path,
        partial(operation.render, asked=asked),
        ageing=operation.ageing,
        spoken=False,
        needs=partial(operation.needs, asked=asked) if operation.needs else None,
    )
    path = operation.path.format_map(visit.parameters)
    key = f"{path}?{msgspec.json.encode(asked).decode()}"
    live, language = visit.service.publisher.live, visit.site.page.languages[0]
    return await visit.site.made_for(live, route, language, key, visit.parameters)
