"""The form that opens a private page."""

from __future__ import annotations

from dataclasses import replace

from aiohttp import web

from statuspage.access import is_secure, let_in, local_path
from statuspage.documents import NEVER_KEPT, Document
from statuspage.render import Renderer
from statuspage.routes import Action
from statuspage.site import Page
from statuspage.views.unlock import unlock
from statuspage.visit import Visit


def locked(renderer: Renderer, page: Page, back: str, error: str = "") -> Document:
    """The form, in place of whatever was asked for; `back` is the path that it leads to."""
    status = 422 if error else 401
    view = unlock(page, renderer.words, back, error)
    return replace(renderer.html("unlock", view, status), cache=NEVER_KEPT)


async def ask(visit: Visit) -> web.StreamResponse:
    """The form by itself, as after a mistake that is reloaded."""
    page = visit.site.page
    if not page.private:
        raise web.HTTPNotFound
    return visit.answer(locked(visit.renderer, page, visit.renderer.link("/")))


async def open_up(visit: Visit) -> web.StreamResponse:
    """Hand out the cookie for the right password; a mistake comes back at the field."""
    page, words = visit.site.page, visit.words
    lock = visit.site.lock
    if lock is None:
        raise web.HTTPNotFound
    form = await visit.form()
    back = local_path(form.get("back", ""))
    typed = form.get("password", "")
    if not lock.opens(typed) and not lock.opens(typed.strip()):
        error = words("access.wrong" if typed.strip() else "access.empty")
        return visit.answer(locked(visit.renderer, page, back, error))
    return let_in(back, page, lock, secure=is_secure(visit.request, visit.site.address))


ROUTES = (
    Action("GET", "/unlock", ask, open=True),
    Action("POST", "/unlock", open_up, limited=True, open=True),
)
