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
_MARGIN, _LEEWAY = 1.2, 5.0
_KEPT, _KEPT_OF_FLEET = 8, 400


class Sort(StrEnum):
    """What a trouble was: all probes failed, some did, answers were slow, or a little slow."""

    OUTAGE = "outage"
    ERRORS = "errors"
    SLOW = "slow"
    SLIGHT = "slight"


LONGEST = {Sort.OUTAGE: 60.0, Sort.ERRORS: 480.0, Sort.SLOW: 600.0, Sort.SLIGHT: 1500.0}
"""Seconds beyond which a trouble is no habit, whatever came before."""

SPARED: Mapping[Sort, int] = {Sort.OUTAGE: 1, Sort.ERRORS: 1, Sort.SLOW: 0, Sort.SLIGHT: 1}
"""What came so often only, in the whole fleet, is no habit of the fleet yet."""
BUDGET: Mapping[Sort, float] = {
    Sort.OUTAGE: 0.05,
    Sort.ERRORS: 0.1,
    Sort.SLOW: 0.3,
    Sort.SLIGHT: 0.3,
}
"""Healed troubles of a sort, per check and month, that may still be told of."""


class Healed(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One trouble that went by: when it was over, of which sort, and how many seconds it took."""

    at: float
    sort: Sort
    lasted: float


class Customs(NamedTuple):
    """How long each sort of trouble is waited for in the whole fleet, in seconds."""

    outage: float = 0.0
    errors: float = 0.0
    slow: float = 0.0
    slight: float = 0.0

    def of(self, sort: Sort) -> float:
        """The patience for one sort."""
        return float(getattr(self, sort.value))


NO_CUSTOMS = Customs()


def is_habit(healed: Healed) -> bool:
    """Whether it was short enough to be excused another time."""
    return healed.lasted <= LONGEST[healed.sort]


def remembered(known: tuple[Healed, ...], healed: Healed) -> tuple[Healed, ...]:
    """What a check remembers of its own, the latest last."""
    return (*known, healed)[-_KEPT:]


def patience(sort: Sort, base: float, own: Iterable[Healed], customs: Customs, now: float) -> float:
    """How long a trouble of this sort must last before it is told, in seconds."""
    lasted = [
        healed.lasted for healed in own if healed.sort is sort and 0 <= now - healed.at < MEMORY
    ]
    learned = _MARGIN * max(lasted) + _LEEWAY if lasted else 0.0
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
            *(self._beyond(sort, max(SPARED[sort], int(BUDGET[sort] * months))) for sort in Sort)
        )

    def _beyond(self, sort: Sort, spared: int) -> float:
        """Longer than all troubles of a sort lasted but so many."""
        lasted = sorted(healed.lasted for healed in self.healed if healed.sort is sort)
        if len(lasted) <= spared:
            return 0.0
        return _MARGIN * lasted[-1 - spared] + _LEEWAY
