"""What goes wrong on the way to an answer, and the reason that an operator reads."""

import asyncio
import re
import resource
import socket
import struct
import threading

import pytest

from checks.net import Network, first_to_connect
from tests.checks.servers import answering, full, greeting, ok, read_head, refusing, serving, silent


async def resetting(reader, writer):
    """Sends half an answer, then resets the connection."""
    await read_head(reader)
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
    await writer.drain()
    writer.get_extra_info("socket").setsockopt(
        socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
    )
    writer.transport.abort()


async def dripping(reader, writer):
    """Sends a byte now and then, for ever."""
    await read_head(reader)
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        writer.write(b"x")
        await asyncio.sleep(0.01)


HEADERS = b"".join(b"X-%d: 1\r\n" % number for number in range(300))

BROKEN = [
    (answering(), "connection closed by {place} without an answer"),
    (
        answering(b"HTTP/1.1 200 OK\r\nX-A"),
        "connection closed by {place} in the middle of the headers",
    ),
    (
        answering(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabcd"),
        "connection closed by {place} in the middle of the body, after 4 of 10 bytes",
    ),
    (
        answering(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n"),
        "connection closed by {place} in the middle of the body, after 4 bytes",
    ),
    (resetting, "connection reset by {place} in the middle of the body, after 4 of 100 bytes"),
    (
        answering(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"),
        "body of {place} breaks HTTP: Invalid character in chunk size",
    ),
    (greeting(b"SSH-2.0-OpenSSH_9.2\r\n"), '{place} does not speak HTTP: "SSH-2.0-OpenSSH_9.2"'),
    (greeting(b"\x15\x03\x01\x00\x02\x02\x46"), "{place} answers in TLS: use https"),
    (
        answering(b"HTTP/1.1 200 OK\r\nBad Header: 1\r\n\r\n"),
        "headers of {place} break HTTP: Invalid header token",
    ),
    (
        answering(b"HTTP/1.1 200 OK\r\n" + HEADERS + b"\r\n"),
        "{place} sends more than 256 headers",
    ),
    (
        answering(b"HTTP/1.1 200 OK\r\nX-A: " + b"a" * 100_000),
        "headers of {place} are longer than 64 KiB",
    ),
    (answering(ok(status="503 Down")), "status 503, expected 200-299"),
]


@pytest.mark.parametrize(("handler", "reason"), BROKEN, ids=[reason[:60] for _, reason in BROKEN])
async def test_a_broken_answer_is_a_failure_with_its_reason(probe, handler, reason):
    async with serving(handler) as port:
        result = await probe("http", {"url": f"http://127.0.0.1:{port}/"})
    assert (result.outcome, result.reason) == ("fail", reason.format(place=f"127.0.0.1:{port}"))


async def test_only_whole_answers_are_timed(probe):
    async with serving(answering(ok(status="503 Down"))) as port:
        answered = await probe("http", {"url": f"http://127.0.0.1:{port}/"})
    async with serving(answering()) as port:
        broken = await probe("http", {"url": f"http://127.0.0.1:{port}/"})
    assert answered.latency_seconds > 0
    assert broken.latency_seconds is None
    assert list(broken.phases) == ["connect", "first_byte"]
    assert broken.facts == {"address": "127.0.0.1"}


async def test_a_refused_connection_names_the_address(probe):
    with refusing() as port:
        result = await probe("http", {"url": f"http://127.0.0.1:{port}/"})
    assert result.outcome == "fail"
    assert result.reason == f"connection refused by 127.0.0.1:{port}"
    assert result.latency_seconds is None


@pytest.mark.parametrize(
    ("handler", "doing"),
    [
        (silent, "waiting for the first byte"),
        (greeting(b"HTTP/1.1 200 OK\r\n"), "receiving the answer"),
        (dripping, "receiving the answer"),
    ],
)
async def test_a_deadline_is_absolute_and_says_what_was_waited_for(probe, handler, doing):
    async with serving(handler) as port:
        result = await probe("http", {"url": f"http://127.0.0.1:{port}/"}, timeout=0.15)
    assert (result.outcome, result.reason) == ("fail", f"no answer within 150 ms: {doing}")
    assert result.latency_seconds is None
    assert (result.known_at - result.at).total_seconds() < 2


async def test_a_deadline_holds_while_connecting(probe):
    with full() as port:
        result = await probe("http", {"url": f"http://127.0.0.1:{port}/"}, timeout=0.15)
    assert result.reason == "no answer within 150 ms: connecting"


async def test_a_deadline_holds_in_the_tls_handshake(probe):
    async with serving(silent) as port:
        result = await probe("http", {"url": f"https://127.0.0.1:{port}/"}, timeout=0.15)
    assert result.reason == "no answer within 150 ms: in the TLS handshake"


async def test_a_deadline_holds_while_a_name_is_looked_up(probe):
    released = threading.Event()

    def stuck(peer):
        released.wait()
        return []

    network = Network(stuck)
    try:
        result = await probe("http", {"url": "http://shop.example/"}, timeout=0.15, over=network)
    finally:
        released.set()
        network.close()
    assert result.reason == "no answer within 150 ms: looking up the name"


def refusing_names(code, words):
    def look_up(peer):
        raise socket.gaierror(code, words)

    return Network(look_up)


@pytest.mark.parametrize(
    ("code", "outcome", "reason"),
    [
        (socket.EAI_NONAME, "fail", "name shop.example not found"),
        (socket.EAI_ADDRFAMILY, "fail", "name shop.example has no IPv6 address"),
        (socket.EAI_AGAIN, "error", "cannot look up shop.example: words of the system"),
    ],
)
async def test_a_name_that_is_not_there_differs_from_a_resolver_that_is_not(
    probe, code, outcome, reason
):
    network = refusing_names(code, "Words of the system")
    result = await probe("http", {"url": "http://shop.example/", "ip": 6}, over=network)
    network.close()
    assert (result.outcome, result.reason) == (outcome, reason)


async def test_the_next_address_is_tried_when_the_first_refuses(probe):
    async with serving(answering(ok())) as port:
        network = Network(lambda peer: ["127.0.0.2", "127.0.0.1"])
        result = await probe("http", {"url": f"http://shop.example:{port}/"}, over=network)
        network.close()
    assert result.outcome == "pass"
    assert result.facts["address"] == "127.0.0.1"


async def test_the_next_address_is_tried_while_the_first_hangs(probe):
    with full() as port:

        async def handler(reader, writer):
            await answering(ok())(reader, writer)

        server = await asyncio.start_server(handler, "127.0.0.3", port)
        network = Network(lambda peer: ["127.0.0.1", "127.0.0.3"])
        result = await probe("http", {"url": f"http://shop.example:{port}/"}, over=network)
        network.close()
        server.close()
        await server.wait_closed()
    assert result.facts["address"] == "127.0.0.3"
    assert 0.2 < result.phases["connect"] < 2


class Transport:
    aborted = False

    def abort(self):
        self.aborted = True


async def test_of_two_addresses_that_connect_at_once_one_is_let_go():
    both = asyncio.Event()
    first, second = Transport(), Transport()

    async def slow():
        await both.wait()
        return first, "first"

    async def quick():
        both.set()
        return second, "second"

    transport, _ = await first_to_connect([slow, quick])
    assert [first.aborted, second.aborted] == [transport is second, transport is first]


async def test_a_connection_made_as_time_runs_out_is_let_go():
    made = Transport()

    async def at_the_last_moment():
        racing.cancel()
        return made, "first"

    racing = asyncio.ensure_future(first_to_connect([at_the_last_moment]))
    with pytest.raises(asyncio.CancelledError):
        await racing
    assert made.aborted


async def test_when_all_addresses_fail_all_are_named(probe):
    with refusing() as port:
        network = Network(lambda peer: ["127.0.0.2", "127.0.0.1"])
        result = await probe("http", {"url": f"http://shop.example:{port}/"}, over=network)
        network.close()
    assert result.reason == (
        f"connection refused by 127.0.0.2:{port}; connection refused by 127.0.0.1:{port}"
    )


async def test_no_file_left_to_open_is_our_own_error(probe):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    async with serving(answering(ok())) as port:
        await probe("http", {"url": f"http://127.0.0.1:{port}/"})
        with socket.socket() as last:
            resource.setrlimit(resource.RLIMIT_NOFILE, (last.fileno(), hard))
            try:
                result = await probe("http", {"url": f"http://127.0.0.1:{port}/"})
            finally:
                resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert result.outcome == "error"
    assert re.search("limit of open files is reached$", result.reason)
    assert result.latency_seconds is None


async def test_cancelling_a_probe_cancels_it(probe):
    arrived = asyncio.Event()

    async def waiting(reader, writer):
        arrived.set()
        await silent(reader, writer)

    async with serving(waiting) as port:
        task = asyncio.create_task(probe("http", {"url": f"http://127.0.0.1:{port}/"}))
        await arrived.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


@pytest.mark.parametrize(
    ("handler", "reason"),
    [
        (answering(ok(status="407 Auth")), "the proxy {place} refused to connect: status 407"),
        (greeting(b"SSH-2.0\r\n"), 'the proxy {place} does not speak HTTP: "SSH-2.0"'),
        (answering(), "connection closed by the proxy {place} without an answer"),
    ],
)
async def test_a_proxy_that_fails_is_named(probe, handler, reason):
    async with serving(handler) as port:
        options = {"url": "https://shop.invalid/", "proxy": f"http://127.0.0.1:{port}"}
        result = await probe("http", options)
    assert result.reason == reason.format(place=f"127.0.0.1:{port}")
