"""What the learned fold remembers of a check; instants inside are epoch seconds, for speed.

A result costs some microseconds, and there may be thousands a second: instants that only the
arithmetic uses are plain numbers here.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from incidents.detect.learned import shift, tail
from incidents.detect.learned.burn import Burn
from incidents.detect.learned.habits import Healed, Settled
from incidents.detect.learned.odds import Suspicion
from incidents.detect.learned.pace import Course, Level, begun
from incidents.detect.learned.rounds import Rounds
from incidents.detect.learned.shift import Drift
from incidents.detect.learned.tail import Tail
from incidents.detect.learned.trouble import Cause, Trouble
from incidents.detect.state import WAITING, Judged, Probed, carried_over
from incidents.model import Judgement, Verdict
from incidents.policy import CheckPolicy

FOLD = "learned"
VERSION = 2
FIRST_RATE = 0.004
_CAUSES = {
    Judgement.DEGRADED: Cause.LIMIT,
    Judgement.PARTIAL: Cause.PLACE,
    Judgement.FAILING: Cause.FAILURES,
}
"""What a plain rule must have gone by, to come to these."""


class Place(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What one location saw: its latest probes, its level, and its own run of failures.

    `bad_from` is since when it mostly fails, `bad` of `seen` probes; `good` successes in a row
    end that.
    """

    starts: tuple[float, ...] = ()
    level: Level | None = None
    bad_from: float | None = None
    bad: int = 0
    seen: int = 0
    good: int = 0


class Look(msgspec.Struct, frozen=True, array_like=True):
    """A fresh look at how slow it is, before anyone is told: until when, and what was seen."""

    until: float
    deviations: tuple[float, ...] = ()


class Learned(Probed, frozen=True, kw_only=True):
    """Everything that the learned fold remembers of a check.

    `locations` is the order in which its parts keep what belongs to one. `rate` is the usual
    failure rate. `slowness` is evidence against `degraded_if`, as `suspicion` is against
    `expect`.
    """

    locations: tuple[str, ...]
    places: tuple[Place, ...]
    course: Course
    drift: Drift
    tail: Tail
    rate: float = FIRST_RATE
    count: int = 0
    suspicion: Suspicion | None = None
    slowness: Suspicion | None = None
    look: Look | None = None
    rounds: Rounds = Rounds()
    trouble: Trouble | None = None
    habits: tuple[Healed, ...] = ()
    settled: Settled | None = None
    burn: Burn = msgspec.field(default_factory=Burn)
    deploy_until: float | None = None


def fresh(policy: CheckPolicy, at: datetime) -> Learned:
    """The state of a check that has no result yet."""
    waiting = Verdict(policy.check, Judgement.UNKNOWN, at, at, WAITING)
    return Learned(
        revision=policy.revision,
        held=waiting,
        verdict=waiting,
        awaited_at=at,
        locations=policy.locations,
        places=(Place(),) * len(policy.locations),
        course=begun(at.timestamp()),
        drift=shift.none(len(policy.locations)),
        tail=tail.none(len(policy.locations)),
    )


def taken_over(state: Judged, policy: CheckPolicy, at: datetime) -> Learned:
    """The state of a check that was judged by a plain rule: what is held stays held."""
    found = carried_over(state, fresh(policy, at))
    return msgspec.structs.replace(found, trouble=_held_already(state.held, at))


def _held_already(held: Verdict, at: datetime) -> Trouble | None:
    """The trouble that a plain rule told of, so that its end is found as that of any other."""
    cause, now = _CAUSES.get(held.judgement), at.timestamp()
    if cause is None:
        return None
    total = held.judgement is Judgement.FAILING
    return Trouble(cause, held.onset_at.timestamp(), now, last_bad=now, total=total)


def relocated(state: Learned, locations: tuple[str, ...]) -> Learned:
    """The state of a check that is probed from other locations: who stays keeps its level."""
    if state.locations == locations:
        return state
    known = dict(zip(state.locations, state.places, strict=True))
    return msgspec.structs.replace(
        state,
        locations=locations,
        places=tuple(known.get(name, Place()) for name in locations),
        drift=shift.none(len(locations)),
        tail=tail.none(len(locations), state.tail.rate),
        suspicion=None,
        slowness=None,
        look=None,
    )
