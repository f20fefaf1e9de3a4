"""Mails to owners of webhooks that were turned off: one, and never many to one address."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import structlog

from checks.clock import Clock
from incidents.endpoints import Endpoint
from incidents.letterheads import Letterheads, first_of
from incidents.notices import webhook_off
from incidents.sending import Message, Sender, SendError, Unwanted
from monitor.intake import new_id

APART = timedelta(days=1)
"""An address gets at most one in that time, however many webhooks name it."""
SEND_WITHIN = timedelta(seconds=15)

log = structlog.get_logger(__name__)


class Notices:
    """Tells owners over one way of sending, once, without trying again."""

    def __init__(
        self, sender: Sender, letterheads: Callable[[], Letterheads], clock: Clock
    ) -> None:
        """Send over `sender`, under the letterheads of then."""
        self._sender = sender
        self._letterheads = letterheads
        self._clock = clock
        self._told: dict[str, datetime] = {}

    async def disabled(self, endpoint: Endpoint) -> None:
        """Say in the log, and to the owner who left an address, that a webhook is off."""
        log.warning("a webhook is off", webhook=endpoint.id, reason=endpoint.recent[0].reason)
        if endpoint.contact and self._may_tell(endpoint.contact):
            try:
                async with asyncio.timeout(SEND_WITHIN.total_seconds()):
                    await self._sender.send(endpoint.contact, self._message(endpoint))
            except (SendError, Unwanted, TimeoutError) as error:
                log.warning(
                    "the owner of a webhook was not told", webhook=endpoint.id, error=str(error)
                )

    def _may_tell(self, contact: str) -> bool:
        now = self._clock.now()
        self._told = {one: at for one, at in self._told.items() if now - at < APART}
        if contact.lower() in self._told:
            return False
        self._told[contact.lower()] = now
        return True

    def _message(self, endpoint: Endpoint) -> Message:
        host = urlsplit(endpoint.url).hostname or ""
        heads = self._letterheads()
        head = heads.get(endpoint.page) or first_of(heads)
        told = webhook_off(host, head, endpoint.language)
        return Message(told.subject, told.text, told.html, key=new_id(), url=told.url)
