"""What the outbox asks of a way to reach people: messages, senders, channels."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

UNSUBSCRIBE_MARK = "upfront-unsubscribe-link"
"""Stands in a message's text and HTML for the recipient's own link."""


@dataclass(frozen=True, slots=True)
class Message:
    """An event's rendered text for one recipient.

    `subject`, `text` and `html` are the same objects for everyone who reads one language; a
    channel may keep what it makes of them. Where they link to the way out they hold
    `UNSUBSCRIBE_MARK`, which the channel replaces. `key` stays the same over attempts and
    tells repeats apart; messages of one `thread` belong together. `unsubscribe_url` is set
    for subscribers and takes a one-click POST. `data` is the event as programs read it, the
    same object for everyone, too. `recipient` is the id of whom it is for; `secrets` are what a
    subscriber's own copy is signed with, None for the targets of routes.
    """

    subject: str
    text: str
    html: str
    key: str
    url: str
    thread: str = ""
    unsubscribe_url: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    recipient: str = ""
    secrets: tuple[str, ...] | None = field(default=None, repr=False)


class Unwanted(Exception):
    """The recipient wants nothing at the moment: the delivery is dropped quietly."""


class SendError(Exception):
    """A message was not taken; `permanent` when trying again is of no use.

    `in_doubt` when the other side may have taken it all the same.
    """

    def __init__(self, reason: str, *, permanent: bool = False, in_doubt: bool = False) -> None:
        """Keep a sentence for the operator; it must hold no secret."""
        super().__init__(reason)
        self.permanent = permanent
        self.in_doubt = in_doubt


class Sender(Protocol):
    """An open way to send; may keep connections between messages."""

    async def send(self, address: str, message: Message) -> None:
        """Hand over one message; returns once the other side has accepted it.

        Raises:
            SendError: It was not taken.
        """
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


AT_ONCE = 8
"""Messages in flight over one channel, unless it says otherwise."""


@dataclass(frozen=True, slots=True)
class Channel:
    """A way to tell: its settings and how to open it.

    A module in `incidents/channels/` ends in `CHANNEL = Channel(...)`. `idempotent` says
    whether the other side can tell repeats apart by the message's key; where it cannot, a
    delivery that may have been accepted is given up rather than repeated. The public may
    subscribe over a `public` one, which therefore is there only where the file sets it up.
    `leave_link` says whether its messages to subscribers hold the link that ends it all.
    `at_once` messages are in flight over it at most, which is what a crash may repeat.
    """

    name: str
    summary: str
    settings: type
    open: Callable[[Any], Sender]
    idempotent: bool = True
    public: bool = False
    leave_link: bool = True
    at_once: int = AT_ONCE
    check_address: Callable[[str], str] = str
    """Returns the address as it is kept; raises `mistakes.Mistake` if it cannot be one."""
