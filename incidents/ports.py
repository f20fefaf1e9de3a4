"""What judging and telling ask of storage and of the ways to reach people.

Every adapter passes the same contract suite in `tests/contracts/`.
"""

from __future__ import annotations

from collections.abc import (
    AsyncIterator,
    Callable,
    Collection,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from checks.rollup import LatencyPoint, Sketch
from incidents.endpoints import Endpoint
from incidents.events import Event, Recorded
from incidents.model import Span, Subscriber
from incidents.signals import Positioned


class StorageError(Exception):
    """Storage cannot do what it was asked; says in a sentence why, and what to do about it."""


class SequenceConflict(Exception):
    """Somebody else appended to the subject in between: load, decide and try again."""


@dataclass(frozen=True, slots=True)
class Append:
    """Events to be written for one subject, all or none, with what follows from them.

    `expected` is the sequence that the decision rests on. `told` are indexes into `events`
    of those that somebody is to be told of: each gets one fan-out row. `spans` replaces all
    spans of a cause, `component_spans` those of a cause on one component. `subscriber` is
    written along; one that is confirmed without a `confirmed_position` gets the position of the
    last event here. `moved` maps the earlier ids of components to their present ones: their
    spans, and who subscribed to them, follow.
    """

    subject: str
    expected: int
    at: datetime
    actor: str
    events: tuple[Event, ...]
    told: frozenset[int] = frozenset()
    spans: Mapping[str, tuple[Span, ...]] = field(default_factory=dict)
    component_spans: Mapping[tuple[str, str], tuple[Span, ...]] = field(default_factory=dict)
    subscriber: Subscriber | None = None
    moved: Mapping[str, str] = field(default_factory=dict)

    def recorded(self, position: int) -> Iterator[Recorded]:
        """The events as the log has them, where it ended at that position."""
        for number, event in enumerate(self.events, 1):
            sequence = self.expected + number
            yield Recorded(position + number, self.subject, sequence, self.at, self.actor, event)


@dataclass(frozen=True, slots=True)
class FoldState:
    """The stored state of one fold: its name, its key (a check, say), and its bytes.

    Empty bytes mean that there is no state (any more).
    """

    fold: str
    key: str
    version: int
    data: bytes


class Signals(Protocol):
    """The record of what the folds were fed."""

    async def add(self, signals: Sequence[Positioned]) -> None:
        """Keep signals; returns once they are queued in order, before they are on disk.

        Anything appended to the event log later is on disk later, too. Results feed the
        rollups. While the disk takes nothing, signals wait in memory up to a bound; this
        never raises for it.
        """
        ...

    async def sync(self) -> None:
        """Return once all that was added is on disk and synced.

        Raises:
            StorageError: That cannot be now; what was added waits on.
        """
        ...

    async def last_position(self) -> int:
        """The position of the last signal ever kept, pruned or not; 0 when there was none."""
        ...

    def since(self, position: int) -> AsyncIterator[Positioned]:
        """Signals after a position, in order, read in pages.

        Exact in all but this: `known_at` is right to the millisecond, latency to a tenth of
        one, and what passed without a warning comes without its phases and facts.
        """
        ...

    async def rename(self, checks: Mapping[str, str]) -> None:
        """Let what is kept of checks be found under other ids, old to new; safe to repeat.

        Returns once it is queued in order, like `add`.
        """
        ...

    async def save_states(self, states: Iterable[FoldState], position: int) -> None:
        """Keep fold states that hold everything up to a position, all or none.

        They are asked for one after another, in a thread.
        """
        ...

    async def load_states(self) -> tuple[int, Sequence[FoldState]]:
        """The position and all states kept with it."""
        ...


class Events(Protocol):
    """The event log, the spans that follow from it, and the subscribers' records."""

    async def append(self, appends: Sequence[Append]) -> tuple[Recorded, ...]:
        """Write all or none, on disk (synced) when this returns, in the order given.

        Raises:
            SequenceConflict: A subject has moved on from the expected sequence.
        """
        ...

    async def load(self, subject: str) -> tuple[Recorded, ...]:
        """All events of a subject, in sequence."""
        ...

    def since(self, position: int) -> AsyncIterator[Recorded]:
        """All events after a position, in order, read in pages."""
        ...

    async def spans(self, from_at: datetime) -> tuple[Span, ...]:
        """All spans that are open or end after an instant."""
        ...

    async def subscriber(self, id: str) -> Subscriber | None:
        """One subscriber's record."""
        ...

    async def subscribers_at(self, channel: str, address: str) -> Mapping[str, Subscriber]:
        """The records for an address on a channel, by the page that each belongs to."""
        ...

    async def subscribed(self) -> Mapping[str, int]:
        """How many confirmed subscribers each page has."""
        ...

    async def erase(self, subscriber: str) -> None:
        """Delete a subscriber's record, address included; the events stay."""
        ...


class Latencies(Protocol):
    """What pages read of the rollups; never raw results."""

    async def latency(
        self, checks: Sequence[str], from_at: datetime, step: timedelta
    ) -> Mapping[str, Sequence[LatencyPoint]]:
        """For each check, over all its locations, one point a step, oldest first.

        The points reach to the newest result of these checks; a step without results has a count of
        0. Steps follow the rollups exactly when `from_at` is a multiple of 15 minutes.
        """
        ...

    async def sketches(self, checks: Sequence[str], from_at: datetime) -> Mapping[str, Sketch]:
        """Of each check, all that was timed since then at all its locations.

        What was never timed is left out. Midnights of UTC are cheapest to begin with.
        """
        ...


class DeliveryState(StrEnum):
    """Where a delivery stands; `given_up` is final and loud, `dropped` final and quiet."""

    PENDING = "pending"
    SENT = "sent"
    GIVEN_UP = "given_up"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Recipient:
    """To whom an event is owed: a subscriber or a route's target."""

    id: str
    channel: str
    address: str
    language: str = "en"


@dataclass(frozen=True, slots=True)
class FanOut:
    """An event that somebody is to be told of, and how far its recipients are expanded."""

    event: Recorded
    cursor: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event owed to one recipient over one channel; there is only ever one.

    `key` is the same over all attempts: the Message-ID's or webhook-id's root. `attempts`
    counts those begun before this one.
    """

    id: int
    event_position: int
    recipient: Recipient
    key: str
    attempts: int
    due_at: datetime


class Outbox(Protocol):
    """The ledger of what is owed and what was sent."""

    async def fan_outs(self, limit: int) -> tuple[FanOut, ...]:
        """Events not yet expanded to the end, oldest first."""
        ...

    async def subscribers_after(
        self, cursor: str, limit: int, *, before: int
    ) -> tuple[Subscriber, ...]:
        """Confirmed subscribers by id after a cursor, confirmed at a position before that."""
        ...

    async def expand(
        self,
        event_position: int,
        recipients: Sequence[Recipient],
        cursor: str,
        *,
        done: bool,
        at: datetime,
    ) -> None:
        """Write one delivery for each recipient (a known one is left alone) and the cursor."""
        ...

    async def lease(
        self, limit: int, at: datetime, until: datetime, *, skip: Collection[str] = ()
    ) -> tuple[Delivery, ...]:
        """Take due deliveries, oldest first; nobody else gets them before `until`.

        Deliveries whose lease ran out are taken anew, so a crash loses none. Those over a
        channel in `skip` are left: one that is behind must not hold up the others.
        """
        ...

    async def settle(
        self,
        delivery: int,
        state: DeliveryState,
        at: datetime,
        *,
        due_at: datetime | None = None,
        error: str = "",
    ) -> None:
        """Record what came of an attempt; `pending` with `due_at` asks for another one."""
        ...

    async def pending(self) -> tuple[int, datetime | None]:
        """How many deliveries are owed, and since when the oldest one is."""
        ...


class Endpoints(Protocol):
    """The webhooks that subscribers have added."""

    async def keep(self, endpoint: Endpoint) -> None:
        """Write a new one."""
        ...

    async def endpoint(self, id: str) -> Endpoint | None:
        """One of them."""
        ...

    async def change(
        self, id: str, change: Callable[[Endpoint], Endpoint | None]
    ) -> Endpoint | None:
        """Change one, nobody else in between; None from `change` removes it.

        Returns it as it is now, None if there is none (any more).
        """
        ...


class Store(Protocol):
    """All of storage, as one adapter offers it: each user is handed the part that it needs."""

    @property
    def signals(self) -> Signals:
        """The record of what the folds were fed."""
        ...

    @property
    def events(self) -> Events:
        """The event log."""
        ...

    @property
    def latencies(self) -> Latencies:
        """The rollups, as pages read them."""
        ...

    @property
    def outbox(self) -> Outbox:
        """The ledger of what is owed."""
        ...

    @property
    def endpoints(self) -> Endpoints:
        """Subscribers' webhooks."""
        ...

    async def start(self) -> None:
        """Open, migrate and lock.

        Raises:
            StorageError: It cannot be opened; the words are for the operator.
        """
        ...

    async def house(self, page: str) -> None:
        """Give the subscriptions and webhooks that belong to no page yet to this one."""
        ...

    async def prune(self, now: datetime) -> None:
        """Close rollups and delete what is past its retention; to be called every minute."""
        ...

    async def close(self) -> None:
        """Write what is queued and let go."""
        ...
