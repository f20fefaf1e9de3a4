"""The kind `http`: one request as a customer makes it, redirects followed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

from annotated_types import Ge, Le
from yarl import URL

from checks.expectations import (
    BodyExpectation,
    CertificateExpectation,
    HeaderExpectation,
    LatencyExpectation,
    Status,
    StatusExpectation,
)
from checks.json_values import JsonExpectation
from checks.model import Kind, Net, Observation
from checks.settings import Size, Text, Written
from checks.wire.bodies import Headers
from checks.wire.peers import IpVersion, check_version
from checks.wire.redirects import REDIRECTS, follow
from checks.wire.requests import (
    Ask,
    HttpRequest,
    Url,
    basic,
    check_header,
    parse_proxy,
    parse_url,
    read_method,
    request_to,
    shown,
)
from checks.wire.tls import TlsSettings, certificate_facts


@dataclass(frozen=True, slots=True)
class BasicAuth:
    """A login by user name and password."""

    username: Text
    """The user name."""
    password: Text = field(repr=False)
    """The password; better written as `${env:NAME}`."""


@dataclass(frozen=True, slots=True)
class HttpOptions:
    """What is asked, of whom, and how."""

    url: Url
    """The address, with http:// or https://."""
    method: Annotated[str, Written(read_method, {"type": "string"})] = "GET"
    """The method of the request."""
    headers: Mapping[str, Text] = field(default_factory=dict, repr=False)
    """Headers to send besides the usual ones, or instead of them."""
    body: Text = field(default="", repr=False)
    """What to send as the body."""
    basic_auth: BasicAuth | None = None
    """A login by user name and password."""
    bearer_token: Text = field(default="", repr=False)
    """A token to send as `Authorization: Bearer …`."""
    follow_redirects: bool = True
    """Whether to go on to where the answer points; if not, the redirect is the answer."""
    max_redirects: Annotated[int, Ge(1), Le(50)] = 10
    """How many redirects to follow at most."""
    max_body: Annotated[Size, Ge(0), Le(64 << 20)] = 1 << 20
    """How much of the body to read; what lies beyond is neither read nor held against."""
    ip: IpVersion | None = None
    """Use only IPv4 (4) or only IPv6 (6); otherwise what the system prefers, then the other."""
    proxy: Text = field(default="", repr=False)
    """An HTTP proxy to go through, such as `http://proxy.example:3128`."""
    tls: TlsSettings = field(default_factory=TlsSettings)
    """How to speak TLS with an https address."""
    start: URL = field(init=False, repr=False, compare=False)
    ask: Ask = field(init=False, repr=False, compare=False)
    first: HttpRequest = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        url = parse_url(self.url)
        object.__setattr__(self, "start", url)
        object.__setattr__(self, "ask", _ask(self, url))
        object.__setattr__(self, "first", request_to(url, self.ask))


def _ask(options: HttpOptions, url: URL) -> Ask:
    headers = [*options.headers.items(), *_authorization(options, url)]
    for name, value in headers:
        check_header(name, value)
    check_version(url.raw_host or "", options.ip)
    return Ask(
        method=options.method,
        headers=tuple(headers),
        body=options.body.encode(),
        tls=options.tls,
        proxy=parse_proxy(options.proxy, options.ip or 0) if options.proxy else None,
        ip=options.ip or 0,
        max_body=options.max_body,
    )


def _authorization(options: HttpOptions, url: URL) -> list[tuple[str, str]]:
    given = [name for name in options.headers if name.lower() == "authorization"]
    ways = (options.basic_auth, options.bearer_token, url.user, given)
    if sum(map(bool, ways)) > 1:
        raise ValueError("one login is enough: basic_auth, bearer_token, a header or in the URL")
    if options.basic_auth:
        login = basic(options.basic_auth.username, options.basic_auth.password)
        return [("Authorization", login)]
    if options.bearer_token:
        return [("Authorization", f"Bearer {options.bearer_token}")]
    return []


async def _probe(options: HttpOptions, net: Net) -> Observation:
    answer = await net.fetch(options.first)
    way = [options.start]
    if options.follow_redirects and answer.status in REDIRECTS:
        way, answer = await follow(net, options.ask, way[0], answer, options.max_redirects)
    facts = {
        "status": answer.status,
        "address": net.address,
        "headers": Headers(answer.headers),
        "body": answer.body(),
    }
    facts |= certificate_facts(net.certificate)
    if len(way) > 1:
        facts["redirected_to"] = shown(way[-1])
        facts["redirects"] = tuple(map(shown, way))
    return Observation(net.elapsed, net.phases, facts)


KIND = Kind(
    name="http",
    summary="Asks an HTTP or HTTPS address and judges the answer.",
    options=HttpOptions,
    probe=_probe,
    target=lambda options: shown(options.start),
    expectations={
        "status": StatusExpectation,
        "latency": LatencyExpectation,
        "header": HeaderExpectation,
        "body": BodyExpectation,
        "json": JsonExpectation,
        "certificate": CertificateExpectation,
    },
    expected={"status": Status(((200, 299),))},
    short="url",
    example="""\
api:
  http: https://shop.example/health
  expect:
    status: 200
    json: {"$.status": UP}
  degraded_if: {latency: {above: 800ms}}
  warn_if: {certificate: {left: {below: 14d}}}
""",
    failures={
        "status 503, expected 200-299": "The server answers, but not well.",
        "connection refused by HOST:PORT": "The host is there and nobody listens at the port.",
        "no answer within 5 s: connecting": "Packets are lost or dropped by a firewall; the "
        "last words say how far the probe had come.",
        "certificate expired 3 days ago": "The certificate was not renewed, or not loaded.",
        "certificate is for OTHER, not HOST": "The server shows another site's certificate.",
        "redirect loop: A -> B -> A": "Often a proxy that speaks http to a site that wants https.",
    },
)
