"""What the web asks of the running service."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from checks.rollup import LatencyPoint, Sketch
from incidents.board import Board
from incidents.endpoints import EndpointState, Failure
from incidents.model import Span
from incidents.policy import Policy
from statuspage.site import Page


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """All that the public pages are rendered from, as of one instant.

    `last_result_at` is the instant of the newest result of all, None before the first.
    `fresh_until` is when silence would mean that we no longer know: past it the pages must
    not claim that anything works. `spans` reach back 90 days and may overlap.
    `latencies` maps each component to its last 24 hours.
    `subscribe_by` names the channels that the public can subscribe over; empty when there is
    none, and then no page offers it. `pages` are all public pages, `page` the one that is
    told, else the first. `partial` says that there is more than the page shows. Nothing changes
    a snapshot's board once it is handed over; a snapshot equals only itself.
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
    pages: tuple[Page, ...] = ()
    partial: bool = False


class Past(Protocol):
    """What documents tell beyond a snapshot."""

    async def spans(self, from_at: datetime) -> Sequence[Span]:
        """Spans back to an instant further away than a snapshot reaches."""
        ...

    async def latency(
        self, component: str, from_at: datetime, step: timedelta
    ) -> Sequence[LatencyPoint]:
        """A component's latency over its checks, one point a step."""
        ...

    async def latency_sketch(self, component: str, from_at: datetime) -> Sketch | None:
        """All its response times since an instant as one sketch, None if there are none."""
        ...


class Live(Past, Protocol):
    """The running service as the pages read it."""

    async def snapshot(self) -> Snapshot:
        """Everything as it is now."""
        ...

    def changes(self) -> AsyncIterator[int]:
        """The event log's position, each time it moved; several moves may come as one."""
        ...


class BeatAnswer(StrEnum):
    """What became of a beat."""

    TAKEN = "taken"
    UNKNOWN = "unknown"
    TOO_OFTEN = "too_often"


class Beats(Protocol):
    """Who takes what jobs report of themselves."""

    async def beat(self, token: str, word: str, body: str) -> BeatAnswer:
        """Take a beat; it is on disk when it is said to be taken.

        Raises:
            StorageError: It cannot be kept now; the job is to try again.
        """
        ...


@dataclass(frozen=True, slots=True)
class Refused:
    """Why values were not taken, in words for whoever sent them, and with which HTTP status."""

    status: int
    reason: str
    retry_after_seconds: int | None = None


class Values(Protocol):
    """Who takes numbers that others measured."""

    async def push(self, token: str, body: bytes) -> str | Refused:
        """Take all values in a body, or none; they are on disk when that is said.

        Raises:
            StorageError: They cannot be kept now; they are to be sent again.
        """
        ...


class Intake(Protocol):
    """What the public may ask for."""

    async def subscribe(
        self, page: str, channel: str, address: str, components: Sequence[str], language: str
    ) -> None:
        """Ask to be told what a page tells; says nothing of whether the address is known.

        No components means all that the page shows whenever something is told.

        Raises:
            Mistake: The address cannot be one, or a component is not on the page.
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


@dataclass(frozen=True, slots=True)
class Webhook:
    """A webhook as its owner sees it.

    `token` is its link's. `failures` are the last ones since it last answered. `secret` is
    there once, right after it was made; `mistake` says why a challenge was not answered.
    """

    token: str
    address: str
    state: EndpointState
    components: tuple[str, ...] = ()
    failures: tuple[Failure, ...] = ()
    secret: str = field(default="", repr=False)
    mistake: str = ""


class WebhookAction(StrEnum):
    """What an owner asks of a webhook."""

    VERIFY = "verify"
    PAUSE = "pause"
    ROTATE = "rotate"
    REMOVE = "remove"


class Webhooks(Protocol):
    """What programs' owners may ask for."""

    async def add(
        self, page: str, address: str, components: tuple[str, ...], contact: str = "",
        language: str = "en",
    ) -> Webhook:  # fmt: skip
        """Take an address for what a page tells; nothing is sent before its owner asks for that.

        A mail to `contact` tells the owner when it is turned off; both are told in `language`.

        Raises:
            Mistake: We cannot send there, or a component is not on the page.
        """
        ...

    async def webhook(self, token: str) -> Webhook | None:
        """The webhook that a link manages, None if it is not valid (any more)."""
        ...

    async def act(self, token: str, action: WebhookAction) -> Webhook | None:
        """Do what the owner asks; None if the link is not valid, or the webhook removed now."""
        ...
