"""Everything that Upfront sends in the demo: mails and webhooks as they arrive, newest first."""

from __future__ import annotations

import asyncio
import email
import email.policy
import json
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from typing import Any

MOST_KEPT = 300
SHOWN_OF_WEBHOOK = ("webhook-id", "webhook-timestamp", "webhook-signature", "content-type")
SHOWN_OF_MAIL = ("From", "To", "Subject", "Date", "Message-ID", "List-Unsubscribe")


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that arrived. `html` is empty where there is none, as in a webhook."""

    number: int
    at: datetime
    channel: str
    recipient: str
    subject: str
    text: str
    html: str = ""
    head: tuple[tuple[str, str], ...] = ()


@dataclass
class Mailbox:
    """What arrived, the newest so many; `now` is asked for the instant."""

    now: Callable[[], datetime]
    items: deque[Item] = field(default_factory=lambda: deque(maxlen=MOST_KEPT))
    count: int = 0
    _arrived: asyncio.Event = field(default_factory=asyncio.Event)

    def take_mail(self, _: str, recipient: str, content: bytes) -> None:
        """Keep a mail."""
        mail = email.message_from_bytes(content, policy=email.policy.default)
        assert isinstance(mail, EmailMessage)
        head = tuple((name, str(mail[name])) for name in SHOWN_OF_MAIL if name in mail)
        subject = " ".join(str(mail["Subject"] or "").split())
        self._keep("mail", recipient, subject, _part(mail, "plain"), _part(mail, "html"), head)

    def take_webhook(self, path: str, headers: Mapping[str, str], body: bytes) -> None:
        """Keep a webhook."""
        text = body.decode("utf-8", "replace")
        try:
            told = json.loads(text)
            text = json.dumps(told, indent=2, ensure_ascii=False)
        except ValueError:
            told = None
        head = tuple((name, headers[name]) for name in SHOWN_OF_WEBHOOK if name in headers)
        self._keep("webhook", path, _title(told), text, "", head)

    def find(self, number: int) -> Item | None:
        """The item of a number, if it is still kept."""
        return next((item for item in self.items if item.number == number), None)

    async def until(self, matches: Callable[[Item], bool], within_seconds: float) -> Item:
        """The first item that matches, arrived or still to come.

        Raises:
            TimeoutError: None came in time.
        """
        async with asyncio.timeout(within_seconds):
            while True:
                arrived = self._arrived
                for item in reversed(self.items):
                    if matches(item):
                        return item
                await arrived.wait()

    def _keep(
        self, channel: str, recipient: str, subject: str, text: str, html: str,
        head: tuple[tuple[str, str], ...],
    ) -> None:  # fmt: skip
        self.count += 1
        self.items.appendleft(
            Item(self.count, self.now(), channel, recipient, subject, text, html, head)
        )
        self._arrived.set()
        self._arrived = asyncio.Event()


def _part(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    return str(part.get_content()) if part is not None else ""


def _title(told: Any) -> str:
    """What a webhook is about: its type, and the incident's name where it has one."""
    kind = told.get("type") if isinstance(told, dict) else None
    data = told.get("data") if isinstance(told, dict) else None
    incident = data.get("incident") if isinstance(data, dict) else None
    name = incident.get("name") if isinstance(incident, dict) else None
    return ": ".join(part for part in (kind, name) if isinstance(part, str)) or "Webhook"
