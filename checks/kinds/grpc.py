"""The kind `grpc`: the standard health check of a gRPC server, asked for one service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

from checks.expectations import CertificateExpectation, LatencyExpectation
from checks.failures import ProbeFailure
from checks.model import Finding, Kind, Net, Observation
from checks.settings import Text, Written
from checks.wire.peers import IpVersion, Place, check_version
from checks.wire.requests import check_header
from checks.wire.tls import TlsChoice, certificate_facts
from checks.words import quoted

if TYPE_CHECKING:
    from checks.wire.unary import Answer

_PATH = "/grpc.health.v1.Health/Check"
_HEALTH = ("UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN")


@dataclass(frozen=True, slots=True)
class Health:
    """The health that a service has of itself."""

    wanted: str

    def judge(self, observation: Observation, at: datetime) -> Finding:
        """Compare what the server said."""
        seen = observation.facts.get("health", "unknown")
        return Finding(seen == self.wanted, f"health {seen}", self.wanted)

    def __str__(self) -> str:
        """The health as one writes it."""
        return self.wanted


def _read_health(raw: object) -> Health:
    if str(raw) not in _HEALTH:
        raise ValueError(f'"{raw}" is no health: write one of {", ".join(_HEALTH)}')
    return Health(str(raw))


HealthExpectation = Annotated[Health, Written(_read_health, {"enum": list(_HEALTH)})]


@dataclass(frozen=True, slots=True)
class GrpcOptions:
    """Which server to ask, and about what."""

    address: Place
    """Host and port, such as `cart.example:443` or `[2001:db8::1]:50051`."""
    service: Text = ""
    """The service to ask about, such as `shop.v1.Cart`; the server as a whole unless set."""
    tls: TlsChoice = None
    """Whether to speak TLS: true, or how."""
    metadata: Mapping[str, Text] = field(default_factory=dict, repr=False)
    """Metadata to send with the call, such as `authorization`."""
    ip: IpVersion | None = None
    """Use only IPv4 (4) or only IPv6 (6); otherwise what the system prefers, then the other."""

    def __post_init__(self) -> None:
        check_version(self.address.host, self.ip)
        for name, value in self.metadata.items():
            check_header(name, value)
            if name.lower().startswith("grpc-"):
                raise ValueError(f"metadata {name}: names with grpc- belong to gRPC")


async def _probe(options: GrpcOptions, net: Net) -> Observation:
    from checks.wire.unary import Call, call

    peer = replace(options.address, ip=options.ip or 0)
    message = _request(options.service)
    metadata = tuple(options.metadata.items())
    answer = await call(net, Call(peer, _PATH, message, metadata, options.tls))
    if answer.status != "OK":
        raise ProbeFailure(_refusal(answer, options))
    facts = {"address": net.address, "health": _health(answer.message)}
    return Observation(net.elapsed, net.phases, facts | certificate_facts(net.certificate))


def _refusal(answer: Answer, options: GrpcOptions) -> str:
    if answer.status == "UNIMPLEMENTED":
        return f"{options.address} has no health service (grpc.health.v1)"
    if answer.status == "NOT_FOUND":
        return f"{options.address} knows no service {quoted(options.service)}"
    said = f": {quoted(answer.said)}" if answer.said else ""
    return f"{options.address} answers {answer.status}{said}"


# Messages of grpc.health.v1: a request has the service in field 1, an answer the health. ----------


def _request(service: str) -> bytes:
    name = service.encode()
    return b"\x0a" + _varint(len(name)) + name if name else b""


def _varint(number: int) -> bytes:
    written = bytearray()
    while number > 0x7F:
        written.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*written, number])


def _health(message: bytes) -> str:
    if not message:
        return _HEALTH[0]
    if len(message) != 2 or message[0] != 0x08 or message[1] >= len(_HEALTH):
        raise ProbeFailure("what answers is no health service: its message has another form")
    return _HEALTH[message[1]]


KIND = Kind(
    name="grpc",
    summary="Asks a gRPC server for the health of a service (grpc.health.v1).",
    options=GrpcOptions,
    probe=_probe,
    target=lambda options: str(options.address),
    expectations={
        "health": HealthExpectation,
        "latency": LatencyExpectation,
        "certificate": CertificateExpectation,
    },
    expected={"health": Health("SERVING")},
    short="address",
    example="""\
cart:
  grpc: {address: "cart.example:443", service: shop.v1.Cart, tls: true}
""",
    failures={
        "health NOT_SERVING, expected SERVING": "The server says so of the service.",
        'HOST:PORT knows no service "shop.v1.Cart"': "It has a health service, but nobody has "
        "told it about this one: see the spelling.",
        "HOST:PORT has no health service (grpc.health.v1)": "The server does not have the "
        "standard health service registered.",
        "HOST:PORT speaks HTTP/1.1, not the HTTP/2 that gRPC needs": "Something else listens "
        "there, often a proxy.",
    },
)
