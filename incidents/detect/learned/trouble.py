"""A check that is told to be in trouble, until it has been well for long enough."""

from __future__ import annotations

import math
from enum import StrEnum

import msgspec

BELIEVED = 4.5
"""Evidence in nats for the usual rate against the trouble's own, before a recovery is told."""
MOST_BELIEF = 6.0
"""More does not help: so long is the way back when it is bad again."""
OWN_SHARE = 0.6
"""The part of the share that failed which a recovery is weighed against."""
_MOST_HOLDS, _MOST_WATCHES = 2, 4


class Cause(StrEnum):
    """What the trouble was found by."""

    FAILURES = "failures"
    PLACE = "place"
    SLOW = "slow"
    TAIL = "tail"
    LIMIT = "limit"
    BURN = "burn"


class Trouble(msgspec.Struct, frozen=True, array_like=True):
    """What is told, and how far its end is believed.

    `rate` is its own failure rate and `score` the evidence that it is over. `relapses` counts
    how often it came back, `shown` is false while it is told to be over and is watched. `worst`
    is the largest mean deviation of the answers, `total` whether all probes failed.
    `well_from` is when the first probe after the last bad one began. `usual` says that it ended
    because it is usual at that hour, not because it went away.
    """

    cause: Cause
    onset: float
    opened: float
    last_bad: float
    rate: float = 0.5
    score: float = 0.0
    relapses: int = 0
    shown: bool = True
    worst: float = 0.0
    total: bool = False
    well_from: float | None = None
    usual: bool = False


def hold(trouble: Trouble, base: float, interval: float) -> float:
    """How many seconds nothing bad may be seen before it is told to be over."""
    return float(max(base, 0.75 * interval) * 4 ** min(trouble.relapses, _MOST_HOLDS))


def watch(trouble: Trouble, base: float) -> float:
    """How many seconds it is watched after that."""
    return base * (1 + min(trouble.relapses, _MOST_WATCHES))


def failed_again(trouble: Trouble, at: float, usual: float) -> Trouble:
    """The trouble after one more failure."""
    return msgspec.structs.replace(
        trouble,
        score=max(0.0, trouble.score + math.log(usual / trouble.rate)),
        last_bad=max(trouble.last_bad, at),
        well_from=None,
    )


def passed(trouble: Trouble, at: float, usual: float) -> Trouble:
    """The trouble after a success: evidence for the usual rate against its own."""
    return msgspec.structs.replace(
        trouble,
        score=min(trouble.score + math.log((1 - usual) / (1 - trouble.rate)), MOST_BELIEF),
        well_from=at if trouble.well_from is None else trouble.well_from,
    )


def own_rate(failed: float, of: float, usual: float) -> float:
    """The failure rate that a recovery is weighed against."""
    return min(0.9, max(0.04, 2.5 * usual, OWN_SHARE * failed / of if of else 0.0))


def believed(trouble: Trouble) -> bool:
    """Whether the evidence suffices that it is over."""
    return trouble.score > BELIEVED
