"""The kind `websocket`: against aiohttp's server, and against servers that do it wrong."""

import asyncio
import base64
import hashlib
from contextlib import asynccontextmanager

import pytest
from aiohttp import WSMsgType, web

from checks.kinds import KINDS
from checks.wire.websockets import MOST, masked
from tests.checks.servers import answering, greeting, ok, read_head, serving, silent

CLOSE = b"\x88\x02\x03\xe8"


@asynccontextmanager
async def real(handler, tls=None, **settings):
    """aiohttp's server, whose handler gets the socket."""

    async def upgrade(request):
        socket = web.WebSocketResponse(**settings)
        await socket.prepare(request)
        await handler(socket, request)
        return socket

    application = web.Application()
    application.router.add_get("/live", upgrade)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


async def echo(socket, request):
    async for message in socket:
        await socket.send_str(f"you said {message.data}")


def framing(*frames, protocol=""):
    """Shakes hands by hand, then sends these bytes."""

    async def handler(reader, writer):
        head = await read_head(reader)
        key = head.split(b"Sec-WebSocket-Key: ")[1].split(b"\r\n")[0]
        digest = hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()
        lines = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade"]
        lines.append(f"Sec-WebSocket-Accept: {base64.b64encode(digest).decode()}")
        lines += [f"Sec-WebSocket-Protocol: {protocol}"] if protocol else []
        writer.write("\r\n".join([*lines, "", ""]).encode() + b"".join(frames))
        await reader.read()

    return handler


def at(port, *dialogue, **options):
    return {"url": f"ws://127.0.0.1:{port}/live", "dialogue": dialogue, **options}


# What is right --------------------------------------------------------------------------------


async def test_a_handshake_passes(probe):
    async with real(echo) as port:
        result = await probe("websocket", at(port))
    assert (result.outcome, result.reason) == ("pass", "")
    assert result.facts == {"address": "127.0.0.1"}
    assert list(result.phases) == ["connect", "first_byte", "transfer"]


async def test_a_dialogue_is_held_to_its_end(probe):
    turns = [{"send": "hello"}, {"expect": "^you said hello$"}, {"send": "x" * 70_000}]
    async with real(echo) as port:
        result = await probe("websocket", at(port, *turns, {"expect": "said x{1000}"}))
    assert (result.outcome, result.reason) == ("pass", "")


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536, 500_000])
async def test_messages_of_any_size_go_both_ways(probe, size):
    async def measure(socket, request):
        message = await socket.receive()
        await socket.send_str("y" * len(message.data) + "!")

    async with real(measure) as port:
        turns = [{"send": "ü" * (size // 2) + "x" * (size % 2)}, {"expect": "^y*!$"}]
        result = await probe("websocket", at(port, *turns))
    assert (result.outcome, result.reason) == ("pass", "")


async def test_it_says_goodbye(probe):
    codes = asyncio.Queue()

    async def listen(socket, request):
        await socket.receive()
        codes.put_nowait(socket.close_code)

    async with real(listen) as port:
        await probe("websocket", at(port))
        assert await codes.get() == 1000


async def test_tls_is_verified_and_its_certificate_is_a_fact(probe, authority):
    tls = {"ca_file": authority.ca_file, "server_name": "shop.example"}
    async with real(echo, authority.server("shop.example")) as port:
        options = {"url": f"wss://127.0.0.1:{port}/live"}
        trusted = await probe("websocket", {**options, "tls": tls})
        strange = await probe("websocket", options)
    assert trusted.outcome == "pass"
    assert "certificate_expires_at" in trusted.facts
    assert strange.reason.startswith("certificate is")


async def test_headers_and_subprotocols_are_offered_and_the_choice_is_a_fact(probe):
    seen = []

    async def look(socket, request):
        seen.append(request.headers["Authorization"])

    async with real(look, protocols=["chat.v2"]) as port:
        options = {"headers": {"Authorization": "Bearer x"}, "subprotocols": ["chat.v2", "chat"]}
        result = await probe("websocket", at(port, **options))
    assert (result.outcome, result.facts["subprotocol"]) == ("pass", "chat.v2")
    assert seen == ["Bearer x"]


async def test_pings_are_answered_while_one_waits(probe):
    async def ask(socket, request):
        await socket.ping(b"there?")
        pong = await socket.receive()
        await socket.send_str(f"{pong.type.name} {pong.data.decode()}")

    async with real(ask, autoping=False) as port:
        result = await probe("websocket", at(port, {"expect": f"^{WSMsgType.PONG.name} there"}))
    assert (result.outcome, result.reason) == ("pass", "")


async def test_fragments_are_one_message_and_pings_may_stand_between(probe):
    frames = [b"\x01\x03hel", b"\x89\x01?", b"\x8a\x00", b"\x00\x00", b"\x80\x02lo"]
    async with serving(framing(*frames)) as port:
        result = await probe("websocket", at(port, {"expect": "^hello$"}))
    assert (result.outcome, result.reason) == ("pass", "")


async def test_bytes_are_read_as_text(probe):
    async with serving(framing(b"\x82\x03\xffok")) as port:
        result = await probe("websocket", at(port, {"expect": "ok$"}))
    assert result.outcome == "pass"


async def test_the_answer_to_the_handshake_can_be_expected_to_have_headers(probe):
    async with real(echo) as port:
        expect = {"header": {"Upgrade": "h2"}}
        result = await probe("websocket", at(port), expect=expect)
    assert result.reason == 'header Upgrade "websocket", expected "h2"'


async def test_a_close_that_is_expected_passes(probe):
    async def leave(socket, request):
        await socket.close(code=4001, message=b"no token")

    async with real(leave) as port:
        right = await probe("websocket", at(port, {"close": 4001}))
        wrong = await probe("websocket", at(port, {"close": 1000}))
    assert (right.outcome, right.reason) == ("pass", "")
    assert wrong.reason == f'127.0.0.1:{port} closed with 4001 "no token", expected 1000'


# What is wrong --------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["403 Forbidden", "426 Upgrade Required", "200 OK"])
async def test_a_server_that_does_not_change_says_its_status(probe, status):
    async with serving(answering(ok(b"no", status=status))) as port:
        result = await probe("websocket", at(port))
    assert result.reason == (f"127.0.0.1:{port} does not change to WebSocket: status {status[:3]}")


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        (["Upgrade: h2c"], 'changes to "h2c", not WebSocket'),
        (["Upgrade: websocket"], "answers another handshake: wrong Sec-WebSocket-Accept"),
        (["Upgrade: websocket", "Sec-WebSocket-Accept: x"], "answers another handshake"),
        ([], 'changes to "", not WebSocket'),
    ],
)
async def test_a_handshake_done_wrong_is_named(probe, headers, reason):
    lines = ["HTTP/1.1 101 Switching Protocols", "Connection: Upgrade", *headers, "", ""]
    async with serving(answering("\r\n".join(lines).encode())) as port:
        result = await probe("websocket", at(port))
    assert result.outcome == "fail"
    assert result.reason.startswith(f"127.0.0.1:{port} {reason}")


@pytest.mark.parametrize(
    ("offered", "chosen", "reason"),
    [
        (["chat"], "", "agrees to no subprotocol, asked for chat"),
        (["chat"], "mqtt", 'speaks "mqtt", asked for chat'),
        ([], "mqtt", 'speaks "mqtt", asked for none'),
    ],
)
async def test_another_subprotocol_than_asked_for_fails(probe, offered, chosen, reason):
    async with serving(framing(protocol=chosen)) as port:
        result = await probe("websocket", at(port, subprotocols=offered))
    assert result.reason == f"127.0.0.1:{port} {reason}"


@pytest.mark.parametrize(
    ("frames", "reason"),
    [
        ([b"\x83\x00"], "sends what is no frame of WebSocket"),
        ([b"\xc1\x00"], "sends what is no frame of WebSocket"),
        ([b"HTTP/1.1 200 OK\r\n"], "sends what is no frame of WebSocket"),
        ([b"\x81\x81\0\0\0\0x"], "sends a masked frame, which only clients do"),
        ([b"\x09\x00"], "sends a control frame that is too long or in pieces"),
        ([b"\x89\x7e\x00\x7e"], "sends a control frame that is too long or in pieces"),
        ([b"\x80\x00"], "sends a message that is mixed with another"),
        ([b"\x01\x00", b"\x81\x00"], "sends a message that is mixed with another"),
        ([b"\x81\x7f" + (1 << 40).to_bytes(8, "big")], "sends a message of more than 1 MiB"),
        ([b"\x01\x7f" + MOST.to_bytes(8, "big") + bytes(MOST), b"\x80\x01x"],
         "sends a message of more than 1 MiB"),
        ([b"\x81\x01\xff"], "sends text that is not UTF-8"),
    ],
)  # fmt: skip
async def test_frames_that_break_the_protocol_are_named(probe, frames, reason):
    async with serving(framing(*frames)) as port:
        result = await probe("websocket", at(port, {"expect": "never"}))
    assert (result.outcome, result.reason) == ("fail", f"127.0.0.1:{port} {reason}")


@pytest.mark.parametrize(
    ("frames", "said"),
    [
        ([CLOSE], "1000 (normal end)"),
        ([b"\x81\x02hi", b"\x88\x08\x03\xf0go now"], '1008 (policy violated) "go now" after "hi"'),
        ([b"\x88\x00"], "1005 (no code)"),
    ],
)
async def test_a_close_that_is_not_expected_fails_with_its_code(probe, frames, said):
    async with serving(framing(*frames)) as port:
        result = await probe("websocket", at(port, {"expect": "^x"}))
    assert result.reason == (f"127.0.0.1:{port} closed with {said}, expected a message matching ^x")


async def test_a_connection_lost_fails(probe):
    async def hang_up(reader, writer):
        await read_head(reader)

    async with serving(hang_up) as port:
        result = await probe("websocket", at(port))
    assert result.reason == f"connection closed by 127.0.0.1:{port} without an answer"


async def test_a_connection_lost_in_the_dialogue_fails(probe):
    async def drop(socket, request):
        request.transport.close()

    async with real(drop) as port:
        result = await probe("websocket", at(port, {"expect": "^x"}))
    assert result.outcome == "fail"
    assert "closed" in result.reason


async def test_silence_says_what_was_waited_for(probe):
    async with serving(silent) as port:
        before = await probe("websocket", at(port), timeout=0.15)
    async with serving(framing()) as port:
        after = await probe("websocket", at(port, {"expect": "^x"}), timeout=0.15)
    async with serving(framing(b"\x81\x02hi")) as port:
        other = await probe("websocket", at(port, {"expect": "^x"}), timeout=0.15)
    assert before.reason == "no answer within 150 ms: waiting for the first byte"
    assert after.reason == "no answer within 150 ms: waiting for a message matching ^x"
    assert other.reason == ('no answer within 150 ms: expected a message matching ^x, got "hi"')


async def test_what_speaks_no_http_is_named(probe):
    async with serving(greeting(b"SSH-2.0-OpenSSH_9.2\r\n")) as port:
        result = await probe("websocket", at(port))
    assert result.reason == (f'127.0.0.1:{port} does not speak HTTP: "SSH-2.0-OpenSSH_9.2"')


async def test_a_flood_of_frames_holds_up_nobody(probe):
    async with serving(framing(b"\x81\x00" * 200_000)) as port:
        flooded = asyncio.create_task(probe("websocket", at(port, {"expect": "^x"}), timeout=0.5))
        turns = 0
        while not flooded.done():
            await asyncio.sleep(0)
            turns += 1
    assert flooded.result().outcome == "fail"
    assert turns > 100


# What is written ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"url": "https://shop.example"}, "an address with ws:// or wss://"),
        ({"url": "ws://"}, "is no URL"),
        ({"url": "ws://a", "headers": {"Upgrade": "x"}}, "belongs to the handshake"),
        ({"url": "ws://a", "headers": {"X": "a\r\nb"}}, "no line ends"),
        ({"url": "ws://a", "subprotocols": ["a b"]}, "is no name"),
        ({"url": "ws://[::1]", "ip": 4}, "::1 is no address of IPv4"),
        ({"url": "ws://a", "dialogue": [{}]}, "one of send, expect and close"),
        ({"url": "ws://a", "dialogue": [{"send": "a", "close": 1000}]}, "one of send"),
        ({"url": "ws://a", "dialogue": [{"close": 1000}, {"send": "a"}]}, "nothing can follow"),
        ({"url": "ws://a", "dialogue": [{"close": 99}]}, "greater than or equal to 1000"),
    ],
)
async def test_what_cannot_be_opened_is_refused_when_it_is_read(probe, options, reason):
    with pytest.raises(ValueError, match=reason):
        await probe("websocket", options)


def test_the_target_has_no_secrets():
    kind = KINDS["websocket"]
    assert kind.target(kind.options("wss://me:pw@shop.example/live?token=x")) == (
        "wss://shop.example/live"
    )


def test_a_mask_comes_off_when_it_is_put_on_again():
    assert masked(b"Hello", b"\x37\xfa\x21\x3d") == b"\x7f\x9f\x4d\x51\x58"
    assert masked(masked(b"hello", b"\1\2\3\4"), b"\1\2\3\4") == b"hello"
