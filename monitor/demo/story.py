"""The story of the demo, act by act: healthy, slow, down, explained, mended, over."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from checks.clock import Clock
from incidents.events import ChecksRecovered, Event, Opened, Recorded, StatusChanged, subject_id
from incidents.model import ComponentStatus, IncidentStatus
from monitor.demo.mailbox import Mailbox
from monitor.demo.shop import Manner, Shop
from monitor.demo.terminal import Terminal
from monitor.demo.visitors import CUSTOMER, Customer, Operator
from monitor.demo.witness import Witness

CAUSE = (
    "A change of ours lets the card terminal wait for connections that never end. We are "
    "taking it back. Until then choose “pay later” at the checkout: your order is kept."
)
BACK = "The change is taken back and payments go through again. We keep watching."
OVER = (
    "Payments and checkout work as usual again. Orders placed meanwhile were kept and charged "
    "once. We are sorry for the trouble."
)


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast the story goes. In a `lull` people are to look at the page."""

    interval: str
    watch: str
    breath: timedelta
    lull: timedelta


UNHURRIED = Pace("2s", "30s", timedelta(seconds=6), timedelta(seconds=31))
FAST = Pace("1s", "10s", timedelta(seconds=1.5), timedelta(seconds=3))


@dataclass(slots=True)
class Fault:
    """Something that broke, and when Upfront, the page and a mailbox knew of it."""

    what: str
    broke_at: datetime
    found_at: datetime | None = None
    page_at: datetime | None = None
    mail_at: datetime | None = None

    @property
    def told(self) -> str:
        """How long after it broke, in words."""
        stages = (
            ("detected", self.found_at), ("on the page", self.page_at), ("mail", self.mail_at),
        )  # fmt: skip
        return ", ".join(
            f"{name} after {seconds(at - self.broke_at)}" for name, at in stages if at is not None
        )


@dataclass(slots=True)
class Story:
    """Moves the shop, watches what Upfront makes of it, and says so."""

    shop: Shop
    mailbox: Mailbox
    witness: Witness
    customer: Customer
    operator: Operator
    terminal: Terminal
    clock: Clock
    pace: Pace
    draw: Random
    checks: int
    incident: str = ""
    faults: list[Fault] = field(default_factory=list)

    async def play(self) -> None:
        """All acts in order.

        Raises:
            Missed: Something that had to come did not.
        """
        for act in (
            self._healthy, self._subscribed, self._stumbled, self._slow, self._down,
            self._explained, self._mended, self._over,
        ):  # fmt: skip
            await act()

    async def _healthy(self) -> None:
        self.terminal.chapter("All is well")
        await self.witness.all_answered(self.checks)
        await self.witness.page_says("Everything is working.")
        self.terminal.happened(f"All {self.checks} checks have answered: everything is working.")
        await self._pause(self.pace.breath)

    async def _subscribed(self) -> None:
        mail = await self.customer.subscribe()
        self.terminal.happened(
            f"A customer, {CUSTOMER}, asked on the page for mails. Only who agrees gets any, so "
            f"the first one asks: “{mail.subject}”."
        )
        await self.customer.confirm(mail)
        self.terminal.happened("The demo opened the link in that mail and pressed the button.")
        await self._pause(self.pace.breath)

    async def _stumbled(self) -> None:
        await self.witness.mark()
        self.shop.search.stumble()
        failed = await self.witness.trouble("search/answers")
        self.terminal.happened(f"Search failed once: {failed.reason}. Upfront looks again soon.")
        await self.witness.passing("search/answers")
        self.terminal.happened("It answers. One failure is no incident: no mail, nobody woken.")
        await self._pause(self.pace.breath)

    async def _slow(self) -> None:
        self.terminal.chapter("Slow")
        before = self.mailbox.count
        fault = await self._break("Checkout became slow", Manner.STRAINED)
        self.terminal.happened("From now on Payments keeps others waiting, and Checkout needs it.")
        slow = await self.witness.trouble("checkout/answers")
        self.terminal.happened(
            f"Checkout answered slowly: {slow.reason}. Nobody has been told yet: two more looks."
        )
        opened = await self.witness.recorded(_happened(Opened), "the incident")
        self.incident, fault.found_at = subject_id(opened.subject), opened.at
        fault.page_at = await self.witness.page_says("Checkout is slow")
        mail = await self.customer.mail(after=before)
        fault.mail_at = mail.at
        self.terminal.happened(
            f"Incident opened, {seconds(opened.at - slow.at)} after the first slow answer and "
            f"dated back to it; the page says so, 1 mail went out: “{mail.subject}”."
        )
        self.terminal.aside("Have a look at the page: it changes by itself while you watch.")
        await self._pause(self.pace.lull)

    async def _down(self) -> None:
        self.terminal.chapter("Down")
        before = self.mailbox.count
        fault = await self._break("Payments went down", Manner.CLOSED)
        failed = await self.witness.trouble("payments/gateway")
        self.terminal.happened(
            f"Payments stopped answering: {failed.reason}. Nobody has been told yet: two more "
            "looks first."
        )
        joined = await self.witness.recorded(self._payments_down, "Payments in the incident")
        fault.found_at = joined.at
        fault.page_at = await self.witness.page_says("Payments is down")
        self.terminal.happened(
            f"Payments is down for sure, {seconds(joined.at - failed.at)} after the first "
            "failure. Checkout depends on it, so this is the same incident under a new title."
        )
        fault.mail_at = (await self.customer.mail(after=before)).at
        self.terminal.happened("The page says so, and 1 mail to the customer went out.")
        await self._pause(self.pace.breath)

    async def _explained(self) -> None:
        before = self.mailbox.count
        promised_at = await self.operator.write(self.incident, IncidentStatus.IDENTIFIED, CAUSE)
        await self.customer.mail(after=before)
        await self.witness.page_says("Cause found")
        await self.witness.page_says("pay later", "/feed.atom")
        self.terminal.happened(
            "An operator wrote “Cause found” and what helps meanwhile, and promised news by "
            f"{self.terminal.time(promised_at)}. Page, feed and mails carry it."
        )
        self.terminal.aside("From here on the words are the operator's. The facts stay Upfront's.")
        await self._pause(self.pace.breath)

    async def _mended(self) -> None:
        self.terminal.chapter("Mended")
        mended_at = self.clock.now()
        await self.shop.payments.behave(Manner.WELL)
        self.terminal.happened("Payments answers again. Upfront wants to see that twice.")
        recovered = await self.witness.recorded(_happened(ChecksRecovered), "the recovery")
        self.terminal.happened(
            f"All checks pass, {seconds(recovered.at - mended_at)} later. On-call is told."
        )
        await self.operator.write(self.incident, IncidentStatus.MONITORING, BACK)
        await self.witness.page_says("Watching")
        self.terminal.happened("The operator wrote “Watching”: it is over once it has held.")
        await self._pause(self.pace.breath * 2)

    async def _over(self) -> None:
        before = self.mailbox.count
        await self.operator.write(self.incident, IncidentStatus.RESOLVED, OVER)
        mail = await self.customer.mail(after=before)
        await self.witness.page_says("Everything is working.")
        self.terminal.happened(f"Resolved. The last mail went out: “{mail.subject}”.")
        self.terminal.aside(
            "Had nobody written, Upfront would have posted, watched and closed it by itself."
        )

    async def _break(self, what: str, manner: Manner) -> Fault:
        await self.witness.mark()
        fault = Fault(what, self.clock.now())
        self.faults.append(fault)
        await self.shop.payments.behave(manner)
        return fault

    def _payments_down(self, recorded: Recorded) -> bool:
        event = recorded.event
        return (
            isinstance(event, StatusChanged)
            and event.component == "payments"
            and event.status is ComponentStatus.MAJOR_OUTAGE
        )

    async def _pause(self, span: timedelta) -> None:
        await asyncio.sleep(span.total_seconds() * self.draw.uniform(1, 1.2))


def _happened(kind: type[Event]) -> Callable[[Recorded], bool]:
    return lambda recorded: isinstance(recorded.event, kind)


def seconds(span: timedelta) -> str:
    """A span as people say it: "2.4 s"."""
    return f"{span.total_seconds():.1f} s"
