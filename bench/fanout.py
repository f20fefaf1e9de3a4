"""Mails and webhooks to many subscribers on one core: a plain loop against Upfront.

`python -m bench.fanout [mail|webhook] [NUMBER]` prints CPU seconds of the sending process for the
same news to the same recipients: a plain loop over aiosmtplib, or over aiohttp and
standardwebhooks, that builds and sends each message; our channel alone; and the whole outbox with
its ledger on SQLite. The server is a process of its own, and takes everything. Each webhook has a
host of its own (of the 16 million that loopback has), as those of subscribers do.
"""

import asyncio
import json
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP as WIRE
from email.utils import formatdate
from multiprocessing.connection import Connection
from pathlib import Path

import aiohttp
import aiosmtplib
import uvloop
from standardwebhooks import Webhook

from checks.clock import SystemClock
from incidents.channels import mail, webhook
from incidents.endpoints import Endpoint, EndpointState
from incidents.events import (
    Event,
    Opened,
    Published,
    Recorded,
    StatusChanged,
    SubscriptionConfirmed,
    UpdatePosted,
)
from incidents.letterheads import Letterhead
from incidents.model import ComponentStatus, IncidentStatus, Subscriber, SubscriberState
from incidents.notifications import Content, Writer, told
from incidents.outbox import OutboxRunner
from incidents.policy import Component, Policy, Publication
from incidents.ports import Append
from incidents.sending import UNSUBSCRIBE_MARK, Channel, Message, Sender
from incidents.signatures import secret_of
from incidents.subscriptions import Links
from monitor.endpoints import EndpointSender, Signer
from monitor.storage.sqlite import SqliteStore
from monitor.vault import Vault

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
LINKS = Links([b"a key for this benchmark"])
POLICY = Policy(components={"checkout": Component("checkout", "Checkout")})
LETTERHEAD = Letterhead("Acme Status", "https://status.acme.example")
INCIDENT = "incident:k3v9abcdefgh"
SENDER = "Acme Status <status@acme.example>"


class Taking(asyncio.Protocol):
    """Speaks as little SMTP as is needed to be handed mails."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport, self._rest, self._mail = transport, b"", False
        transport.write(b"220 bench\r\n")

    def data_received(self, data: bytes) -> None:
        self._rest += data
        if self._mail:
            if self._rest.endswith(b"\r\n.\r\n"):
                self._rest, self._mail = b"", False
                self._transport.write(b"250 taken\r\n")
            return
        *lines, self._rest = self._rest.split(b"\r\n")
        for line in lines:
            self._mail = line == b"DATA"
            self._transport.write(b"354 go on\r\n" if self._mail else b"250 fine\r\n")


class Accepting(asyncio.Protocol):
    """Speaks as little HTTP as is needed to be posted to."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport, self._request = transport, b""

    def data_received(self, data: bytes) -> None:
        self._request += data
        head, found, body = self._request.partition(b"\r\n\r\n")
        length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
        if found and len(body) >= int(length):
            self._request = b""
            self._transport.write(b"HTTP/1.1 204 No Content\r\n\r\n")


def serve(pipe: Connection, protocol: type[asyncio.Protocol]) -> None:
    async def forever() -> None:
        server = await asyncio.get_running_loop().create_server(protocol, "0.0.0.0", 0)
        pipe.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(forever())


def content() -> Content:
    """What all of them tell."""
    events = tuple(
        Recorded(number, INCIDENT, number, NOW, "machine", event)
        for number, event in enumerate(story(), 1)
    )
    found = Writer(POLICY, LETTERHEAD, LINKS, "en").for_subscribers(told(events[-1], events))
    assert found is not None
    return found


def story() -> tuple[Event, ...]:
    """An incident up to the update that everybody is told of."""
    return (
        Opened("Checkout is down", NOW, Publication()),
        StatusChanged("checkout", ComponentStatus.MAJOR_OUTAGE, NOW),
        Published(),
        UpdatePosted("u1", IncidentStatus.INVESTIGATING, "We are looking into it."),
    )


def address(number: int) -> str:
    return f"subscriber{number}@example.com"


async def mail_loop(port: int, number: int) -> None:
    told = content()
    subject, text, html = told.subject, told.text, told.html
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False) as smtp:
        for index in range(number):
            link = LINKS.unsubscribe_url(LETTERHEAD.url, str(index))
            letter = EmailMessage(policy=WIRE)
            letter["From"], letter["To"], letter["Subject"] = SENDER, address(index), subject
            letter["Message-ID"], letter["Date"] = (
                f"<{index}@acme.example>",
                formatdate(usegmt=True),
            )
            letter["List-Unsubscribe"] = f"<{link}>"
            letter["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
            letter.set_content(text.replace(UNSUBSCRIBE_MARK, link))
            letter.add_alternative(html.replace(UNSUBSCRIBE_MARK, link), subtype="html")
            await smtp.send_message(letter)


async def mail_channel(port: int, number: int) -> None:
    told = content()
    sender = mail.CHANNEL.open(mail_settings(port))
    for index in range(number):
        link = LINKS.unsubscribe_url(LETTERHEAD.url, str(index))
        message = Message(
            told.subject, told.text, told.html, str(index), "", "k3v9", unsubscribe_url=link
        )
        await sender.send(address(index), message)
    await sender.close()


def mail_settings(port: int) -> mail.MailSettings:
    return mail.MailSettings(host="127.0.0.1", port=port, sender=SENDER)


def url(port: int, number: int) -> str:
    return f"http://127.{number >> 14 & 127}.{number >> 7 & 127}.{number & 127}:{port}/hooks/status"


def secret(number: int) -> str:
    return secret_of(b"%032d" % number)


async def webhook_loop(port: int, number: int) -> None:
    data = content().data
    async with aiohttp.ClientSession() as session:
        for index in range(number):
            at, body = datetime.now(UTC), json.dumps(data)
            headers = {
                "Content-Type": "application/json", "webhook-id": str(index),
                "webhook-timestamp": str(int(at.timestamp())),
                "webhook-signature": Webhook(secret(index)).sign(str(index), at, body),
            }  # fmt: skip
            answer = session.post(
                url(port, index), data=body, headers=headers, allow_redirects=False
            )
            async with answer as response:
                await response.read()
                assert response.status == 204


def webhook_settings(port: int) -> webhook.WebhookSettings:
    return webhook.WebhookSettings(
        ports=(port,), allow_http=True, allow_private=("127.0.0.0/8",), ca_file=""
    )


async def webhook_channel(port: int, number: int) -> None:
    told = content()
    sender = webhook.CHANNEL.open(webhook_settings(port))
    for index in range(number):
        secrets = (secret(index),)
        message = Message("", "", "", str(index), "", data=told.data, secrets=secrets)
        await sender.send(url(port, index), message)
    await sender.close()


class Counting:
    """A meter that says when enough mails were sent."""

    def __init__(self, number: int) -> None:
        self.left = number
        self.done = asyncio.Event()

    def count(self, name: str, amount: float = 1, /, **labels: str) -> None:
        self.left -= labels.get("outcome") == "sent"
        if not self.left:
            self.done.set()

    def gauge(self, name: str, value: float, /, **labels: str) -> None: ...

    def observe(self, name: str, value: float, /, **labels: str) -> None: ...


async def prepared(store: SqliteStore, channel: str, addresses: Sequence[str]) -> None:
    await store.start()
    records = [
        Subscriber(str(number), channel, one, NOW, SubscriberState.CONFIRMED)
        for number, one in enumerate(addresses)
    ]
    confirmed = (SubscriptionConfirmed(),)
    await store.events.append(
        [
            Append(f"subscriber:{one.id}", 0, NOW, "bench", confirmed, subscriber=one)
            for one in records
        ]
    )
    await store.events.append([Append(INCIDENT, 0, NOW, "machine", story(), frozenset({3}))])


async def mail_outbox(port: int, number: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteStore(Path(folder) / "bench.db")
        await prepared(store, "mail", [address(index) for index in range(number)])
        sender = mail.CHANNEL.open(mail_settings(port))
        return await sent(store, number, mail.CHANNEL, sender)


async def webhook_outbox(port: int, number: int) -> float:
    vault, clock = Vault([b"a key for this benchmark"], os.urandom), SystemClock()
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteStore(Path(folder) / "bench.db")
        await prepared(store, "webhook", [url(port, index) for index in range(number)])
        for index in range(number):
            sealed = vault.seal(secret(index), str(index))
            await store.endpoints.keep(
                Endpoint(str(index), url(port, index), NOW, sealed, EndpointState.ACTIVE)
            )
        channel = webhook.CHANNEL.open(webhook_settings(port))
        sender = EndpointSender(channel, store.endpoints, Signer(vault, clock), clock)
        return await sent(store, number, webhook.CHANNEL, sender)


async def sent(store: SqliteStore, number: int, channel: Channel, sender: Sender) -> float:
    """CPU seconds that the whole outbox took, without preparing the subscribers."""
    counting = Counting(number)
    runner = OutboxRunner(
        events=store.events, outbox=store.outbox, policy=POLICY, letterheads={"": LETTERHEAD},
        channels={channel.name: (channel, sender)}, links=LINKS, clock=SystemClock(),
        chance=lambda: 0.5, meter=counting,
    )  # fmt: skip
    began = time.process_time()
    running = asyncio.create_task(runner.run())
    await counting.done.wait()
    runner.stop()
    await running
    spent = time.process_time() - began
    await store.close()
    return spent


Send = Callable[[int, int], Coroutine[None, None, float | None]]


def measured(send: Send, port: int, number: int) -> float:
    """CPU seconds that sending took; what `send` measured itself goes first."""
    began = time.process_time()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        inner = runner.run(send(port, number))
    return time.process_time() - began if inner is None else inner


@dataclass(frozen=True)
class Medium:
    """What is sent, to which server, and the ways to send it, the plain loop first."""

    name: str
    server: type[asyncio.Protocol]
    loop: Send
    channel: Send
    outbox: Send


MEDIA = (
    Medium("mail", Taking, mail_loop, mail_channel, mail_outbox),
    Medium("webhook", Accepting, webhook_loop, webhook_channel, webhook_outbox),
)


def compare(medium: Medium, number: int) -> None:
    ours, theirs = multiprocessing.Pipe()
    start = multiprocessing.get_context("spawn").Process
    server = start(target=serve, args=(theirs, medium.server), daemon=True)
    server.start()
    port = ours.recv()
    base = measured(medium.loop, port, number)
    print(f"{number} {medium.name}s, CPU seconds")
    print(f"plain loop     {base:7.2f}   1.00x")
    for name, send in (("our channel", medium.channel), ("whole outbox", medium.outbox)):
        spent = measured(send, port, number)
        print(f"{name:14} {spent:7.2f}   {base / spent:.2f}x")
    server.terminate()
    server.join()


def main() -> None:
    names = [word for word in sys.argv[1:] if not word.isdecimal()]
    number = next((int(word) for word in sys.argv[1:] if word.isdecimal()), 10_000)
    for medium in MEDIA:
        if not names or medium.name in names:
            compare(medium, number)


if __name__ == "__main__":
    main()
