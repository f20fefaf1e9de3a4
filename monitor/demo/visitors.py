"""The people of the demo: a customer who subscribes, and the operator who writes updates."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import aiohttp

from checks.clock import Clock
from incidents.commands import Command, PostUpdate
from incidents.model import IncidentStatus
from monitor.demo.history import OPERATOR
from monitor.demo.mailbox import Item, Mailbox
from monitor.demo.witness import Missed

CUSTOMER = "kim@customer.example"
MAIL_WITHIN_SECONDS = 30.0
NEWS_WITHIN = timedelta(minutes=15)

Act = Callable[[list[Command], str], Awaitable[None]]
"""Carries out commands for an actor."""


@dataclass(frozen=True, slots=True)
class Customer:
    """Uses the page like anybody: over HTTP, and with a mailbox."""

    client: aiohttp.ClientSession
    page: str
    mailbox: Mailbox

    async def subscribe(self) -> Item:
        """Type an address into the form; returns the mail that asks to confirm it.

        Raises:
            Missed: The page refused the address, or no mail came.
        """
        form = {"address": CUSTOMER}
        async with self.client.post(f"{self.page}/subscribe", data=form) as answer:
            if answer.status != 200:
                raise Missed(f"an answer to the form: it was {answer.status}")
        return await self.mail(after=0)

    async def confirm(self, mail: Item) -> None:
        """Open the link in the mail and press the button there.

        Raises:
            Missed: The mail has no link, or it was refused.
        """
        link = re.search(rf"{re.escape(self.page)}/subscribe/[\w.-]+", mail.text)
        if link is None:
            raise Missed("a link in the mail that confirms the subscription")
        for method in ("GET", "POST"):
            async with self.client.request(method, link[0]) as answer:
                if answer.status != 200:
                    raise Missed(f"the confirmation: it was answered with {answer.status}")

    async def mail(self, after: int) -> Item:
        """The first mail to the customer with a higher number than that.

        Raises:
            Missed: None came in time.
        """
        try:
            return await self.mailbox.until(
                lambda item: item.number > after and item.recipient == CUSTOMER,
                MAIL_WITHIN_SECONDS,
            )
        except TimeoutError:
            raise Missed(f"a mail to {CUSTOMER}") from None


@dataclass(frozen=True, slots=True)
class Operator:
    """Writes on incidents, through the same journal as everything else."""

    act: Act
    clock: Clock

    async def write(self, incident: str, status: IncidentStatus, body: str) -> datetime:
        """Post an update; returns by when the next one is promised, unless it is the last."""
        promised_at = self.clock.now() + NEWS_WITHIN
        await self.act([PostUpdate(incident, status, body, promised_at)], OPERATOR)
        return promised_at
