"""What the public asks for over the web: subscriptions, by the rules of `incidents`."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from itertools import chain

from checks.clock import Clock
from incidents import subscriptions
from incidents.events import Recorded
from incidents.letterheads import Letterheads, chosen
from incidents.mistakes import Mistake
from incidents.model import Subscriber
from incidents.policy import Policy
from incidents.ports import Append, Events, SequenceConflict
from incidents.sending import Channel
from incidents.subscriptions import Links, Wanted, subject_of

ATTEMPTS = 5

Appended = Callable[[Sequence[Append]], Awaitable[object]]
"""Appends to the event log and tells those who follow it."""


def new_id() -> str:
    """A subscriber's id: 128 random bits."""
    return secrets.token_hex(16)


class PublicIntake:
    """Implements `statuspage.ports.Intake`.

    `policy`, `letterheads` and `channels` may be replaced while it runs.
    """

    def __init__(
        self, *, events: Events, append: Appended,
        channels: Mapping[str, Channel], policy: Policy, letterheads: Letterheads,
        links: Links, clock: Clock, make_id: Callable[[], str] = new_id,
    ) -> None:  # fmt: skip
        """Read from `events`, write through `append`; the public may ask for these channels."""
        self.policy = policy
        self.letterheads = letterheads
        self.channels = channels
        self._links = links
        self._events = events
        self._append = append
        self._clock = clock
        self._make_id = make_id

    async def subscribe(
        self, page: str, channel: str, address: str, components: Sequence[str], language: str
    ) -> None:
        """Ask to be told what a page tells; says nothing of whether the address is known.

        Raises:
            Mistake: The address cannot be one, or a component is not on the page.
        """
        if channel not in self.channels:
            raise Mistake("mistake.channel")
        kept = self.channels[channel].check_address(address)
        asked = chosen(components, page, self.letterheads, self.policy)
        wanted = Wanted(channel, kept, asked, language, page)

        async def decide() -> Append | None:
            records = await self._events.subscribers_at(channel, kept)
            histories = {name: await self._history(one) for name, one in records.items()}
            history, now = histories.pop(page, ()), self._clock.now()
            elsewhere = tuple(chain.from_iterable(histories.values()))
            return subscriptions.request(
                wanted, records.get(page), history, self._make_id(), now, elsewhere
            )

        await self._decided(decide)

    async def subscription(self, token: str) -> str | None:
        """The address that a confirm or unsubscribe link is for, None if it is not valid."""
        confirmed = self._links.confirmed_by(token, self._clock.now())
        subscriber = confirmed[0] if confirmed else self._links.unsubscribed_by(token)
        record = await self._events.subscriber(subscriber) if subscriber else None
        if record is None:
            return None
        if confirmed and not subscriptions.confirmable(
            record, await self._history(record), confirmed[1]
        ):
            return None
        return record.address

    async def confirm(self, token: str) -> bool:
        """Confirm a subscription; false if the link is not valid (any more)."""
        found = self._links.confirmed_by(token, self._clock.now())
        if found is None:
            return False
        subscriber, sequence = found
        valid = False

        async def decide() -> Append | None:
            nonlocal valid
            record = await self._events.subscriber(subscriber)
            history = await self._history(record)
            asked = subscriptions.confirmable(record, history, sequence)
            valid = asked is not None
            if record is None or asked is None:
                return None
            now = self._clock.now()
            return subscriptions.confirm(record, asked, history, now)

        await self._decided(decide)
        return valid

    async def unsubscribe(self, token: str) -> bool:
        """End a subscription; ending it twice is fine."""
        subscriber = self._links.unsubscribed_by(token)
        if subscriber is None:
            return False

        async def decide() -> Append | None:
            record = await self._events.subscriber(subscriber)
            if record is None:
                return None
            return subscriptions.end(record, await self._history(record), self._clock.now())

        await self._decided(decide)
        return True

    async def _decided(self, decide: Callable[[], Awaitable[Append | None]]) -> None:
        """Append what is decided, deciding anew when somebody else was faster."""
        for attempt in range(1, ATTEMPTS + 1):
            append = await decide()
            if append is None:
                return
            try:
                await self._append([append])
            except SequenceConflict:
                if attempt == ATTEMPTS:
                    raise
            else:
                return

    async def _history(self, record: Subscriber | None) -> tuple[Recorded, ...]:
        return await self._events.load(subject_of(record.id)) if record else ()
