"""Errors for programs, as RFC 9457 has them."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

import msgspec
from msgspec import Meta

from statuspage.documents import Document
from statuspage.views.text import line

PROBLEM = "application/problem+json"


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """What went wrong (RFC 9457). `parameter` is the one of the query that was refused."""

    type: str
    title: str
    status: Annotated[int, Meta(ge=400, le=599)]
    detail: str = ""
    parameter: str = ""


def problem(status: int, detail: str = "", *, title: str = "", parameter: str = "") -> Document:
    """The document under an error's status; its title is HTTP's own unless given."""
    told = Problem("about:blank", title or _phrase(status), status, line(detail), line(parameter))
    return Document(PROBLEM, msgspec.json.encode(told), status=status, shared=True)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"
