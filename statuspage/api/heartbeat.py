"""Where jobs report that they ran: a start, an end, a failure or an exit status."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from aiohttp import web

from incidents.ports import StorageError
from statuspage.plain import said
from statuspage.ports import BeatAnswer
from statuspage.routes import Action
from statuspage.visit import Visit

KEPT_BYTES = 10 * 1024
"""The end of a body is kept: there a job says what went wrong."""

READ_BYTES = 1024 * 1024
"""More of it is not read."""

READ_WITHIN_SECONDS = 10.0

_NO_SUCH = "there is no such heartbeat"
_ANSWERS: Mapping[BeatAnswer, tuple[str, int, int | None]] = {
    BeatAnswer.TAKEN: ("OK", 200, None),
    BeatAnswer.UNKNOWN: (_NO_SUCH, 404, None),
    BeatAnswer.TOO_OFTEN: ("that was too often", 429, 60),
}
"""What is said, under which status, and after how many seconds to come again."""


async def beat(visit: Visit) -> web.Response:
    """Take a beat, in words for programs; that it was taken means that it is on disk."""
    request, beats = visit.request, visit.service.beats
    if beats is None:
        return said(_NO_SUCH, 404)
    try:
        body = await _end_of_body(request) if request.method == "POST" else ""
        token, word = visit.parameters["token"], visit.parameters.get("word", "")
        answer = await beats.beat(token, word, body)
    except TimeoutError:
        return said("the body took too long", 408)
    except StorageError:
        return said("this cannot be kept at the moment, try again", 503, 10)
    return said(*_ANSWERS[answer])


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


ROUTES = tuple(
    Action(method, path, beat, guarded=False, open=True)
    for path in ("/beat/{token}", "/beat/{token}/{word}")
    for method in ("GET", "POST")
)
