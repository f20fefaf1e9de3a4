"""The kind `dns`: a question to a name server, and the records that answer it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from yarl import URL

from checks.expectations import LatencyExpectation
from checks.expectations_dns import (
    AnswerExpectation,
    AnyRecord,
    AuthenticatedExpectation,
    AuthoritativeExpectation,
    Rcode,
    RcodeExpectation,
    TtlExpectation,
)
from checks.model import Kind, Net, Observation
from checks.settings import Written
from checks.wire.asking import TRANSPORTS, NameServer, ask
from checks.wire.peers import Peer, is_address, parse_host, parse_place
from checks.wire.questions import TYPES, Question, name_for, parse_name
from checks.wire.requests import parse_url
from checks.wire.tls import TlsSettings, certificate_facts

_PORTS = {"udp": 53, "tcp": 53, "tls": 853, "https": 443}
_LONGEST_FACT = 200


def _read_type(raw: object) -> str:
    type = str(raw).upper()
    if type not in TYPES:
        raise ValueError(f'"{raw}" is no type of record: write one of {", ".join(TYPES)}')
    return type


def _read_transport(raw: object) -> str:
    if raw not in TRANSPORTS:
        raise ValueError(f'"{raw}" is no way to ask: write one of {", ".join(TRANSPORTS)}')
    return str(raw)


def _read_server(raw: object) -> str:
    server = str(raw)
    _url(server) if "://" in server else _peer(server, 53)
    return server


def _url(server: str) -> URL:
    url = parse_url(server)
    if url.scheme != "https":
        raise ValueError(f'"{server}": a name server is asked by https, not by {url.scheme}')
    return url


def _peer(server: str, port: int) -> Peer:
    if is_address(server.strip("[]")):
        return Peer(server.strip("[]"), port)
    if ":" in server:
        return parse_place(server)
    return Peer(parse_host(server), port)


@dataclass(frozen=True, slots=True)
class DnsOptions:
    """What is asked, of whom, and how."""

    name: Annotated[str, Written(parse_name, {"type": "string", "examples": ["shop.example"]})]
    """The name to ask for, taken as a whole; for PTR it may be an address."""
    type: Annotated[str, Written(_read_type, {"enum": list(TYPES)})] = "A"
    """The type of the records."""
    server: Annotated[
        str, Written(_read_server, {"type": "string", "examples": ["192.0.2.53", "[::1]:5353"]})
    ] = ""
    """The name server, with or without a port, or an https:// URL; otherwise the system's."""
    transport: Annotated[str | None, Written(_read_transport, {"enum": list(TRANSPORTS)})] = None
    """How to ask: by udp (and tcp where an answer is too long), tcp, tls or https."""
    recursive: bool = True
    """Whether the server shall ask others; an authoritative server is asked without."""
    tls: TlsSettings = field(default_factory=TlsSettings)
    """How to speak TLS, with tls and https."""
    question: Question = field(init=False, repr=False, compare=False)
    whom: NameServer = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        name = name_for(self.name, self.type)
        object.__setattr__(self, "question", Question(name, self.type, self.recursive))
        object.__setattr__(self, "whom", _name_server(self))


def _name_server(options: DnsOptions) -> NameServer:
    is_url = "://" in options.server
    transport = options.transport or ("https" if is_url else "udp")
    if is_url and transport != "https":
        raise ValueError(f"{options.server} is asked by https: leave transport out")
    if transport in ("tls", "https") and not options.server:
        raise ValueError(f"a server is due for transport {transport}, since the system names none")
    if transport in ("udp", "tcp") and options.tls != TlsSettings():
        raise ValueError(f"tls is for transport tls or https, not for {transport}")
    if not options.server:
        return NameServer(transport)
    if is_url:
        return NameServer(transport, url=_url(options.server), tls=options.tls)
    peer = _peer(options.server, _PORTS[transport])
    url = URL(f"https://{peer}/dns-query") if transport == "https" else None
    return NameServer(transport, peer, url, options.tls)


def _target(options: DnsOptions) -> str:
    """As RFC 4501 writes it."""
    whom = options.whom
    server = f"//{whom.url.raw_authority if whom.url else whom.peer}/" if options.server else ""
    return f"dns:{server}{options.name}?type={options.type}"


async def _probe(options: DnsOptions, net: Net) -> Observation:
    reply = await ask(net, options.whom, options.question)
    facts = {
        "reply": reply,
        "address": net.address,
        "rcode": reply.rcode,
        "answer": ", ".join(reply.records)[:_LONGEST_FACT],
    }
    return Observation(net.elapsed, net.phases, facts | certificate_facts(net.certificate))


KIND = Kind(
    name="dns",
    summary="Asks a name server for the records of a name.",
    options=DnsOptions,
    probe=_probe,
    target=_target,
    expectations={
        "answer": AnswerExpectation,
        "rcode": RcodeExpectation,
        "ttl": TtlExpectation,
        "authoritative": AuthoritativeExpectation,
        "authenticated": AuthenticatedExpectation,
        "latency": LatencyExpectation,
    },
    expected={"rcode": Rcode(("NOERROR",)), "answer": AnyRecord()},
    short="name",
    example="""\
zone:
  dns: {name: shop.example, type: MX, server: 192.0.2.53}
  expect: {answer: {contains: "10 mail.shop.example"}}
""",
    failures={
        "answer NXDOMAIN (there is no such name), expected NOERROR": "Mistyped, expired, or taken "
        "out of the zone.",
        "answer SERVFAIL (the server could not find out), expected NOERROR": "Often DNSSEC, or the "
        "servers of the zone do not answer it.",
        "no answer within 5 s: waiting for an answer of HOST:PORT": "The server is silent, or a "
        "firewall drops what it says.",
    },
)
