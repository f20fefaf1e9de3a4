"""Requests as they go over the wire: built from settings and a URL, safe against injection."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Annotated

from yarl import URL

from checks.settings import Written
from checks.wire.peers import Peer, parse_host
from checks.wire.tls import TlsSettings

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", re.ASCII)
_UNSAFE = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_LOGIN = re.compile(r"//[^/?#]*@")
_PORTS = {"http": 80, "https": 443}
_WITH_BODY = ("POST", "PUT", "PATCH")


@dataclass(frozen=True, slots=True)
class Proxy:
    """An HTTP proxy and what it wants to know of us."""

    peer: Peer
    authorization: str = ""


@dataclass(frozen=True, slots=True)
class Ask:
    """What is asked of a server, apart from the URL."""

    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    tls: TlsSettings = field(default_factory=TlsSettings)
    proxy: Proxy | None = None
    ip: int = 0
    max_body: int = 1 << 20


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """One request, ready to be sent.

    `peer` is whom to connect to, `host` whom the request is for; they differ behind a proxy.
    `tunnel` is the request that makes the proxy open a way to `host`, where one is needed.
    """

    peer: Peer
    host: str
    message: bytes
    max_body: int
    bodiless: bool = False
    tls: TlsSettings | None = None
    tunnel: bytes = b""


def parse_url(text: object) -> URL:
    """Read an http or https URL.

    Raises:
        ValueError: It is none, with what is wrong about it.
    """
    written = str(text).strip()
    told = _LOGIN.sub("//…@", written)
    if _UNSAFE.search(written):
        raise ValueError("a URL has no line ends and no control characters in it")
    if "://" not in written:
        raise ValueError(f'"{told}" has no scheme: write https://{told.lstrip("/")}')
    try:
        url = URL(written)
        host, port = parse_host(url.raw_host or ""), url.port
    except ValueError as refused:
        raise ValueError(f'"{told}" is no URL: {refused}') from None
    if url.scheme not in _PORTS:
        raise ValueError(f'"{told}": http or https is due, not {url.scheme}')
    if not host or not port:
        raise ValueError(f'"{told}" is no URL: it has no host or no port')
    return url.with_fragment(None)


def _read_url(raw: object) -> str:
    parse_url(raw)
    return str(raw).strip()


Url = Annotated[str, Written(_read_url, {"type": "string", "format": "uri"})]


def parse_proxy(text: str, ip: int) -> Proxy:
    """Read `http://user:password@proxy.example:3128`."""
    url = parse_url(text)
    if url.scheme != "http":
        raise ValueError(f"a proxy is reached by http://, not {url.scheme}://")
    login = basic(url.user or "", url.password or "") if url.user is not None else ""
    return Proxy(Peer(url.raw_host or "", url.port or 80, ip), login)


def basic(username: str, password: str) -> str:
    """The value of an Authorization header."""
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()


def check_header(name: str, value: str) -> None:
    """Raise ValueError where a header would break out of its line."""
    if not _TOKEN.fullmatch(name):
        raise ValueError(f'"{name}" is no name of a header')
    if _UNSAFE.search(value):
        raise ValueError(f"header {name}: a value has no line ends and no control characters")


def read_method(raw: object) -> str:
    """Read the method of a request; methods are upper case."""
    method = str(raw)
    if not _TOKEN.fullmatch(method) or method.upper() == "CONNECT":
        raise ValueError(f'"{method}" is no method: write it like GET')
    return method.upper()


def shown(url: URL) -> str:
    """A URL for people: without login and query, which may be secret."""
    return str(url.with_user(None).with_query(None))


def request_to(url: URL, ask: Ask) -> HttpRequest:
    """Put the request together."""
    secure = url.scheme == "https"
    origin = Peer(url.raw_host or "", url.port or _PORTS[url.scheme], ask.ip)
    target = url.raw_path_qs or "/"
    extra: tuple[tuple[str, str], ...] = ()
    if ask.proxy and not secure:
        target = f"http://{_authority(url)}{target}"
        extra = _login(ask.proxy)
    return HttpRequest(
        peer=ask.proxy.peer if ask.proxy else origin,
        host=origin.host,
        message=_head(ask, url, target, extra) + ask.body,
        max_body=ask.max_body,
        bodiless=ask.method == "HEAD",
        tls=ask.tls if secure else None,
        tunnel=_tunnel(origin, ask.proxy) if ask.proxy and secure else b"",
    )


def _head(ask: Ask, url: URL, target: str, extra: tuple[tuple[str, str], ...]) -> bytes:
    given = {name.lower() for name, _ in ask.headers}
    own = [("Host", _authority(url)), ("User-Agent", user_agent()), ("Accept", "*/*")]
    own += [("Accept-Encoding", "gzip, deflate"), ("Connection", "close")]
    if url.user is not None:
        own.append(("Authorization", basic(url.user, url.password or "")))
    if ask.body or ask.method in _WITH_BODY:
        own.append(("Content-Length", str(len(ask.body))))
    headers = [item for item in own if item[0].lower() not in given]
    return _written(f"{ask.method} {target} HTTP/1.1", (*headers, *ask.headers, *extra))


def _tunnel(origin: Peer, proxy: Proxy) -> bytes:
    headers = (("Host", str(origin)), ("User-Agent", user_agent()), *_login(proxy))
    return _written(f"CONNECT {origin} HTTP/1.1", headers)


def _login(proxy: Proxy) -> tuple[tuple[str, str], ...]:
    return (("Proxy-Authorization", proxy.authorization),) if proxy.authorization else ()


def _written(first: str, headers: tuple[tuple[str, str], ...]) -> bytes:
    lines = [first, *(f"{name}: {value}" for name, value in headers)]
    return "\r\n".join([*lines, "", ""]).encode()


def _authority(url: URL) -> str:
    host = f"[{url.raw_host}]" if ":" in (url.raw_host or "") else url.raw_host or ""
    return host if url.port == _PORTS[url.scheme] else f"{host}:{url.port}"


@lru_cache(maxsize=1)
def user_agent() -> str:
    """What we call ourselves."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return f"Upfront/{version('upfront-status')}"
    except PackageNotFoundError:
        return "Upfront"
