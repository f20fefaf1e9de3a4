"""The kind `websocket`: the handshake of a WebSocket and, if wanted, a dialogue in messages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from annotated_types import Ge, Le
from yarl import URL

from checks.expectations import (
    CertificateExpectation,
    HeaderExpectation,
    LatencyExpectation,
)
from checks.failures import ProbeFailure
from checks.model import Kind, Net, Observation
from checks.patterns import OptionalPattern, Pattern
from checks.settings import Text, Written
from checks.wire.peers import IpVersion, check_version
from checks.wire.requests import Ask, check_header
from checks.wire.tls import TlsSettings, certificate_facts
from checks.wire.websockets import (
    OWN_HEADERS,
    Closed,
    WebSocket,
    address_of,
    open_websocket,
    parse_address,
)
from checks.words import quoted


def _read_url(raw: object) -> str:
    parse_address(raw)
    return str(raw).strip()


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of a dialogue: what we send, what we expect to hear, or how it is to end."""

    send: Text | None = None
    """Text to send as one message."""
    expect: OptionalPattern = None
    """A regular expression (RE2) that a message must match; those before it are passed over."""
    close: Annotated[int, Ge(1000), Le(4999)] | None = None
    """The code with which the server must close here, such as 1000."""

    def __post_init__(self) -> None:
        if [self.send, self.expect, self.close].count(None) != 2:
            raise ValueError("a turn is one of send, expect and close")


@dataclass(frozen=True, slots=True)
class WebsocketOptions:
    """Which WebSocket to open, and what to say there."""

    url: Annotated[str, Written(_read_url, {"type": "string", "format": "uri"})]
    """The address, with ws:// or wss://."""
    headers: Mapping[str, Text] = field(default_factory=dict, repr=False)
    """Headers to send with the handshake, such as `Origin` or `Authorization`."""
    subprotocols: tuple[Text, ...] = ()
    """Subprotocols to offer; the server must choose one of them."""
    dialogue: tuple[Turn, ...] = ()
    """What to send and what to expect, in turn; without it the handshake is all."""
    ip: IpVersion | None = None
    """Use only IPv4 (4) or only IPv6 (6); otherwise what the system prefers, then the other."""
    tls: TlsSettings = field(default_factory=TlsSettings)
    """How to speak TLS with a wss address."""
    asked: URL = field(init=False, repr=False, compare=False)
    ask: Ask = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        url = parse_address(self.url)
        for name, value in self.headers.items():
            check_header(name, value)
            if name.lower() in OWN_HEADERS:
                raise ValueError(f"header {name} belongs to the handshake")
        for name in self.subprotocols:
            check_header(name, "")
        if any(turn.close for turn in self.dialogue[:-1]):
            raise ValueError("nothing can follow close in a dialogue")
        check_version(url.raw_host or "", self.ip)
        ask = Ask(headers=tuple(self.headers.items()), tls=self.tls, ip=self.ip or 0)
        object.__setattr__(self, "asked", url)
        object.__setattr__(self, "ask", ask)


async def _probe(options: WebsocketOptions, net: Net) -> Observation:
    socket = await open_websocket(net, options.asked, options.ask, options.subprotocols)
    ended = False
    for turn in options.dialogue:
        ended = await _take(turn, socket)
    if not ended:
        socket.close()
    facts: dict[str, Any] = {"address": net.address, "headers": socket.headers}
    if options.subprotocols:
        facts["subprotocol"] = socket.headers.get("Sec-WebSocket-Protocol")
    return Observation(net.elapsed, net.phases, facts | certificate_facts(net.certificate))


async def _take(turn: Turn, socket: WebSocket) -> bool:
    """Take a turn; says whether the conversation is over."""
    if turn.send is not None:
        socket.send(turn.send)
    elif turn.expect:
        await _hear(turn.expect, socket)
    elif turn.close:
        await _see_closed(turn.close, socket)
        return True
    return False


async def _hear(pattern: Pattern, socket: WebSocket) -> None:
    wanted = f"a message matching {pattern.text}"
    socket.waiting(f"waiting for {wanted}")
    heard = ""
    while True:
        try:
            heard = await socket.message()
        except Closed as closed:
            before = f" after {quoted(heard)}" if heard else ""
            told = f"{socket.place} closed with {closed}{before}"
            raise ProbeFailure(f"{told}, expected {wanted}") from None
        if pattern.found_in(heard):
            return
        socket.waiting(f"expected {wanted}, got {quoted(heard)}")


async def _see_closed(code: int, socket: WebSocket) -> None:
    socket.waiting(f"waiting for the server to close with {code}")
    try:
        while True:
            await socket.message()
    except Closed as closed:
        if closed.code != code:
            raise ProbeFailure(f"{socket.place} closed with {closed}, expected {code}") from None


KIND = Kind(
    name="websocket",
    summary="Opens a WebSocket and, if wanted, holds a dialogue in messages.",
    options=WebsocketOptions,
    probe=_probe,
    target=lambda options: address_of(options.asked),
    expectations={
        "latency": LatencyExpectation,
        "header": HeaderExpectation,
        "certificate": CertificateExpectation,
    },
    short="url",
    example="""\
live:
  websocket:
    url: wss://shop.example/live
    dialogue:
      - send: '{"subscribe": "prices"}'
      - expect: '"type": *"snapshot"'
""",
    failures={
        "HOST:PORT does not change to WebSocket: status 403": "The server or a proxy before it "
        "refuses; proxies often need to be told to pass Upgrade on.",
        "HOST:PORT closed with 1008 (policy violated), expected …": "The server ended the "
        "conversation; the code and its words are its own.",
        "no answer within 5 s: waiting for a message matching …": "The handshake went well and "
        "nothing that matches was sent.",
    },
)
