"""Where jobs report that they ran: a start, an end, a failure or an exit status."""

from __future__ import annotations

import asyncio

from aiohttp import web

from incidents.ports import StorageError
from statuspage.ports import BeatAnswer
from statuspage.routes import Action
from statuspage.service import SERVICE

KEPT_BYTES = 10 * 1024
"""The end of a body is kept: there a job says what went wrong."""
READ_BYTES = 1024 * 1024
READ_WITHIN_SECONDS = 10.0


async def beat(request: web.Request) -> web.Response:
    """Take a beat, in words for programs; that it was taken means that it is on disk."""
    beats = request.app[SERVICE].beats
    if beats is None:
        return _said(404, "there is no such heartbeat")
    try:
        body = await _end_of_body(request) if request.method == "POST" else ""
        answer = await beats.beat(
            request.match_info["token"], request.match_info.get("word", ""), body
        )
    except TimeoutError:
        return _said(408, "the body took too long")
    except StorageError:
        return _said(503, "this cannot be kept at the moment, try again", {"Retry-After": "10"})
    return _ANSWERS[answer]()


async def _end_of_body(request: web.Request) -> str:
    """The last of what was sent; one that goes on for too long is not read to its end."""
    end, read = b"", 0
    async with asyncio.timeout(READ_WITHIN_SECONDS):
        async for chunk in request.content.iter_chunked(KEPT_BYTES):
            end = (end + chunk)[-KEPT_BYTES:]
            read += len(chunk)
            if read >= READ_BYTES:
                break
    return end.decode(errors="replace")


def _said(status: int, text: str, headers: dict[str, str] | None = None) -> web.Response:
    fixed = {"Cache-Control": "no-store", "Server": "upfront", "X-Content-Type-Options": "nosniff"}
    return web.Response(status=status, text=f"{text}\n", headers={**fixed, **(headers or {})})


_ANSWERS = {
    BeatAnswer.TAKEN: lambda: _said(200, "OK"),
    BeatAnswer.UNKNOWN: lambda: _said(404, "there is no such heartbeat"),
    BeatAnswer.TOO_OFTEN: lambda: _said(429, "that was too often", {"Retry-After": "60"}),
}

ROUTES = tuple(
    Action(method, path, beat, guarded=False)
    for path in ("/beat/{token}", "/beat/{token}/{word}")
    for method in ("GET", "POST")
)
