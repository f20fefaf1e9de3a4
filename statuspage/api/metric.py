"""Where numbers are sent that others measured."""

from __future__ import annotations

import asyncio

from aiohttp import web

from incidents.ports import StorageError
from statuspage.plain import said
from statuspage.ports import Refused
from statuspage.routes import Action
from statuspage.visit import Visit

MOST_BYTES = 64 * 1024
READ_WITHIN_SECONDS = 10.0
_UNKNOWN = Refused(404, "there is no such metric")
_TOO_LONG = Refused(413, f"that is too much: at most {MOST_BYTES // 1024} KiB at once")
_TOO_SLOW = Refused(408, "the body took too long")
_NOT_NOW = Refused(503, "this cannot be kept at the moment, send it again", 10)


async def push(visit: Visit) -> web.Response:
    """Take numbers, in words for programs; that they were taken means that they are on disk."""
    values = visit.service.values
    if values is None:
        return _said(_UNKNOWN)
    try:
        body = await _body(visit.request)
        if body is None:
            return _said(_TOO_LONG)
        return _said(await values.push(visit.parameters["token"], body))
    except TimeoutError:
        return _said(_TOO_SLOW)
    except StorageError:
        return _said(_NOT_NOW)


async def _body(request: web.Request) -> bytes | None:
    """What was sent, None if it is too much."""
    found = bytearray()
    async with asyncio.timeout(READ_WITHIN_SECONDS):
        async for chunk in request.content.iter_chunked(MOST_BYTES):
            found += chunk
            if len(found) > MOST_BYTES:
                return None
    return bytes(found)


def _said(answer: str | Refused) -> web.Response:
    if isinstance(answer, str):
        return said(answer)
    return said(answer.reason, answer.status, answer.retry_after_seconds)


ROUTES = (Action("POST", "/metric/{token}", push, guarded=False, open=True),)
