"""Private pages: what a reader must show, and what the reader is handed in return.

Whoever shows the page's token or password gets a cookie, so that neither stays in an address.
Feeds, calendars and badges are read by programs without cookies: the links to them carry a
token of their own, which opens that one document and can be passed on without the page's.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlsplit

from aiohttp import web

from checks.clock import Clock
from incidents.addresses import is_loopback
from incidents.signing import Signer
from statuspage.documents import NEVER_KEPT
from statuspage.site import Access, Page

PRIVATELY = "private, no-cache"
"""The Cache-Control of private documents: the reader's own browser keeps them, and asks."""

PRIVATE_HEADERS = {
    "X-Robots-Tag": "noindex",
    "Referrer-Policy": "no-referrer",
    "Vary": "Cookie, Authorization",
}
"""Header fields that go out with everything on a private page."""

KEPT_FOR = timedelta(days=30)
TOKEN = "token"  # noqa: S105 - the name of the parameter

_FOR_PROGRAMS = (".atom", ".rss", ".json", ".ics", ".svg", ".png")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request says of who asks, and for what.

    `path` is the one within the site, without a language. `browsing` is true where a person
    opens a page in a browser, rather than a program a document.
    """

    path: str
    token: str = ""
    bearer: str = ""
    cookie: str = ""
    browsing: bool = False


@dataclass(frozen=True, slots=True)
class Admitted:
    """Go on; `by_link` says that the page's token stood in the address and should not stay."""

    by_link: bool = False


@dataclass(frozen=True, slots=True)
class Ask:
    """Show the form; `wrong` says that what was shown opens nothing."""

    wrong: bool = False


@dataclass(frozen=True, slots=True)
class Denied:
    """Tell a program that it must show a token."""


Answer = Admitted | Ask | Denied


class Lock:
    """What one private page is locked with."""

    def __init__(self, page: Page, access: Access, keys: Sequence[bytes], clock: Clock) -> None:
        """Sign with the last of the instance's keys and accept all of them."""
        self._id = page.id
        self._access = access
        self._clock = clock
        # With another token or password all that was handed out for the one before is void.
        secrets = f"{page.id}\0{access.token}\0{access.password}"
        self._cookies = Signer(keys, f"page.cookie\0{secrets}")
        self._links = Signer(keys, f"page.link\0{secrets}")

    def admit(self, asked: Asked) -> Answer:
        """Whether a request may go on."""
        shown = asked.token or asked.bearer
        if shown and _same(shown, self._access.token):
            return Admitted(by_link=bool(asked.token) and asked.browsing)
        if shown and self._links.read(shown) == asked.path:
            return Admitted()
        if asked.cookie and self._is_valid(asked.cookie):
            return Admitted()
        return Ask(wrong=bool(shown)) if asked.browsing else Denied()

    def opens(self, typed: str) -> bool:
        """Whether what was typed into the form is the password, or the token."""
        return any([_same(typed, self._access.password), _same(typed, self._access.token)])

    def cookie(self) -> str:
        """What a reader shows from here on."""
        until = self._clock.now() + KEPT_FOR
        return self._cookies.sign(int(until.timestamp()))

    def carried(self, path: str) -> str:
        """The path of a document for programs with the token that opens it; others as they are."""
        plain, question, query = path.partition("?")
        if not plain.endswith(_FOR_PROGRAMS):
            return path
        token = f"{TOKEN}={quote(self._links.sign(plain))}"
        return f"{plain}?{query}&{token}" if question else f"{plain}?{token}"

    def _is_valid(self, cookie: str) -> bool:
        until = self._cookies.read(cookie)
        return isinstance(until, int) and self._clock.now() <= datetime.fromtimestamp(until, UTC)


class Locks:
    """The locks of all private pages, each made once and again when its secrets change."""

    def __init__(self, keys: Sequence[bytes], clock: Clock) -> None:
        """Sign with the instance's keys."""
        self._keys = keys
        self._clock = clock
        self._made: dict[str, tuple[Access, Lock]] = {}

    def of(self, page: Page) -> Lock | None:
        """The lock of a page, None if it is public."""
        if page.access is None:
            return None
        known = self._made.get(page.id)
        if known is None or known[0] != page.access:
            made = Lock(page, page.access, self._keys, self._clock)
            known = self._made[page.id] = (page.access, made)
        return known[1]


def asked_by(request: web.Request, page: Page, path: str, *, secure: bool) -> Asked:
    """The facts of a request for a path within a page's site."""
    scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
    return Asked(
        path=path,
        token=request.query.get(TOKEN, ""),
        bearer=bearer.strip() if scheme.lower() == "bearer" else "",
        cookie=request.cookies.get(cookie_name(page, secure=secure), ""),
        browsing=_is_browsing(request, path),
    )


def is_secure(request: web.Request, address: str) -> bool:
    """Whether the browser came over https, which our public address says where a proxy ends it.

    On loopback a browser comes as it likes, and is believed to come over plain http.
    """
    return request.secure or (
        urlsplit(address).scheme == "https" and not is_loopback(request.url.host or "")
    )


def cookie_name(page: Page, *, secure: bool) -> str:
    """The name of a page's cookie; with the prefix no other host can have set it."""
    return f"__Host-upfront-{page.id}" if secure else f"upfront-{page.id}"


def let_in(path: str, page: Page, lock: Lock, *, secure: bool) -> web.Response:
    """Lead to a path, with a cookie that opens the page from here on."""
    response = web.Response(status=303, headers={"Location": path, "Cache-Control": NEVER_KEPT})
    response.set_cookie(
        cookie_name(page, secure=secure),
        lock.cookie(),
        max_age=int(KEPT_FOR.total_seconds()),
        path="/",
        secure=secure,
        httponly=True,
        samesite="Lax",
    )
    return response


def without_token(request: web.Request) -> str:
    """The address that was asked for, without the token in it."""
    left = request.rel_url.without_query_params(TOKEN)
    return local_path(str(left))


def local_path(written: str) -> str:
    """A path on this host, as it was written; anything that leads elsewhere leads to the root.

    Browsers take a backslash for a slash, and two slashes for the beginning of a host.
    """
    fine = written.startswith("/") and not written.startswith(("//", "/\\"))
    return written if fine and written.isprintable() and "\\" not in written else "/"


def _is_browsing(request: web.Request, path: str) -> bool:
    """Whether a person opens a page: browsers say what for, the others what they take."""
    if request.method not in ("GET", "HEAD") or path.endswith(_FOR_PROGRAMS):
        return False
    wanted_for = request.headers.get("Sec-Fetch-Dest")
    if wanted_for is not None:
        return wanted_for == "document"
    return "text/html" in request.headers.get("Accept", "")


def _same(shown: str, secret: str) -> bool:
    """Compare without telling by the time it takes how much is right; no secret, no match."""
    return hmac.compare_digest(shown.encode(errors="replace"), secret.encode()) and bool(secret)
