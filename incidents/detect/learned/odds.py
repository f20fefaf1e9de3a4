"""Evidence that a check fails more often than it usually does, whichever location is left out.

Three Bernoulli CUSUMs (Page 1954) against the learned failure rate, each kept once for every
location, without that location's results; the least of them counts, so that no single location
can speak for all. With one location there is nothing to leave out.
"""

from __future__ import annotations

import math

import msgspec

from incidents.detect.learned.left_out import added
from incidents.detect.learned.parameters import HYPOTHESES

APART = (15.0, 2.0, 0.0)
"""For each hypothesis the seconds after a failure in which other results say nothing new.

One bad moment makes many failures, since it is looked at at once; a raised rate is spread out.
"""
_NEVER = 1e18
_CAP = 3.0
"""How far evidence may rise above what suffices: so long is the way back."""
_GONE = 0.3
_RECENT, _STARTS, _REASONS = 40, 40, 12


class Glance(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One result in brief: when its probe began, where, and whether it failed."""

    at: float
    place: int
    failed: bool


class Suspicion(msgspec.Struct, frozen=True, array_like=True):
    """What speaks against a check since a probe failed; None stands for nothing.

    `sums` holds for each hypothesis the evidence without each location. `began` and
    `quick_began` are since when there is any, for any hypothesis and for all but the least.
    `starts` are when the latest failed probes began, `run` the present unbroken row of failures.
    """

    sums: tuple[tuple[float, ...], ...]
    began: float
    quick_began: float | None
    failed: float = 0.0
    of: float = 0.0
    starts: tuple[float, ...] = ()
    recent: tuple[Glance, ...] = ()
    reasons: tuple[str, ...] = ()
    run: int = 0
    run_began: float | None = None

    @property
    def value(self) -> float:
        """The evidence for the hypothesis that there is most for."""
        return max(map(min, self.sums))

    @property
    def quick_value(self) -> float:
        """The same without the least hypothesis."""
        return max(map(min, self.sums[1:]))

    @property
    def slow_value(self) -> float:
        """The evidence for the least hypothesis alone."""
        return min(self.sums[0])

    @property
    def last(self) -> float:
        """When the latest failed probe began."""
        return self.starts[-1] if self.starts else self.began

    def forgets(self, since: float) -> bool:
        """Whether more results came since an instant than `recent` holds."""
        return len(self.recent) == _RECENT and min(seen.at for seen in self.recent) > since


def rates(usual: float) -> tuple[float, ...]:
    """The failure rates that evidence is gathered for, given the usual one."""
    return (max(HYPOTHESES[0], 4 * usual), *HYPOTHESES[1:])


def failed(
    known: Suspicion | None, seen: Glance, reason: str, usual: float, places: int, enough: float
) -> Suspicion:
    """The suspicion with one more failure."""
    if known is None:
        nothing = ((0.0,) * places,) * len(HYPOTHESES)
        known = Suspicion(nothing, seen.at, seen.at)
    gains = [math.log(rate / usual) for rate in rates(usual)]
    since = seen.at - known.last if known.starts else _NEVER
    sums = tuple(
        kept if abs(since) < apart else added(kept, gain, seen.place, enough + _CAP)
        for kept, gain, apart in zip(known.sums, gains, APART, strict=True)
    )
    count, of = known.failed + 1, known.of + 1
    if of > 200:
        count, of = count / 2, of / 2
    return Suspicion(
        sums,
        min(known.began, seen.at),
        seen.at if known.quick_began is None else known.quick_began,
        count,
        of,
        tuple(sorted((*known.starts, seen.at))[-_STARTS:]),
        (*known.recent, seen)[-_RECENT:],
        (*known.reasons, reason)[-_REASONS:],
        known.run + 1,
        seen.at if known.run_began is None else min(known.run_began, seen.at),
    )


def passed(known: Suspicion, seen: Glance, usual: float) -> Suspicion | None:
    """The suspicion with one more success; None once nothing is left of it."""
    since = abs(seen.at - known.last)
    sums = tuple(
        [
            kept
            if since < apart
            else added(kept, math.log((1 - rate) / (1 - usual)), seen.place, math.inf)
            for kept, rate, apart in zip(known.sums, rates(usual), APART, strict=True)
        ]
    )
    slight, *others = map(max, sums)
    quick = max(others) > _GONE
    if slight <= _GONE and not quick:
        return None
    count, of = known.failed, known.of + 1
    if of > 200:
        count, of = count / 2, of / 2
    return Suspicion(
        sums,
        known.began,
        known.quick_began if quick else None,
        count,
        of,
        known.starts,
        (*known.recent, seen)[-_RECENT:],
        known.reasons,
    )
