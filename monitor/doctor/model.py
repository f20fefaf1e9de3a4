"""The values of the doctor: what is looked at, and what was found."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from monitor.config.config import Config


class Level(StrEnum):
    """How bad it is: `wrong` keeps something from working, a `warning` may be meant so.

    A `hint` is what Upfront cannot know here, and no fault of the machine's.
    """

    WELL = "well"
    HINT = "hint"
    WARNING = "warning"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Found:
    """What one look found, and what to do about it."""

    level: Level
    what: str
    remedy: str = ""


def well(what: str) -> Found:
    """Nothing to do."""
    return Found(Level.WELL, what)


def hint(what: str) -> Found:
    """Good to know when something is told, or is not."""
    return Found(Level.HINT, what)


def warning(what: str, remedy: str) -> Found:
    """It works, and may surprise."""
    return Found(Level.WARNING, what, remedy)


def wrong(what: str, remedy: str) -> Found:
    """Something will not work."""
    return Found(Level.WRONG, what, remedy)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a look may go by: the file, as far as it is right, and the environment."""

    config: Config
    environ: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Look:
    """One thing to look at; `of_file` says that it makes no sense without a right file."""

    name: str
    look: Callable[[Surroundings], Awaitable[Sequence[Found]]]
    of_file: bool = True


@dataclass(frozen=True, slots=True)
class Looked:
    """What came of one look."""

    name: str
    found: tuple[Found, ...]
