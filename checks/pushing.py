"""What a kind is that nobody probes: others send it messages, and their absence is judged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from checks.model import Outcome


@dataclass(frozen=True, slots=True)
class Message:
    """Something that was sent to us about a check: a word of its kind, and the text with it."""

    at: datetime
    word: str = ""
    body: str = ""


@dataclass(frozen=True, slots=True)
class Heard:
    """What all messages so far come to.

    `at` is the last one that told how the check fares, `outcome` and `reason` what it told.
    The next one is counted from `counted_at`: that message, unless some may have been lost
    since. `started_at` is when the run began that is under way; `announced` says whether the
    last one told its start.
    """

    at: datetime | None = None
    outcome: Outcome | None = None
    reason: str = ""
    counted_at: datetime | None = None
    started_at: datetime | None = None
    announced: bool = False


@dataclass(frozen=True, slots=True)
class Due:
    """The message that is awaited: by when, how long it may be late, and what to say then."""

    at: datetime
    patience: timedelta
    reason: str

    @property
    def missed_at(self) -> datetime:
        """When it is no longer waited for."""
        return self.at + self.patience


@dataclass(frozen=True, slots=True)
class Pushed:
    """How a kind is judged that is not probed.

    All of it is pure, and can be pickled: a configuration is read in a process of its own.

    Attributes:
        accepts: Whether a word, as it stands in the address, means something to this kind.
        on_push: What is heard once a message came.
        next_due: The message that is awaited; None while nothing was ever heard.
        grace: How long messages may be late; after a stop of our own nothing is missed sooner.
        sends_at: When we are to send the next message ourselves; None when others do.
    """

    accepts: Callable[[str], bool]
    on_push: Callable[[Any, Message, Heard], Heard]
    next_due: Callable[[Any, Heard], Due | None]
    grace: Callable[[Any], timedelta]
    sends_at: Callable[[Any, datetime], datetime | None]
