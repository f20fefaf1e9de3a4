"""The outbox's runner: from the events in the log to messages accepted by the other side."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from checks.clock import Clock
from checks.meter import SILENT, Meter
from incidents.events import Recorded, SubscriptionRequested, subject_id
from incidents.letterheads import Letterheads
from incidents.model import Subscriber, SubscriberState
from incidents.notifications import Told, told
from incidents.payloads import PublicId, component_id
from incidents.policy import Policy
from incidents.ports import Delivery, DeliveryState, Events, FanOut, Outbox, Recipient, StorageError
from incidents.press import KEPT, Press
from incidents.recipients import (
    asking,
    for_subscribers,
    is_operator,
    operators,
    subscriber_as_recipient,
    wanted_by,
)
from incidents.sending import AT_ONCE, Channel, Message, Sender, SendError, Unwanted
from incidents.subscriptions import Links

log = logging.getLogger(__name__)

PAGE = 500
"""Recipients written at once."""
FAN_OUTS_AT_ONCE = 10
AHEAD = 4 * AT_ONCE
"""Deliveries taken ahead for one channel."""
SEND_WITHIN = timedelta(seconds=45)
LEASE = timedelta(seconds=75)
"""How long a delivery is ours: after a crash, what was in flight is tried again then."""
POLL = timedelta(seconds=1)
REPORT_EVERY_SECONDS = 5.0

FIRST_RETRY = timedelta(seconds=30)
LONGEST_RETRY = timedelta(hours=1)
GIVE_UP_AFTER = timedelta(days=3)
FEWEST_ATTEMPTS = 8
"""Attempts before we give up, however old the event: we may have been away ourselves."""


def retry_after(attempts: int, chance: float) -> timedelta:
    """How long to wait after so many attempts: full jitter under a doubling ceiling."""
    ceiling = min(LONGEST_RETRY, FIRST_RETRY * (1 << min(attempts - 1, 16)))
    return ceiling * chance


def hopeless(attempts: int, age: timedelta) -> bool:
    """Whether trying again has lost its point."""
    return attempts >= FEWEST_ATTEMPTS and age > GIVE_UP_AFTER


@dataclass(frozen=True, slots=True)
class Work:
    """A delivery that is ours until an instant."""

    delivery: Delivery
    until: datetime


@dataclass(slots=True)
class Lane:
    """One channel: what waits for it and how it is reached. Its trouble stays its own."""

    channel: Channel
    sender: Sender
    waiting: asyncio.Queue[Work | None] = field(default_factory=asyncio.Queue)

    @property
    def busy(self) -> bool:
        """Whether enough waits here."""
        return self.waiting.qsize() >= AHEAD // 2


class OutboxRunner:
    """Expands what is owed into deliveries and sends them, at least once and under one key."""

    def __init__(
        self,
        *,
        events: Events,
        outbox: Outbox,
        channels: Mapping[str, tuple[Channel, Sender]],
        policy: Policy,
        letterheads: Letterheads,
        links: Links,
        clock: Clock,
        chance: Callable[[], float],
        meter: Meter = SILENT,
        public_id: PublicId = component_id,
    ) -> None:
        """Send over these channels, by name. `chance` draws from [0, 1) for the back-off."""
        self._policy = policy
        self._press = Press(policy, letterheads, links, public_id)
        self._events = events
        self._outbox = outbox
        self._lanes = {name: Lane(*pair) for name, pair in channels.items()}
        self._clock = clock
        self._chance = chance
        self._meter = meter
        self._woken = asyncio.Event()
        self._stopping = False
        self._reported = float("-inf")
        self._known: OrderedDict[int, Told] = OrderedDict()
        self._unreadable: set[int] = set()

    def adopt(self, policy: Policy, letterheads: Letterheads) -> None:
        """Tell by another configuration from now on."""
        self._policy = policy
        self._press.adopt(policy, letterheads)

    def wake(self) -> None:
        """Look at once: something was appended."""
        self._woken.set()

    def stop(self) -> None:
        """Let `run` return once what is being sent is settled; what waits stays owed."""
        self._stopping = True
        self.wake()

    async def run(self) -> None:
        """Send until stopped; cancelled, it leaves unsettled only what was being sent."""
        left: list[Work] = []
        try:
            async with asyncio.TaskGroup() as tasks:
                for lane in self._lanes.values():
                    for _ in range(lane.channel.at_once):
                        tasks.create_task(self._work(lane))
                try:
                    await self._pump()
                finally:
                    # Before 3.12 a cancellation can be lost in wait_for; workers see this too.
                    self._stopping = True
                    left = self._dismiss()
        finally:
            await self._give_back(left)
            for lane in self._lanes.values():
                await lane.sender.close()

    async def _pump(self) -> None:
        while not self._stopping:
            self._woken.clear()
            if not await self._turn():
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(POLL.total_seconds()):
                        await self._woken.wait()

    async def _turn(self) -> bool:
        """Move everything on by one step; true when there may be more to do at once."""
        try:
            more = await self._expand()
            more |= await self._take()
            await self._report()
        except StorageError as error:
            log.error("the outbox waits for storage: %s", error)
            return False
        return more

    def _dismiss(self) -> list[Work]:
        """Send the workers home; returns what waited for them."""
        left = []
        for lane in self._lanes.values():
            while not lane.waiting.empty():
                left.append(lane.waiting.get_nowait())
            for _ in range(lane.channel.at_once):
                lane.waiting.put_nowait(None)
        return [work for work in left if work is not None]

    async def _give_back(self, left: Sequence[Work]) -> None:
        """Let others have at once what we took and did not begin."""
        at = self._clock.now()
        with contextlib.suppress(StorageError):  # else the leases run out by themselves
            for work in left:
                await self._outbox.settle(work.delivery.id, DeliveryState.PENDING, at, due_at=at)

    # Expanding ------------------------------------------------------------------------------

    async def _expand(self) -> bool:
        """Write one page of recipients for each event that is not expanded to the end."""
        moved = False
        for fan_out in await self._outbox.fan_outs(FAN_OUTS_AT_ONCE + len(self._unreadable)):
            position = fan_out.event.position
            try:
                await self._expand_page(fan_out)
                self._unreadable.discard(position)
                moved = True
            except StorageError:
                raise
            except Exception:
                # No other is to wait for those that we cannot read, nor is the log to fill up.
                if position not in self._unreadable:
                    log.exception("event %d could not be expanded", position)
                self._unreadable.add(position)
        return moved

    async def _expand_page(self, fan_out: FanOut) -> None:
        owed = await self._told(fan_out.event)
        found, cursor, done = await self._page(owed, fan_out.cursor)
        at = self._clock.now()
        await self._outbox.expand(fan_out.event.position, found, cursor, done=done, at=at)

    async def _page(self, owed: Told, cursor: str) -> tuple[list[Recipient], str, bool]:
        """The recipients after a cursor, the next cursor, and whether these were the last."""
        if isinstance(asked := owed.event.event, SubscriptionRequested):
            one = await self._events.subscriber(subject_id(owed.event.subject))
            return [asking(one, asked)] if one else [], "", True
        found = [] if cursor else list(operators(owed, self._policy))
        if not for_subscribers(owed):
            return found, cursor, True
        page = await self._outbox.subscribers_after(cursor, PAGE, before=owed.event.position)
        found += [subscriber_as_recipient(one) for one in page if self._wanted(one, owed)]
        return found, page[-1].id if page else cursor, len(page) < PAGE

    def _wanted(self, one: Subscriber, owed: Told) -> bool:
        """Whether a subscriber asked for the part of it that their page tells."""
        narrowed = self._press.on_page(owed, one.page)
        return narrowed is not None and wanted_by(one, narrowed)

    # Leasing --------------------------------------------------------------------------------

    async def _take(self) -> bool:
        """Lease what is due and hand it to its channels; true when there may be more."""
        skip = [name for name, lane in self._lanes.items() if lane.busy]
        at = self._clock.now()
        until = at + LEASE
        deliveries = await self._outbox.lease(AHEAD, at, until, skip=skip)
        for delivery in deliveries:
            lane = self._lanes.get(delivery.recipient.channel)
            if lane is None:
                await self._settle(delivery, DeliveryState.DROPPED, "the channel is not configured")
            else:
                lane.waiting.put_nowait(Work(delivery, until))
        return len(deliveries) == AHEAD

    # Sending --------------------------------------------------------------------------------

    async def _work(self, lane: Lane) -> None:
        while work := await lane.waiting.get():
            if self._clock.now() < work.until - SEND_WITHIN:
                await self._deliver(lane, work.delivery)
            if self._stopping:
                return
            if not lane.busy:
                self.wake()

    async def _deliver(self, lane: Lane, delivery: Delivery) -> None:
        try:
            await self._attempt(lane, delivery)
        except StorageError as error:
            # The lease runs out and the delivery comes again, under the same key.
            log.error("delivery %d could not be settled: %s", delivery.id, error)

    async def _attempt(self, lane: Lane, delivery: Delivery) -> None:
        try:
            message = await self._message(delivery)
            if message is None:
                await self._settle(delivery, DeliveryState.DROPPED, "not wanted any more")
            else:
                await self._send(lane, delivery, message)
        except StorageError:
            raise
        except Exception:
            log.exception("delivery %d failed in a way that nobody expected", delivery.id)
            await self._retry(delivery, "an error in Upfront; the log has it")

    async def _send(self, lane: Lane, delivery: Delivery, message: Message) -> None:
        try:
            async with asyncio.timeout(SEND_WITHIN.total_seconds()):
                await lane.sender.send(delivery.recipient.address, message)
        except TimeoutError:
            await self._failed(lane, delivery, SendError("it took too long", in_doubt=True))
        except SendError as error:
            await self._failed(lane, delivery, error)
        except Unwanted:
            await self._settle(delivery, DeliveryState.DROPPED, "not wanted at the moment")
        else:
            await self._settle(delivery, DeliveryState.SENT)

    async def _failed(self, lane: Lane, delivery: Delivery, error: SendError) -> None:
        in_doubt = error.in_doubt and not lane.channel.idempotent
        if error.permanent or in_doubt:
            await self._settle(delivery, DeliveryState.GIVEN_UP, str(error))
        else:
            await self._retry(delivery, str(error))

    async def _retry(self, delivery: Delivery, reason: str) -> None:
        at = self._clock.now()
        made = delivery.attempts + 1
        event = await self._event(delivery.event_position)
        if hopeless(made, at - event.at if event else GIVE_UP_AFTER):
            await self._settle(delivery, DeliveryState.GIVEN_UP, reason)
            return
        due_at = at + retry_after(made, self._chance())
        self._count(delivery, "retried")
        log.warning(
            "delivery %d over %s failed, attempt %d: %s",
            delivery.id, delivery.recipient.channel, made, reason,
        )  # fmt: skip
        await self._outbox.settle(
            delivery.id, DeliveryState.PENDING, at, due_at=due_at, error=reason
        )

    async def _settle(self, delivery: Delivery, state: DeliveryState, reason: str = "") -> None:
        await self._outbox.settle(delivery.id, state, self._clock.now(), error=reason)
        self._count(delivery, state.value)
        if state is DeliveryState.GIVEN_UP:
            log.error(
                "delivery %d of event %d to %s over %s was given up after %d attempts: %s",
                delivery.id, delivery.event_position, delivery.recipient.id,
                delivery.recipient.channel, delivery.attempts + 1, reason,
            )  # fmt: skip

    # Rendering ------------------------------------------------------------------------------

    async def _message(self, delivery: Delivery) -> Message | None:
        """What the recipient is to read; None when it is not owed any more."""
        event = await self._event(delivery.event_position)
        if event is None:
            return None
        owed, recipient = await self._told(event), delivery.recipient
        if is_operator(recipient):
            wanted = recipient in operators(owed, self._policy)
            return self._press.for_operator(delivery, owed) if wanted else None
        one = await self._events.subscriber(recipient.id)
        asked = isinstance(event.event, SubscriptionRequested)
        if one is None or not _still_owed(one, asked=asked):
            return None
        leave = not asked and self._lanes[recipient.channel].channel.leave_link
        return self._press.for_subscriber(delivery, owed, one.page, leave=leave)

    async def _event(self, position: int) -> Recorded | None:
        known = self._known.get(position)
        if known is not None:
            return known.event
        async for recorded in self._events.since(position - 1):
            return recorded if recorded.position == position else None
        return None

    async def _told(self, event: Recorded) -> Told:
        """The event with all that went before it, so that a late message tells what it told."""
        if event.position not in self._known:
            history = await self._events.load(event.subject)
            self._known[event.position] = told(event, history)
            if len(self._known) > KEPT:
                self._known.popitem(last=False)
        return self._known[event.position]

    # Reporting ------------------------------------------------------------------------------

    def _count(self, delivery: Delivery, outcome: str) -> None:
        channel = delivery.recipient.channel
        self._meter.count("upfront_deliveries_total", channel=channel, outcome=outcome)

    async def _report(self) -> None:
        now = self._clock.monotonic()
        if now - self._reported < REPORT_EVERY_SECONDS:
            return
        self._reported = now
        pending, oldest_at = await self._outbox.pending()
        age = self._clock.now() - oldest_at if oldest_at else timedelta(0)
        self._meter.gauge("upfront_outbox_pending", pending)
        self._meter.gauge("upfront_outbox_oldest_age_seconds", max(0.0, age.total_seconds()))


def _still_owed(subscriber: Subscriber, *, asked: bool) -> bool:
    """Whether they are to get it yet; who `asked` to be told is asked to confirm that."""
    if asked:
        return subscriber.state is not SubscriberState.ENDED
    return subscriber.state is SubscriberState.CONFIRMED
