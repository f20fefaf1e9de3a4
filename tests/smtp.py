"""An SMTP server for tests: keeps what it takes, and fails in every way on request."""

from __future__ import annotations

import asyncio
import contextlib
import email
import email.policy
import ssl
import warnings
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from email.message import EmailMessage

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


@dataclass(frozen=True)
class Mail:
    """One mail that the server took for one recipient."""

    sender: str
    recipient: str
    content: bytes

    @property
    def message(self) -> EmailMessage:
        """The mail, parsed."""
        parsed = email.message_from_bytes(self.content, policy=email.policy.default)
        assert isinstance(parsed, EmailMessage)
        return parsed

    @property
    def key(self) -> str:
        """Its Message-ID, the same over all attempts."""
        return str(self.message["Message-ID"])

    def body(self, kind: str = "plain") -> str:
        """The text of its plain or html part."""
        part = self.message.get_body((kind,))
        assert part is not None
        content: str = part.get_content()
        return content


@dataclass
class Sink:
    """What the server took, and how it is to fail; change it while it runs.

    `lost_before` mails are read and then the connection drops, nothing taken; of
    `lost_after` mails the connection drops once they are taken, before the answer.
    """

    port: int = 0
    mails: list[Mail] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    """Recipient to the answer: "550 no such user", "451 try later"."""
    sender_answer: str = ""
    data_answer: str = ""
    lost_before: int = 0
    lost_after: int = 0
    open: asyncio.Event = field(default_factory=asyncio.Event)
    """While cleared, a mail waits to be taken."""
    answering: asyncio.Event = field(default_factory=asyncio.Event)
    """While cleared, a mail that was taken waits for its answer."""
    waiting: int = 0
    """Mails that wait for their answer."""
    connections: int = 0
    arrived: asyncio.Condition = field(default_factory=asyncio.Condition)
    _sessions: set[SMTP] = field(default_factory=set)

    @property
    def sessions(self) -> int:
        """Connections that are open; over a closed one no more mail is taken."""
        return len(self._sessions)

    def to(self, recipient: str) -> list[Mail]:
        """The mails taken for one recipient, in order."""
        return [mail for mail in self.mails if mail.recipient == recipient]

    async def wait_for(self, count: int, within_seconds: float = 10) -> list[Mail]:
        """All mails, once there are so many."""
        async with asyncio.timeout(within_seconds), self.arrived:
            await self.arrived.wait_for(lambda: len(self.mails) >= count)
        return self.mails

    async def wait_until_waiting(self, count: int = 1, within_seconds: float = 10) -> None:
        """Return once so many mails wait for their answer."""
        async with asyncio.timeout(within_seconds), self.arrived:
            await self.arrived.wait_for(lambda: self.waiting >= count)

    def hang_up(self) -> None:
        """Drop every connection, as a server does with idle ones."""
        for session in self._sessions:
            _abort(session)

    # The hooks below are aiosmtpd's.

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if not self.sender_answer:
            envelope.mail_from = address
        return self.sender_answer or "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        await self._turn(+1)
        try:
            await self.open.wait()
        finally:
            await self._turn(-1)
        if self.data_answer:
            return self.data_answer
        if self.lost_before:
            self.lost_before -= 1
            return await _drop(server)
        await self._take(envelope)
        await self.answering.wait()
        if self.lost_after:
            self.lost_after -= 1
            return await _drop(server)
        return "250 Accepted"

    async def _turn(self, by: int) -> None:
        async with self.arrived:
            self.waiting += by
            self.arrived.notify_all()

    async def _take(self, envelope: Envelope) -> None:
        assert isinstance(envelope.content, bytes)
        async with self.arrived:
            for recipient in envelope.rcpt_tos:
                self.mails.append(Mail(envelope.mail_from or "", recipient, envelope.content))
            self.arrived.notify_all()


async def _drop(server: SMTP) -> str:
    _abort(server)
    await asyncio.sleep(0)
    return "421 never seen"


def _abort(session: SMTP) -> None:
    if isinstance(session.transport, asyncio.Transport):
        session.transport.abort()


class _Session(SMTP):
    """One connection, known to its sink."""

    def __init__(self, sink: Sink, **options: object) -> None:
        self._sink = sink
        with warnings.catch_warnings():
            # It advises against logins in the clear, which is what some tests are about.
            warnings.simplefilter("ignore")
            super().__init__(sink, enable_SMTPUTF8=False, hostname="sink.test", **options)  # type: ignore[arg-type]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._sink.connections += 1
        self._sink._sessions.add(self)
        super().connection_made(transport)

    def eof_received(self) -> bool:
        super().eof_received()
        return False  # closes our side as well

    def connection_lost(self, error: Exception | None) -> None:
        self._sink._sessions.discard(self)
        super().connection_lost(error)


def _authenticator(login: tuple[str, str]) -> object:
    def check(
        server: object, session: object, envelope: object, mechanism: str, data: object
    ) -> AuthResult:
        given = isinstance(data, LoginPassword) and (data.login.decode(), data.password.decode())
        return AuthResult(success=given == login, handled=False)

    return check


@contextlib.asynccontextmanager
async def smtp_sink(
    *,
    tls: ssl.SSLContext | None = None,
    starttls: ssl.SSLContext | None = None,
    login: tuple[str, str] | None = None,
    port: int = 0,
) -> AsyncIterator[Sink]:
    """A running server on loopback."""
    sink = Sink()
    sink.open.set()
    sink.answering.set()
    options: dict[str, object] = {"tls_context": starttls, "require_starttls": bool(starttls)}
    if login:
        options |= {
            "authenticator": _authenticator(login),
            "auth_required": True,
            "auth_require_tls": False,
        }
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: _Session(sink, loop=loop, **options), "127.0.0.1", port, ssl=tls
    )
    sink.port = server.sockets[0].getsockname()[1]
    try:
        yield sink
    finally:
        server.close()
        sink.open.set()
        sink.answering.set()
        sink.hang_up()
        await server.wait_closed()
