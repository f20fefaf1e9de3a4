"""Webhooks over real connections, held against an independent implementation of the standard."""

import asyncio
import json
import ssl
from datetime import UTC, datetime, timedelta

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from incidents.channels import channels
from incidents.channels.webhook import (
    CHANNEL,
    LARGEST_BODY,
    NOT_PUBLIC,
    WebhookSender,
    WebhookSettings,
    encode,
)
from incidents.sending import Message, SendError
from incidents.signatures import key_of, secret_of, signature
from tests import hooks
from tests.hooks import Sink, hook_sink

SECRET, BEFORE = secret_of(b"n" * 32), secret_of(b"o" * 24)
EVENT = {"type": "incident.update_posted", "timestamp": "2026-03-02T09:00:00.000Z", "data": {}}
LOOPBACK = ("127.0.0.0/8",)


def message(secrets: tuple[str, ...] | None = (SECRET,), **more) -> Message:
    given = {"key": "k3v9abcdefgh", "data": EVENT, **more}
    return Message("Subject", "Text", "", url="", secrets=secrets, **given)


def settings_for(sink: Sink, **more) -> WebhookSettings:
    given = {
        "ports": (sink.port,), "allow_http": True, "allow_private": LOOPBACK,
        "timeout": timedelta(seconds=5), **more,
    }  # fmt: skip
    return WebhookSettings(**given)


async def send(sink: Sink, to_send: Message | None = None, url: str = "", **more) -> None:
    sender = CHANNEL.open(settings_for(sink, **more))
    try:
        await sender.send(url or sink.url, to_send or message())
    finally:
        await sender.close()


async def refusal(sink: Sink, to_send: Message | None = None, url: str = "", **more) -> SendError:
    with pytest.raises(SendError) as refused:
        await send(sink, to_send, url, **more)
    return refused.value


def test_the_channel_is_found_by_its_name():
    assert channels()["webhook"] is CHANNEL


async def test_what_is_sent_verifies_with_another_library():
    async with hook_sink() as sink:
        before = datetime.now(UTC)
        await send(sink)
    [received] = sink.received
    assert received.verified(SECRET) == EVENT
    assert received.headers["content-type"] == "application/json"
    assert received.id == "k3v9abcdefgh"
    sent_at = datetime.fromtimestamp(int(received.headers["webhook-timestamp"]), UTC)
    assert abs(sent_at - before) < timedelta(seconds=5)


async def test_while_a_secret_is_rotated_both_verify_and_no_other_does():
    async with hook_sink() as sink:
        await send(sink, message((SECRET, BEFORE)))
    [received] = sink.received
    assert len(received.headers["webhook-signature"].split()) == 2
    assert received.verified(SECRET) == received.verified(BEFORE) == EVENT
    with pytest.raises(WebhookVerificationError):
        received.verified(secret_of(b"x" * 32))


async def test_a_route_is_signed_with_the_channels_secret_or_not_at_all():
    async with hook_sink() as sink:
        await send(sink, message(None), secret=SECRET)
        await send(sink, message(None))
    signed, unsigned = sink.received
    assert signed.verified(SECRET) == EVENT
    assert "webhook-signature" not in unsigned.headers


async def test_a_route_may_lead_where_readers_must_not():
    async with hook_sink() as sink:
        await send(sink, message(None), allow_http=False, allow_private=(), ports=(443,))
    assert len(sink.received) == 1


@pytest.mark.parametrize(
    ("behaves", "reason"),
    [
        (hooks.errs, "the receiver answered 500"),
        (hooks.drops, "connection closed by"),
        (hooks.redirects, "the receiver answered 307; redirects are not followed"),
    ],
)
async def test_what_is_not_taken_is_tried_again(behaves, reason: str):
    async with hook_sink(behaves) as sink:
        error = await refusal(sink)
    assert reason in str(error)
    assert not error.permanent
    assert sink.elsewhere == 0


async def test_a_receiver_that_is_gone_is_not_asked_again():
    async with hook_sink(hooks.is_gone) as sink:
        error = await refusal(sink)
    assert error.permanent


async def test_a_receiver_that_hangs_costs_only_the_timeout():
    async with hook_sink(hooks.hangs) as sink:
        error = await refusal(sink, timeout=timedelta(milliseconds=100))
    assert str(error) == "no answer in time: waiting for the first byte"
    assert error.in_doubt


@pytest.mark.parametrize("behaves", [hooks.dribbles, hooks.floods])
async def test_once_taken_the_rest_of_the_answer_is_not_waited_for(behaves):
    async with hook_sink(behaves) as sink, asyncio.timeout(5):
        await send(sink)
    assert len(sink.received) == 1


@pytest.mark.parametrize("behaves", [hooks.dribbles, hooks.floods])
async def test_an_answer_that_is_wanted_is_read_within_bounds(behaves):
    async with hook_sink(behaves) as sink:
        sender = WebhookSender(settings_for(sink, timeout=timedelta(milliseconds=300)))
        if behaves is hooks.floods:
            assert len(await sender.ask(sink.url, message())) == 4_096
        else:
            with pytest.raises(SendError, match="no answer in time"):
                await sender.ask(sink.url, message())
        await sender.close()


async def test_a_certificate_must_be_valid(tmp_path):
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    async with hook_sink(ssl_context=context) as sink:
        url = f"https://localhost:{sink.port}/hook"
        private = (*LOOPBACK, "::1/128")
        error = await refusal(sink, url=url, allow_http=False, allow_private=private)
        assert "certificate" in str(error)
        trusted = str(tmp_path / "ca.pem")
        await send(sink, url=url, allow_http=False, allow_private=private, ca_file=trusted)
    assert len(sink.received) == 1


@pytest.mark.parametrize(
    ("host", "more", "reason", "permanent"),
    [
        ("127.0.0.1", {"allow_private": ()}, "The address does not lead", True),
        ("[::1]", {"allow_private": ()}, "The address does not lead", True),
        ("[::ffff:127.0.0.1]", {"allow_private": ()}, "The address does not lead", True),
        ("localhost", {"allow_private": ()}, NOT_PUBLIC, False),
        ("127.1", {"allow_private": ()}, NOT_PUBLIC, False),
        ("2130706433", {"allow_private": ()}, NOT_PUBLIC, False),
        ("0x7f000001", {"allow_private": ()}, NOT_PUBLIC, False),
        ("127.0.0.1", {"allow_http": False}, "must begin with https://", True),
        ("127.0.0.1", {"ports": (443, 8443)}, "one of these: 443, 8443", True),
    ],
)
async def test_strangers_send_us_nowhere_else(host, more, reason: str, permanent: bool):
    async with hook_sink() as sink:
        error = await refusal(sink, url=f"http://{host}:{sink.port}/hook", **more)
        assert reason in str(error)
        assert error.permanent is permanent
        assert sink.received == []


async def test_a_name_is_looked_up_once_and_all_its_addresses_must_be_public():
    """A second look-up could answer something else, after the first one was checked."""
    asked, answers = [], [["127.0.0.1", "10.0.0.7"], ["127.0.0.1"], ["169.254.169.254"]]

    def look_up(peer):
        asked.append(peer.host)
        return answers[len(asked) - 1]

    async with hook_sink() as sink:
        sender = WebhookSender(settings_for(sink), look_up=look_up)
        url = f"http://hooks.example:{sink.port}/hook"
        with pytest.raises(SendError, match=NOT_PUBLIC):
            await sender.send(url, message())
        assert sink.received == []
        await sender.send(url, message())
        await sender.close()
    assert len(sink.received) == 1
    assert asked == ["hooks.example"] * 2


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ftp://a.example/",
        "example.com",
        "https://",
        "https://a b/",
        "http://a\r\nX: y",
        "x" * 3000,
    ],
)
def test_what_is_no_url_is_refused_with_words_for_the_form(text: str):
    with pytest.raises(ValueError, match=r"\.$"):
        CHANNEL.check_address(text)


def test_an_address_is_kept_without_its_fragment():
    assert CHANNEL.check_address(" https://A.example/x?y=z#part ") == "https://a.example/x?y=z"


@pytest.mark.parametrize(
    "secret", ["", "whsec_", "whsec_!!!", "whsec_ü", secret_of(b"x" * 23), secret_of(b"x" * 65)]
)
def test_a_secret_that_the_standard_does_not_allow_is_refused(secret: str):
    with pytest.raises(ValueError, match="24 to 64 bytes"):
        key_of(secret)


@given(st.binary(min_size=24, max_size=64), st.text())
def test_any_body_is_signed_as_the_other_library_signs_it(random: bytes, body: str):
    at, secret = datetime(2026, 3, 2, 9, tzinfo=UTC), secret_of(random)
    ours = signature([secret], "m1", int(at.timestamp()), body.encode())
    assert ours == Webhook(secret).sign("m1", at, body)


@given(st.text(max_size=40_000), st.integers(0, 400))
def test_a_body_is_never_longer_than_receivers_must_take(text: str, components: int):
    names = [{"id": str(number), "name": text[:50]} for number in range(components)]
    body = encode({**EVENT, "data": {"update": {"body": text * 3}, "components": names}})
    assert len(body) <= LARGEST_BODY
    assert json.loads(body)["type"] == EVENT["type"]


def test_a_timeout_is_bounded_as_the_outbox_gives_up_sooner():
    with pytest.raises(ValueError, match="30 s"):
        WebhookSettings(timeout=timedelta(minutes=1))
