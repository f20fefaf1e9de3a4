"""Mail over SMTP: one message per recipient, composed once and addressed many times."""

from __future__ import annotations

import asyncio
import re
import ssl
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as WIRE
from email.utils import formatdate
from enum import StrEnum
from typing import Annotated

import aiosmtplib
from annotated_types import Ge, Le

from checks.settings import Duration
from checks.words import excerpt
from incidents.mail_addresses import Mailbox, check_address, mailbox
from incidents.sending import UNSUBSCRIBE_MARK, Channel, Message, SendError

__all__ = ["CHANNEL", "MailSender", "MailSettings", "Tls", "check_address"]

IMPLICIT_TLS_PORT = 465
SUBMISSION_PORT = 587

LONGEST_SUBJECT = 200
LONGEST_ANSWER = 200
COMPOSITIONS_KEPT = 128


class Tls(StrEnum):
    """How the connection to the mail server is encrypted."""

    AUTO = "auto"
    STARTTLS = "starttls"
    IMPLICIT = "implicit"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class MailSettings:
    """A mail server that takes our mail and carries it on."""

    host: str
    """The mail server's name or address."""
    port: Annotated[int, Ge(1), Le(65535)] = SUBMISSION_PORT
    """Its port: 587 (STARTTLS), 465 (TLS from the start) or 25 (a relay in your network)."""
    username: str = ""
    """Whom to log in as; empty to send without."""
    password: str = field(default="", repr=False)
    """The password that goes with it; written as `${env:NAME}` or `${file:PATH}`."""
    sender: Mailbox = field(metadata={"alias": "from"})
    """Who the mail is from: `status@acme.example` or `Acme Status <status@acme.example>`."""
    tls: Tls = Tls.AUTO
    """`implicit`, `starttls`, `none`, or `auto`: implicit on port 465, required STARTTLS on 587,
    on any other port STARTTLS where the server offers it."""
    ca_file: str = ""
    """A PEM file with the authorities to trust in place of the system's."""
    timeout: Duration = timedelta(seconds=30)
    """How long to wait for a connection and for each answer."""
    connections: Annotated[int, Ge(1), Le(50)] = 4
    """How many connections to use at most; each is kept for the mails that follow."""


@dataclass(frozen=True, slots=True)
class Composition:
    """A mail of one event in one language, lacking only what differs between recipients."""

    pieces: tuple[bytes, ...]

    def addressed(self, address: str, message: Message, domain: str) -> bytes:
        """The whole mail to one recipient."""
        link = message.unsubscribe_url or ""
        head = [
            f"To: {address}",
            f"Message-ID: <{_token(message.key)}@{domain}>",
            f"Date: {formatdate(usegmt=True)}",
        ]
        if link:
            head.append(f"List-Unsubscribe: <{_plain_url(link)}>")
            head.append("List-Unsubscribe-Post: List-Unsubscribe=One-Click")
        return "\r\n".join([*head, ""]).encode("ascii") + _quoted(link).join(self.pieces)


def compose(message: Message, sender: Address) -> Composition:
    """Everything of a mail that its recipients share, serialised once."""
    mail = EmailMessage(policy=WIRE)
    mail["From"] = sender
    mail["Subject"] = excerpt(message.subject, LONGEST_SUBJECT) or "Status"
    mail["Auto-Submitted"] = "auto-generated"
    if message.unsubscribe_url:
        mail["List-Id"] = f"<{sender.username}.{sender.domain}>"
    if message.thread:
        root = f"<{_token(message.thread)}.thread@{sender.domain}>"
        mail["In-Reply-To"] = mail["References"] = root
    mail.set_content(message.text, cte="quoted-printable")
    if message.html:
        mail.add_alternative(message.html, subtype="html", cte="quoted-printable")
    return Composition(tuple(mail.as_bytes().split(UNSUBSCRIBE_MARK.encode())))


@dataclass(frozen=True, slots=True)
class Greeting:
    """How a mail server let us in."""

    encrypted: bool
    logged_in: bool


class MailSender:
    """Hands mails to one server over a few connections, which it keeps."""

    def __init__(self, settings: MailSettings) -> None:
        """Nothing is connected before the first mail."""
        self._settings = settings
        self._from = mailbox(settings.sender)
        self._tls = tls_of(settings)
        self._context: ssl.SSLContext | None = None
        self._slots = asyncio.Semaphore(settings.connections)
        self._idle: list[aiosmtplib.SMTP] = []
        self._compositions: OrderedDict[tuple[str, ...], Composition] = OrderedDict()

    async def send(self, address: str, message: Message) -> None:
        """Hand over one mail; returns once the server has accepted it.

        Raises:
            SendError: It was not taken. What the server said of the recipient or the mail
                decides; trouble with the connection, login or sender is ours and passes.
        """
        try:
            recipient = check_address(address)
        except ValueError as error:
            raise SendError(str(error), permanent=True) from None
        mail = self._composition(message).addressed(recipient, message, self._from.domain)
        async with self._slots:
            smtp = await self._hand_envelope(recipient)
            await self._hand_mail(smtp, mail)

    async def greet(self) -> Greeting:
        """Come in, log in, and go again, to see whether that works; nothing is sent.

        Raises:
            SendError: The server does not let us in, and why.
        """
        smtp = await self._connect()
        encrypted = smtp.get_transport_info("sslcontext") is not None
        self._idle.append(smtp)
        await self.close()
        return Greeting(encrypted, logged_in=bool(self._settings.username))

    async def close(self) -> None:
        """Say goodbye on every connection."""
        while self._idle:
            smtp = self._idle.pop()
            try:
                await smtp.quit(timeout=1)
            except (aiosmtplib.SMTPException, OSError):
                smtp.close()

    def _composition(self, message: Message) -> Composition:
        kind = "list" if message.unsubscribe_url else ""
        key = (message.subject, message.text, message.html, message.thread, kind)
        found = self._compositions.pop(key, None) or compose(message, self._from)
        self._compositions[key] = found
        if len(self._compositions) > COMPOSITIONS_KEPT:
            self._compositions.popitem(last=False)
        return found

    async def _hand_envelope(self, recipient: str) -> aiosmtplib.SMTP:
        """A connection on which sender and recipient are accepted, a kept one if there is."""
        while self._idle:
            smtp = self._idle.pop()
            try:
                return await self._envelope(smtp, recipient)
            except _Lost:
                continue  # closed while it was idle; nothing of the mail has gone out on it
        try:
            return await self._envelope(await self._connect(), recipient)
        except _Lost as error:
            raise SendError(str(error)) from error

    async def _envelope(self, smtp: aiosmtplib.SMTP, recipient: str) -> aiosmtplib.SMTP:
        try:
            await smtp.mail(self._from.addr_spec)
            await smtp.rcpt(recipient)
        except aiosmtplib.SMTPRecipientRefused as error:
            await self._keep(smtp, reset=True)
            raise _refusal("the recipient", error) from error
        except aiosmtplib.SMTPSenderRefused as error:
            smtp.close()
            if error.code == aiosmtplib.SMTPStatus.domain_unavailable:  # 421: it hangs up
                raise _Lost(_answer("the connection", error)) from error
            raise SendError(_answer("our sender address", error)) from error
        except (aiosmtplib.SMTPException, OSError) as error:
            smtp.close()
            raise _Lost(_trouble(error)) from error
        except BaseException:
            smtp.close()
            raise
        return smtp

    async def _hand_mail(self, smtp: aiosmtplib.SMTP, mail: bytes) -> None:
        try:
            await smtp.data(mail)
        except aiosmtplib.SMTPDataError as error:
            await self._keep(smtp, reset=True)
            raise _refusal("the mail", error) from error
        except (aiosmtplib.SMTPException, OSError) as error:
            smtp.close()
            reason = f"{_trouble(error)} while it took the mail"
            raise SendError(reason, in_doubt=True) from error
        except BaseException:
            smtp.close()
            raise
        await self._keep(smtp)

    async def _keep(self, smtp: aiosmtplib.SMTP, *, reset: bool = False) -> None:
        """Put a connection aside for the next mail, unless it is lost."""
        try:
            if reset:
                await smtp.rset()
        except (aiosmtplib.SMTPException, OSError):
            smtp.close()
        except BaseException:
            smtp.close()
            raise
        if smtp.is_connected:
            self._idle.append(smtp)

    async def _connect(self) -> aiosmtplib.SMTP:
        settings = self._settings
        smtp = aiosmtplib.SMTP(
            hostname=settings.host,
            port=settings.port,
            timeout=settings.timeout.total_seconds(),
            use_tls=self._tls is Tls.IMPLICIT,
            start_tls={Tls.STARTTLS: True, Tls.AUTO: None}.get(self._tls, False),
            tls_context=self._trusted(),
        )
        try:
            await smtp.connect()
            await self._login(smtp)
        except aiosmtplib.SMTPResponseException as error:
            smtp.close()
            raise SendError(f"the mail server refused us with code {error.code}") from error
        except (aiosmtplib.SMTPException, OSError) as error:
            smtp.close()
            raise SendError(_trouble(error)) from error
        except BaseException:
            smtp.close()
            raise
        return smtp

    async def _login(self, smtp: aiosmtplib.SMTP) -> None:
        if not self._settings.username:
            return
        encrypted = smtp.get_transport_info("sslcontext") is not None
        if not encrypted and self._tls is not Tls.NONE:
            raise SendError("the mail server offers no encryption, so the password stays here")
        await smtp.login(self._settings.username, self._settings.password)

    def _trusted(self) -> ssl.SSLContext | None:
        if self._tls is not Tls.NONE and self._context is None:
            ca_file = self._settings.ca_file or None
            try:
                self._context = ssl.create_default_context(cafile=ca_file)
            except OSError:
                raise SendError(f"{ca_file} holds no certificates in PEM form") from None
        return self._context


class _Lost(Exception):
    """The connection is gone, and nothing of the mail had been handed over on it."""


def tls_of(settings: MailSettings) -> Tls:
    """What `auto` comes to for the port."""
    if settings.tls is not Tls.AUTO:
        return settings.tls
    usual = {IMPLICIT_TLS_PORT: Tls.IMPLICIT, SUBMISSION_PORT: Tls.STARTTLS}
    return usual.get(settings.port, Tls.AUTO)


def _refusal(what: str, error: aiosmtplib.SMTPResponseException) -> SendError:
    return SendError(_answer(what, error), permanent=error.code >= 500)


def _answer(what: str, error: aiosmtplib.SMTPResponseException) -> str:
    """What the server said, without the addresses in it."""
    said = excerpt(re.sub(r"[^\s<>]+@[^\s<>]+", "…", error.message), LONGEST_ANSWER)
    return f"the mail server refused {what}: {error.code} {said}".rstrip()


def _trouble(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "the mail server did not answer in time"
    if isinstance(error, ssl.SSLError) or isinstance(error.__cause__, ssl.SSLError):
        return "no trusted encrypted connection to the mail server could be made"
    if isinstance(error, aiosmtplib.SMTPConnectError):
        return "the mail server could not be reached"
    if isinstance(error, OSError):
        return "the mail server hung up"
    return "the mail server does not speak SMTP as expected"


def _token(text: str) -> str:
    """What may stand in a Message-ID, so that no key can break a header."""
    return re.sub(r"[^A-Za-z0-9._-]", "-", text)


def _plain_url(url: str) -> str:
    return re.sub(r"[^!-;=?-~]", "", url)


def _quoted(url: str) -> bytes:
    """A link in quoted-printable, in lines of its own between soft breaks."""
    encoded = _plain_url(url).replace("=", "=3D")
    chunks = re.findall(r"(?:=3D|[^=]){1,24}", encoded)  # no escape is cut in two
    return "=\r\n".join(["", *chunks, ""]).encode("ascii")


CHANNEL = Channel(
    name="mail",
    summary="Mail over your own mail server, with one-click unsubscribe.",
    settings=MailSettings,
    open=MailSender,
    public=True,
    check_address=check_address,
)
