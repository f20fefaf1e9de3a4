"""What heals by itself, again and again, is a habit and no news: patience learned from it.

A trouble that was told and was over within minutes, without a relapse, is remembered with how
long it lasted: a reboot, a fail-over, a cold start after a release. Next time the check waits
a little longer than that, and so do the others of the fleet as far as such things are common
there. What lasts longer than a habit may is never excused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import NamedTuple

import msgspec

MEMORY = 30 * 86_400.0
"""Seconds for which a healed trouble is remembered."""
_LEEWAY = 5.0
_KEPT, _KEPT_OF_FLEET = 8, 400


class Sort(StrEnum):
    """What a trouble was: all probes failed, many, or some; or answers were slow, by how much."""

    OUTAGE = "outage"
    MANY = "many errors"
    ERRORS = "errors"
    MUCH = "much slower"
    SLOW = "slow"
    SLIGHT = "slight"


LONGEST = {
    Sort.OUTAGE: 60.0,
    Sort.MANY: 480.0,
    Sort.ERRORS: 480.0,
    Sort.MUCH: 600.0,
    Sort.SLOW: 600.0,
    Sort.SLIGHT: 1500.0,
}
"""Seconds beyond which a trouble is no habit, whatever came before."""
_MARGIN: Mapping[Sort, float] = {
    Sort.OUTAGE: 1.2,
    Sort.MANY: 1.2,
    Sort.ERRORS: 1.2,
    Sort.MUCH: 1.2,
    Sort.SLOW: 1.5,
    Sort.SLIGHT: 1.5,
}
"""So many times as long as the longest is waited for: restarts are alike, warming up is not."""
AS_BAD: Mapping[Sort, tuple[Sort, ...]] = {
    Sort.OUTAGE: (Sort.OUTAGE,),
    Sort.MANY: (Sort.MANY,),
    Sort.ERRORS: (Sort.ERRORS, Sort.MANY),
    Sort.MUCH: (Sort.MUCH,),
    Sort.SLOW: (Sort.SLOW, Sort.MUCH),
    Sort.SLIGHT: (Sort.SLIGHT, Sort.SLOW, Sort.MUCH),
}
"""What excuses a trouble of a sort: who is used to much is used to less."""

SPARED: Mapping[Sort, int] = {Sort.OUTAGE: 1, Sort.ERRORS: 2, Sort.SLOW: 2, Sort.SLIGHT: 2}
"""What came so often only, in the whole fleet, is no habit of the fleet yet.

That some failed much, or became much slower, excuses nobody else from that.
"""
BUDGET: Mapping[Sort, float] = {
    Sort.OUTAGE: 0.05,
    Sort.ERRORS: 0.1,
    Sort.SLOW: 0.2,
    Sort.SLIGHT: 0.3,
}
"""Healed troubles of a sort, per check and month, that may still be told of."""
AGAIN = 1800.0
"""What is back within so many seconds was not over."""
_TOO_OFTEN = 2
"""... but what comes back so often is a habit for all that."""


class Healed(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One trouble that went by: when it was over, of which sort, and how many seconds it took."""

    at: float
    sort: Sort
    lasted: float


class Settled(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The latest trouble that is over: when, and what to remember if it does not come back.

    `again` is how often it was back already.
    """

    at: float
    healed: Healed | None = None
    again: int = 0

    @property
    def due_at(self) -> float:
        """When it is remembered: what comes back all the time would otherwise never be."""
        return self.at if self.again >= _TOO_OFTEN else self.at + AGAIN


def settled(before: Settled | None, opened: float, now: float, healed: Healed | None) -> Settled:
    """What is held of a trouble that is over, given the one before and when this one began."""
    if before is None or opened - before.at >= AGAIN:
        return Settled(now, healed)
    again = before.again + 1
    return Settled(now, healed if again >= _TOO_OFTEN else None, again)


class Customs(NamedTuple):
    """How long each sort of trouble is waited for in the whole fleet, in seconds."""

    outage: float = 0.0
    errors: float = 0.0
    slow: float = 0.0
    slight: float = 0.0

    def of(self, sort: Sort) -> float:
        """The patience for one sort; none for what others are not waited for."""
        return float(getattr(self, sort.value, 0.0))


NO_CUSTOMS = Customs()


def healed(at: float, sort: Sort, lasted: float, unseen: float) -> Healed | None:
    """What to remember of a trouble that was seen for so long; None if that was no habit.

    It may have begun up to `unseen` seconds before it was seen.
    """
    longest = LONGEST[sort]
    return Healed(at, sort, min(lasted + unseen, longest)) if lasted <= longest else None


def remembered(known: tuple[Healed, ...], healed: Healed) -> tuple[Healed, ...]:
    """What a check remembers of its own, the latest last."""
    return (*known, healed)[-_KEPT:]


def patience(sort: Sort, base: float, own: Iterable[Healed], customs: Customs, now: float) -> float:
    """How long a trouble of this sort must last before it is told, in seconds."""
    lasted = [one.lasted for one in own if one.sort in AS_BAD[sort] and 0 <= now - one.at < MEMORY]
    learned = _MARGIN[sort] * max(lasted) + _LEEWAY if lasted else 0.0
    return max(base, learned, customs.of(sort))


class Habits(msgspec.Struct, frozen=True):
    """What healed by itself anywhere in the fleet, and since when the fleet is watched."""

    since: float
    healed: tuple[Healed, ...] = ()

    def with_one(self, healed: Healed) -> Habits:
        """The same with one more."""
        recent = [kept for kept in self.healed if healed.at - kept.at < MEMORY]
        return Habits(self.since, (*recent, healed)[-_KEPT_OF_FLEET:])

    def customs(self, checks: int, now: float) -> Customs:
        """The patience that leaves no more than the budget of such troubles to be told."""
        months = checks * min(max(now - self.since, 0.0), MEMORY) / MEMORY
        return Customs(
            *(self._beyond(sort, max(SPARED[sort], int(BUDGET[sort] * months))) for sort in SPARED)
        )

    def _beyond(self, sort: Sort, spared: int) -> float:
        """Longer than all troubles of a sort lasted but so many."""
        lasted = sorted(one.lasted for one in self.healed if one.sort in AS_BAD[sort])
        if len(lasted) <= spared:
            return 0.0
        return _MARGIN[sort] * lasted[-1 - spared] + _LEEWAY
