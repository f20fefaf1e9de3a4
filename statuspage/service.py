"""What handlers of requests work with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from statuspage.documents import Document, Published, matches
from statuspage.guards import Network, RateLimit
from statuspage.ports import Beats, Intake, Values, Webhooks
from statuspage.publisher import Publisher


@dataclass(frozen=True, slots=True)
class Service:
    """The site's parts; `intake` is None where the public can ask for nothing.

    `webhooks` is None where it cannot add any, `beats` where no job can report,
    `values` where nobody can send numbers.
    """

    publisher: Publisher
    intake: Intake | None = None
    trusted_proxies: tuple[Network, ...] = ()
    rate: RateLimit = field(default_factory=RateLimit)
    webhooks: Webhooks | None = None
    beats: Beats | None = None
    values: Values | None = None


SERVICE = web.AppKey("SERVICE", Service)


def respond(request: web.Request, published: Published) -> web.Response:
    """Send a finished document, or say that the reader has it."""
    headers = request.headers
    document = published.document
    variant = published.variant(headers.get("Accept-Encoding", ""))
    if document.status == 200 and matches(variant.etag, headers.get("If-None-Match", "")):
        return web.Response(status=304, headers=variant.unchanged)
    return web.Response(body=variant.body, status=document.status, headers=variant.headers)


def answer(request: web.Request, document: Document) -> web.Response:
    """Send a document that was made for this request."""
    return respond(request, request.app[SERVICE].publisher.ready(document))


async def form(request: web.Request) -> Mapping[str, str]:
    """The text fields of a posted form, urlencoded or multipart; files are left out.

    Raises:
        web.HTTPBadRequest: It is neither, or broken.
    """
    try:
        fields = await request.post()
    except (ValueError, LookupError, HttpProcessingError) as error:
        raise web.HTTPBadRequest from error
    return {name: value for name, value in fields.items() if isinstance(value, str)}
