"""One unary call of gRPC over HTTP/2: a message there, a message back, and how it ended."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import (
    ConnectionTerminated,
    DataReceived,
    Event,
    ResponseReceived,
    StreamEnded,
    StreamReset,
    TrailersReceived,
)
from h2.exceptions import ProtocolError

from checks.failures import ProbeFailure
from checks.model import Net
from checks.wire.peers import Peer
from checks.wire.requests import user_agent
from checks.wire.streams import Stream
from checks.wire.tls import TlsSettings
from checks.words import quoted

ALPN = ("h2",)

_MOST = 64 << 10
_SETTINGS = 4
_NAMES = (
    "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND",
    "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
    "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS",
    "UNAUTHENTICATED",
)  # fmt: skip
_STATUSES = {str(number): name for number, name in enumerate(_NAMES)}


@dataclass(frozen=True, slots=True)
class Call:
    """What is asked of whom: the path of a method, and the message in its encoded form."""

    peer: Peer
    path: str
    message: bytes
    metadata: tuple[tuple[str, str], ...] = ()
    tls: TlsSettings | None = None


@dataclass(slots=True)
class Answer:
    """How a call ended: the status of gRPC by name, what was said to it, and the message."""

    status: str = ""
    said: str = ""
    message: bytes = b""


@dataclass(slots=True)
class _Coming:
    """An answer as far as it came."""

    headers: dict[str, str] = field(default_factory=dict)
    body: bytearray = field(default_factory=bytearray)
    ended: bool = False


async def call(net: Net, wanted: Call) -> Answer:
    """Make one call over a connection of its own.

    Raises:
        ProbeFailure: The other side does not speak gRPC, or breaks off.
    """
    stream = await net.connect(wanted.peer, wanted.tls, alpn=ALPN)
    agreed = net.handshake()
    if agreed and agreed.alpn not in ALPN:
        raise ProbeFailure(f"{stream.place} does not offer HTTP/2 in the TLS handshake")
    stream.waiting = f"waiting for the answer to {wanted.path}"
    net.enter("first_byte")
    coming = await _converse(stream, wanted, net)
    net.enter("")
    return _read(coming, stream.place)


async def _converse(stream: Stream, wanted: Call, net: Net) -> _Coming:
    connection = H2Connection(H2Configuration(client_side=True, header_encoding="utf-8"))
    connection.initiate_connection()
    number = connection.get_next_available_stream_id()
    connection.send_headers(number, _headers(wanted))
    connection.send_data(number, _framed(wanted.message), end_stream=True)
    stream.send(connection.data_to_send())
    coming = _Coming()
    received = await stream.some()
    _check_preface(received, stream.place)
    net.enter("transfer")
    while True:
        try:
            _take(connection.receive_data(received), coming, stream.place)
        except (ProtocolError, UnicodeDecodeError) as broken:
            name = type(broken).__name__
            raise ProbeFailure(f"{stream.place} does not speak HTTP/2: {name}") from None
        if coming.ended:
            return coming
        stream.send(connection.data_to_send())
        received = await stream.some()


def _headers(wanted: Call) -> list[tuple[str, str]]:
    return [
        (":method", "POST"),
        (":scheme", "https" if wanted.tls else "http"),
        (":path", wanted.path),
        (":authority", str(wanted.peer)),
        ("te", "trailers"),
        ("content-type", "application/grpc"),
        ("user-agent", user_agent()),
        *((name.lower(), value) for name, value in wanted.metadata),
    ]


def _framed(message: bytes) -> bytes:
    return b"\0" + len(message).to_bytes(4) + message


def _take(events: Iterable[Event], coming: _Coming, place: str) -> None:
    for event in events:
        match event:
            case ResponseReceived() | TrailersReceived():
                coming.headers.update((str(k), str(v)) for k, v in event.headers or ())
            case DataReceived():
                coming.body += event.data or b""
                if len(coming.body) > _MOST:
                    raise ProbeFailure(f"{place} answers with more than {_MOST >> 10} KiB")
            case StreamEnded():
                coming.ended = True
            case StreamReset():
                raise ProbeFailure(f"{place} broke off the call: {_error(event.error_code)}")
            case ConnectionTerminated():
                raise ProbeFailure(f"{place} ended the connection: {_error(event.error_code)}")


def _read(coming: _Coming, place: str) -> Answer:
    headers = coming.headers
    status = headers.get("grpc-status", "")
    if not status:
        if headers.get(":status") != "200":
            raise ProbeFailure(f"{place} answers with HTTP status {headers.get(':status')}")
        raise ProbeFailure(f"{place} does not speak gRPC: {_content_type(headers)}")
    return Answer(
        status=_STATUSES.get(status, f"status {quoted(status)}"),
        said=unquote(headers.get("grpc-message", "")),
        message=_unframed(bytes(coming.body), place),
    )


def _content_type(headers: Mapping[str, str]) -> str:
    return f"it answers with {quoted(headers.get('content-type', ''))}"


def _unframed(body: bytes, place: str) -> bytes:
    if not body:
        return b""
    if body[0] or len(body) < 5 or int.from_bytes(body[1:5]) != len(body) - 5:
        raise ProbeFailure(f"{place} answers with what is not one message of gRPC")
    return body[5:]


def _error(code: ErrorCodes | int | None) -> str:
    name = code.name if isinstance(code, ErrorCodes) else f"code {code}"
    return name.lower().replace("_", " ")


def _check_preface(received: bytes, place: str) -> None:
    """A server of HTTP/2 begins with its settings; of anything else h2 may wait for the rest."""
    if received.startswith(b"HTTP/1"):
        raise ProbeFailure(f"{place} speaks HTTP/1.1, not the HTTP/2 that gRPC needs")
    if received[:1] in (b"\x15", b"\x16"):
        raise ProbeFailure(f"{place} speaks TLS: set tls")
    if len(received) > 3 and received[3] != _SETTINGS:
        raise ProbeFailure(f"{place} does not speak HTTP/2: {quoted(received.decode('latin-1'))}")
