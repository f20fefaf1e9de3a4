"""The kind `grpc`: against a real gRPC server, and against servers that are none."""

from contextlib import asynccontextmanager

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1.health import aio as health

from tests.checks.servers import greeting, refusing, serving, silent

SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING
LONG = "shop.v1." + "Cart" * 60


@asynccontextmanager
async def real(*servicers, credentials=None):
    """grpcio's server. One that is not stopped hangs the interpreter at its end."""
    server = grpc.aio.server()
    for servicer in servicers:
        health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
    port = (
        server.add_secure_port("127.0.0.1:0", credentials)
        if credentials
        else server.add_insecure_port("127.0.0.1:0")
    )
    await server.start()
    try:
        yield port
    finally:
        await server.stop(None)


@pytest.fixture
async def shop():
    """A health service that knows a few services."""
    servicer = health.HealthServicer()
    await servicer.set("shop.v1.Cart", SERVING)
    await servicer.set("shop.v1.Search", NOT_SERVING)
    await servicer.set(LONG, SERVING)
    return servicer


class Answering(health_pb2_grpc.HealthServicer):
    """Answers as it is told, and keeps the metadata that came."""

    def __init__(self, status=None, code=None, said=""):
        self.status, self.code, self.said = status, code, said
        self.metadata = {}

    async def Check(self, request, context):
        self.metadata = dict(context.invocation_metadata())
        if self.code:
            await context.abort(self.code, self.said)
        return health_pb2.HealthCheckResponse(status=self.status)


@pytest.mark.parametrize("service", ["", "shop.v1.Cart", LONG])
async def test_a_service_that_serves_passes(probe, shop, service):
    async with real(shop) as port:
        result = await probe("grpc", {"address": f"127.0.0.1:{port}", "service": service})
    assert (result.outcome, result.reason) == ("pass", "")
    assert result.facts == {"address": "127.0.0.1", "health": "SERVING"}
    assert list(result.phases) == ["connect", "first_byte", "transfer"]


async def test_a_service_that_does_not_serve_fails_with_its_latency(probe, shop):
    async with real(shop) as port:
        options = {"address": f"127.0.0.1:{port}", "service": "shop.v1.Search"}
        result = await probe("grpc", options)
    assert (result.outcome, result.reason) == ("fail", "health NOT_SERVING, expected SERVING")
    assert result.latency_seconds > 0


async def test_another_health_can_be_expected(probe, shop):
    async with real(shop) as port:
        options = {"address": f"127.0.0.1:{port}", "service": "shop.v1.Search"}
        result = await probe("grpc", options, expect={"health": "NOT_SERVING"})
    assert result.outcome == "pass"


async def test_a_health_not_set_is_unknown(probe):
    async with real(Answering(status=0)) as port:
        result = await probe("grpc", {"address": f"127.0.0.1:{port}"})
    assert result.reason == "health UNKNOWN, expected SERVING"


async def test_a_service_that_is_not_known_fails(probe, shop):
    async with real(shop) as port:
        options = {"address": f"127.0.0.1:{port}", "service": "shop.v2.Cart"}
        result = await probe("grpc", options)
    assert (result.outcome, result.reason) == (
        "fail",
        f'127.0.0.1:{port} knows no service "shop.v2.Cart"',
    )


async def test_a_server_without_a_health_service_fails(probe):
    async with real() as port:
        result = await probe("grpc", {"address": f"127.0.0.1:{port}"})
    assert result.reason == f"127.0.0.1:{port} has no health service (grpc.health.v1)"


async def test_what_a_server_says_is_the_reason(probe):
    refusing_us = Answering(code=grpc.StatusCode.UNAUTHENTICATED, said="wer bist du? 100 %, ü")
    async with real(refusing_us) as port:
        result = await probe("grpc", {"address": f"127.0.0.1:{port}"})
    assert result.reason == f'127.0.0.1:{port} answers UNAUTHENTICATED: "wer bist du? 100 %, ü"'


async def test_metadata_is_sent(probe):
    asked = Answering(status=1)
    async with real(asked) as port:
        options = {"address": f"127.0.0.1:{port}", "metadata": {"Authorization": "Bearer x"}}
        result = await probe("grpc", options)
    assert result.outcome == "pass"
    assert asked.metadata["authorization"] == "Bearer x"
    assert asked.metadata["user-agent"].startswith("Upfront")


async def test_tls_is_verified_and_its_certificate_is_a_fact(probe, shop, authority):
    key, chain = authority.pair("shop.example")
    tls = {"ca_file": authority.ca_file, "server_name": "shop.example"}
    credentials = grpc.ssl_server_credentials([(key, chain)])
    async with real(shop, credentials=credentials) as port:
        options = {"address": f"127.0.0.1:{port}"}
        trusted = await probe("grpc", {**options, "tls": tls})
        strange = await probe("grpc", {**options, "tls": True})
        plain = await probe("grpc", options)
    assert (trusted.outcome, trusted.reason) == ("pass", "")
    assert "certificate_expires_at" in trusted.facts
    assert strange.reason.startswith("certificate is")
    assert plain.outcome == "fail"


async def test_tls_without_http2_is_named(probe, authority):
    async with serving(silent, authority.server("shop.example")) as port:
        tls = {"ca_file": authority.ca_file, "server_name": "shop.example"}
        result = await probe("grpc", {"address": f"127.0.0.1:{port}", "tls": tls})
    assert result.reason == f"127.0.0.1:{port} does not offer HTTP/2 in the TLS handshake"


# What is no gRPC ------------------------------------------------------------------------------

SETTINGS = b"\0\0\0\4\0\0\0\0\0"
GOAWAY = b"\0\0\x08\7\0\0\0\0\0" + bytes(4) + (0xB).to_bytes(4, "big")
RESET = b"\0\0\4\3\0\0\0\0\1" + (7).to_bytes(4, "big")


def answer(*fields, data=b""):
    """A whole answer in HTTP/2, its headers in the plainest form."""
    head = b"".join(
        b"\0" + bytes([len(name)]) + name.encode() + _length(value) + value.encode()
        for name, value in fields
    )
    first = len(head).to_bytes(3, "big") + (b"\1\4" if data else b"\1\5") + b"\0\0\0\1" + head
    rest = len(data).to_bytes(3, "big") + b"\0\1\0\0\0\1" + data if data else b""
    return SETTINGS + first + rest


def _length(text):
    """As RFC 7541 writes it; a long one in two bytes after the first."""
    rest = len(text) - 127
    return bytes([len(text)]) if rest < 0 else bytes([127, rest & 127 | 128, rest >> 7])


OK = ((":status", "200"), ("content-type", "application/grpc"), ("grpc-status", "0"))


@pytest.mark.parametrize(
    ("speech", "reason"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "speaks HTTP/1.1, not the HTTP/2 that gRPC needs"),
        (b"SSH-2.0-OpenSSH_9.2\r\n" * 99, "does not speak HTTP/2: "),
        (b"\x15\x03\x03\x00\x02\x02\x46" * 9, "speaks TLS: set tls"),
        (SETTINGS + GOAWAY, "ended the connection: enhance your calm"),
        (SETTINGS + RESET, "broke off the call: refused stream"),
        (answer((":status", "404")), "answers with HTTP status 404"),
        (answer((":status", "200"), ("content-type", "text/html")),
         'does not speak gRPC: it answers with "text/html"'),
        (answer(*OK[:2], ("grpc-status", "99")), 'answers status "99"'),
        (answer(*OK[:2], ("grpc-status", "9" * 5000)), 'answers status "999'),
        (answer(*OK, data=b"\0\0\0\0\x09\x08\1"), "answers with what is not one message of gRPC"),
        (answer(*OK, data=b"\1\0\0\0\2\x08\1"), "answers with what is not one message of gRPC"),
        (answer(*OK, data=b"x"), "answers with what is not one message of gRPC"),
    ],
)  # fmt: skip
async def test_what_is_no_grpc_is_named(probe, speech, reason):
    async with serving(greeting(speech)) as port:
        result = await probe("grpc", {"address": f"127.0.0.1:{port}"})
    assert result.outcome == "fail"
    assert result.reason.startswith(f"127.0.0.1:{port} {reason}")


@pytest.mark.parametrize("message", [b"\x08\x09", b"\x10\x01", b"\x08\x01\x08"])
async def test_a_message_of_another_form_is_no_health(probe, message):
    framed = b"\0" + len(message).to_bytes(4, "big") + message
    async with serving(greeting(answer(*OK, data=framed))) as port:
        result = await probe("grpc", {"address": f"127.0.0.1:{port}"})
    assert result.outcome == "fail"
    assert result.reason.startswith("what answers is no health service")


async def test_an_answer_written_by_hand_passes(probe):
    async with serving(greeting(answer(*OK, data=b"\0\0\0\0\2\x08\1"))) as port:
        result = await probe("grpc", {"address": f"127.0.0.1:{port}"})
    assert (result.outcome, result.reason) == ("pass", "")


async def test_silence_and_a_closed_port_fail(probe):
    async with serving(silent) as port:
        late = await probe("grpc", {"address": f"127.0.0.1:{port}"}, timeout=0.15)
    with refusing() as port:
        closed = await probe("grpc", {"address": f"127.0.0.1:{port}"})
    assert late.reason == (
        "no answer within 150 ms: waiting for the answer to /grpc.health.v1.Health/Check"
    )
    assert closed.reason == f"connection refused by 127.0.0.1:{port}"


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"address": "cart.example"}, "has no port"),
        ({"address": "[::1]:1", "ip": 4}, "::1 is no address of IPv4"),
        ({"address": "a:1", "metadata": {"grpc-timeout": "1S"}}, "belong to gRPC"),
        ({"address": "a:1", "metadata": {"a": "x\ny"}}, "no line ends"),
    ],
)
async def test_what_cannot_be_asked_is_refused_when_it_is_read(probe, options, reason):
    with pytest.raises(ValueError, match=reason):
        await probe("grpc", options)


async def test_a_health_that_there_is_not_is_refused_when_it_is_read(probe):
    with pytest.raises(ValueError, match="is no health: write one of UNKNOWN, SERVING"):
        await probe("grpc", {"address": "a:1"}, expect={"health": "fine"})
