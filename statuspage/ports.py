"""What the web asks of the running service."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from checks.rollup import LatencyPoint
from incidents.board import Board
from incidents.model import Span
from incidents.policy import Policy
from statuspage.site import Page


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that the public pages are rendered from, as of one instant.

    `last_result_at` is the instant of the newest result of all, None before the first.
    `fresh_until` is when silence would mean that we no longer know: past it the pages must
    not claim that anything works. `spans` reach back 90 days and may overlap.
    `latencies` maps each component to its last 24 hours.
    `subscribe_by` names the channels that the public can subscribe over; empty when there is
    none, and then no page offers it. Nothing changes a snapshot's board once it is handed over.
    """

    at: datetime
    page: Page
    policy: Policy
    board: Board
    spans: Sequence[Span]
    latencies: Mapping[str, Sequence[LatencyPoint]]
    last_result_at: datetime | None
    fresh_until: datetime | None
    subscribe_by: tuple[str, ...] = ()


class Live(Protocol):
    """The running service as the pages read it."""

    async def snapshot(self) -> Snapshot:
        """Everything as it is now."""
        ...

    def changes(self) -> AsyncIterator[int]:
        """The event log's position, each time it moved; several moves may come as one."""
        ...

    async def spans(self, from_at: datetime) -> Sequence[Span]:
        """Spans back to an instant further away than a snapshot reaches."""
        ...

    async def latency(
        self, component: str, from_at: datetime, step: timedelta
    ) -> Sequence[LatencyPoint]:
        """A component's latency over its checks, one point a step."""
        ...


class Intake(Protocol):
    """What the public may ask for."""

    async def subscribe(
        self, channel: str, address: str, components: Sequence[str], language: str
    ) -> None:
        """Ask to be told; says nothing of whether the address is known.

        Raises:
            ValueError: The address cannot be one; the words are for the form.
        """
        ...

    async def subscription(self, token: str) -> str | None:
        """The address that a confirm or unsubscribe link is for, None if it is not valid."""
        ...

    async def confirm(self, token: str) -> bool:
        """Confirm a subscription; false if the link is not valid (any more)."""
        ...

    async def unsubscribe(self, token: str) -> bool:
        """End a subscription; ending it twice is fine."""
        ...
