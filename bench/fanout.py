"""Mails to many subscribers on one core: a plain loop over aiosmtplib against Upfront.

`python -m bench.fanout [NUMBER]` prints CPU seconds of the sending process for the same mail to
the same recipients: a plain loop that builds and sends each mail, our channel alone, and the
whole outbox with its ledger on SQLite. The server is a process of its own, and takes everything.
"""

import asyncio
import multiprocessing
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP as WIRE
from email.utils import formatdate
from multiprocessing.connection import Connection
from pathlib import Path

import aiosmtplib

from checks.clock import SystemClock
from incidents.channels.mail import CHANNEL, MailSettings
from incidents.events import (
    Event,
    Opened,
    Published,
    Recorded,
    StatusChanged,
    SubscriptionConfirmed,
    UpdatePosted,
)
from incidents.model import ComponentStatus, IncidentStatus, Subscriber, SubscriberState
from incidents.notifications import Letterhead, Writer, told
from incidents.outbox import OutboxRunner
from incidents.policy import Component, Policy, Publication
from incidents.ports import UNSUBSCRIBE_MARK, Append, Message
from incidents.subscriptions import Links
from monitor.storage.sqlite import SqliteStore

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
LINKS = Links([b"a key for this benchmark"], "https://status.acme.example")
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


def serve(pipe: Connection) -> None:
    async def forever() -> None:
        server = await asyncio.get_running_loop().create_server(Taking, "127.0.0.1", 0)
        pipe.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(forever())


def content() -> tuple[str, str, str]:
    """Subject, text and HTML of the mail that all of them send."""
    events = tuple(
        Recorded(number, INCIDENT, number, NOW, "machine", event)
        for number, event in enumerate(story(), 1)
    )
    found = Writer(POLICY, LETTERHEAD, LINKS, "en").for_subscribers(told(events[-1], events))
    assert found is not None
    return found.subject, found.text, found.html


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


async def plain_loop(port: int, number: int) -> None:
    subject, text, html = content()
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False) as smtp:
        for index in range(number):
            link = LINKS.unsubscribe_url(str(index))
            mail = EmailMessage(policy=WIRE)
            mail["From"], mail["To"], mail["Subject"] = SENDER, address(index), subject
            mail["Message-ID"], mail["Date"] = f"<{index}@acme.example>", formatdate(usegmt=True)
            mail["List-Unsubscribe"] = f"<{link}>"
            mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
            mail.set_content(text.replace(UNSUBSCRIBE_MARK, link))
            mail.add_alternative(html.replace(UNSUBSCRIBE_MARK, link), subtype="html")
            await smtp.send_message(mail)


def settings(port: int) -> MailSettings:
    return MailSettings(host="127.0.0.1", port=port, sender=SENDER)


async def channel_alone(port: int, number: int) -> None:
    subject, text, html = content()
    sender = CHANNEL.open(settings(port))
    for index in range(number):
        link = LINKS.unsubscribe_url(str(index))
        message = Message(subject, text, html, str(index), "", "k3v9", unsubscribe_url=link)
        await sender.send(address(index), message)
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


async def prepared(store: SqliteStore, number: int) -> None:
    await store.start()
    records = [
        Subscriber(str(i), "mail", address(i), NOW, SubscriberState.CONFIRMED)
        for i in range(number)
    ]
    confirmed = (SubscriptionConfirmed(),)
    await store.events.append(
        [
            Append(f"subscriber:{one.id}", 0, NOW, "bench", confirmed, subscriber=one)
            for one in records
        ]
    )
    await store.events.append([Append(INCIDENT, 0, NOW, "machine", story(), frozenset({3}))])


async def whole_outbox(port: int, number: int) -> float:
    """CPU seconds without preparing the subscribers."""
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteStore(Path(folder) / "bench.db")
        await prepared(store, number)
        counting = Counting(number)
        runner = OutboxRunner(
            events=store.events, outbox=store.outbox, policy=POLICY, letterhead=LETTERHEAD,
            channels={"mail": (CHANNEL, CHANNEL.open(settings(port)))}, links=LINKS,
            clock=SystemClock(), chance=lambda: 0.5, meter=counting,
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
    inner = asyncio.run(send(port, number))
    return time.process_time() - began if inner is None else inner


def main() -> None:
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    ours, theirs = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(theirs,), daemon=True)
    server.start()
    port = ours.recv()
    base = measured(plain_loop, port, number)
    print(f"{number} mails, CPU seconds")
    print(f"plain loop     {base:7.2f}   1.00x")
    for name, send in (("our channel", channel_alone), ("whole outbox", whole_outbox)):
        spent = measured(send, port, number)
        print(f"{name:14} {spent:7.2f}   {base / spent:.2f}x")
    server.terminate()
    server.join()


if __name__ == "__main__":
    main()
