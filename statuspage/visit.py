"""One request as handlers see it, and how it is answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from incidents.words import Words
from statuspage.documents import Document, Published, matches
from statuspage.ports import Snapshot
from statuspage.render import Renderer
from statuspage.service import Service
from statuspage.sites import Site
from statuspage.views.forms import notice


@dataclass(frozen=True, slots=True)
class Visit:
    """A request that came to a site; `renderer` speaks the reader's language.

    `parameters` are those in the path. `outside` is true where nobody need have been let in.
    """

    request: web.Request
    service: Service
    site: Site
    renderer: Renderer
    parameters: Mapping[str, str]
    outside: bool = False

    @property
    def snapshot(self) -> Snapshot:
        """What the site's documents were last made from, as far as the reader may know it."""
        return self.site.outside if self.outside else self.site.snapshot

    @property
    def words(self) -> Words:
        """The texts in the reader's language."""
        return self.renderer.words

    def answer(self, document: Document) -> web.Response:
        """Send a document that was made for this request."""
        return respond(self.request, self.site.ready(document))

    def html(self, template: str, view: Any, status: int = 200, path: str = "") -> web.Response:
        """Send a view through a template; `path` is the page's own, where it has one."""
        return self.answer(self.renderer.html(template, view, status, path=path))

    def notice(self, title: str, text: str, status: int = 200) -> web.Response:
        """Say one thing; `title` and `text` are keys of texts."""
        return self.html("notice", notice(self.snapshot, self.words, title, text), status)

    async def form(self) -> Mapping[str, str]:
        """The text fields of a posted form, urlencoded or multipart; files are left out.

        Raises:
            web.HTTPBadRequest: It is neither, or broken.
        """
        try:
            fields = await self.request.post()
        except (ValueError, LookupError, HttpProcessingError) as error:
            raise web.HTTPBadRequest from error
        return {name: value for name, value in fields.items() if isinstance(value, str)}


def respond(
    request: web.Request, published: Published, *, negotiated: bool = False
) -> web.Response:
    """Send a finished document, or say that the reader has it.

    One that was chosen by what languages the reader accepts says so to caches.
    """
    headers = request.headers
    document = published.document
    variant = published.variant(headers.get("Accept-Encoding", ""))
    known = document.status == 200 and matches(variant.etag, headers.get("If-None-Match", ""))
    told = variant.unchanged if known else variant.headers
    if negotiated:
        told = {**told, "Vary": f"{told['Vary']}, Accept-Language"}
    if known:
        return web.Response(status=304, headers=told)
    return web.Response(body=variant.body, status=document.status, headers=told)
