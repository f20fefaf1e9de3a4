"""The mailbox in the browser: a list that grows as things arrive, and the mail as it looks."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from zoneinfo import ZoneInfo

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from monitor.demo.mailbox import Mailbox

PAGES = Path(__file__).parent / "pages"
LARGEST_WEBHOOK = 256 * 1024

STATIC = {"mailbox.css": "text/css", "mailbox.js": "text/javascript"}
COMMON = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "frame-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; "
    "frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
)
"""A mail may style itself and open links in a tab of their own, and nothing else."""


class Mailroom:
    """The pages over one mailbox."""

    def __init__(self, mailbox: Mailbox, status_page: str, zone: str) -> None:
        """Show what is in `mailbox`, with a way to the status page, in times of this zone."""
        self._mailbox = mailbox
        self._status_page = status_page
        self._zone = ZoneInfo(zone)
        self._templates = Environment(
            loader=FileSystemLoader(PAGES), autoescape=True, undefined=StrictUndefined,
            trim_blocks=True, lstrip_blocks=True,
        )  # fmt: skip

    def application(self) -> web.Application:
        """All routes."""
        app = web.Application(client_max_size=LARGEST_WEBHOOK)
        app.router.add_get("/", self.newest)
        app.router.add_get(r"/{number:\d{1,9}}", self.one)
        app.router.add_get(r"/{number:\d{1,9}}/mail", self.mail)
        app.router.add_post("/webhooks/{name}", self.webhook)
        app.router.add_get("/items.json", self.items)
        app.router.add_get("/{name:mailbox.css|mailbox.js}", self.static)
        return app

    async def newest(self, _: web.Request) -> web.Response:
        """The list, and what arrived last."""
        return self._page(None)

    async def one(self, request: web.Request) -> web.Response:
        """The list, and one thing out of it."""
        return self._page(int(request.match_info["number"]))

    async def mail(self, request: web.Request) -> web.Response:
        """A mail's HTML as it was sent, for the frame that confines it."""
        item = self._mailbox.find(int(request.match_info["number"]))
        if item is None or not item.html:
            raise web.HTTPNotFound
        body = item.html.replace("<head>", '<head><base target="_blank">', 1)
        headers = COMMON | {"Content-Security-Policy": MAIL_POLICY}
        return web.Response(text=body, content_type="text/html", headers=headers)

    async def webhook(self, request: web.Request) -> web.Response:
        """Take a webhook."""
        body = await request.read()
        self._mailbox.take_webhook(request.path, request.headers, body)
        return web.Response(status=204)

    async def items(self, _: web.Request) -> web.Response:
        """What is there, for programs."""
        listed = [
            {
                "number": item.number,
                "at": item.at.isoformat(),
                "channel": item.channel,
                "recipient": item.recipient,
                "subject": item.subject,
                "text": item.text,
            }
            for item in self._mailbox.items
        ]
        return web.json_response({"count": self._mailbox.count, "items": listed}, headers=COMMON)

    async def static(self, request: web.Request) -> web.Response:
        """Style and script."""
        name = request.match_info["name"]
        text = (PAGES / name).read_text("utf-8")
        return web.Response(text=text, content_type=STATIC[name], headers=COMMON)

    def _page(self, number: int | None) -> web.Response:
        items = list(self._mailbox.items)
        shown = self._mailbox.find(number) if number else next(iter(items), None)
        if number and shown is None:
            raise web.HTTPNotFound
        text = self._templates.get_template("mailbox.html").render(
            items=items, shown=shown, chosen=number is not None, count=self._mailbox.count,
            status_page=self._status_page, zone=self._zone,
        )  # fmt: skip
        headers = COMMON | {"Content-Security-Policy": PAGE_POLICY}
        return web.Response(text=text, content_type="text/html", headers=headers)


@contextlib.asynccontextmanager
async def open_mailroom(room: Mailroom, host: str, port: int) -> AsyncIterator[None]:
    """Serve the pages until the end of the block."""
    runner = web.AppRunner(room.application(), access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        yield
    finally:
        await runner.cleanup()
