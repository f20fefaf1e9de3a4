"""Rounds of rechecks over all locations: on a failure, on a suspicion, during trouble; budgeted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec

from incidents.detect.learned.parameters import NEVER
from incidents.policy import CheckPolicy
from incidents.signals import Recheck

SHARE = 0.1
"""Rechecks may be this share of the planned probes, averaged over time."""
FULL = 60.0
OFFSETS = (1.0, 5.0, 10.0)
"""Seconds after a first failure at which all locations look again."""
NEXT = 10.0
"""Seconds between the rounds after those, while every probe fails and patience is asked for."""
HURRY, HURRY_EVERY = 240.0, 12.0
"""How long, and how often, a suspicion is looked after."""
_APART = 12.0
_ANSWERED = 30.0
"""Seconds after its beginning in which a burst's first round is answered."""
_FIRST_LOOK, _LATER_LOOKS = 15.0, 60.0


class Rounds(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What was asked for: the budget in probes, the burst, the hurry, the latest round."""

    budget: float = FULL / 2
    burst_from: float = NEVER
    stage: int = 0
    hurry_until: float = NEVER
    hurried_at: float = NEVER
    asked_at: float = NEVER


class Asked(msgspec.Struct, frozen=True):
    """The rounds after a result, and the instants in epoch seconds to look again at."""

    rounds: Rounds
    at: tuple[float, ...] = ()


def paid(rounds: Rounds, *, recheck: bool) -> Rounds:
    """The rounds after one more result: planned ones earn a little."""
    if recheck or rounds.budget >= FULL:
        return rounds
    return msgspec.structs.replace(rounds, budget=earned(rounds.budget))


def earned(budget: float) -> float:
    """The budget after one more planned probe."""
    return budget + SHARE if budget < FULL else budget


def in_burst(rounds: Rounds, now: float) -> bool:
    """Whether a recheck may be one that a burst asked for."""
    return now - rounds.burst_from < _ANSWERED


def after_failure(
    rounds: Rounds, now: float, places: int, *, recheck: bool, unconfirmed: bool
) -> Asked:
    """A failure is looked at after a second; if that fails too, twice more, and while in doubt."""
    lately = now - rounds.burst_from < _APART + NEXT * 10
    if not recheck and now - rounds.burst_from > _APART and not (lately and rounds.stage > 1):
        return _ask(rounds, (now + OFFSETS[0],), places, stage=1, burst_from=now)
    if recheck and rounds.stage == 1 and in_burst(rounds, now):
        at = tuple(max(now, rounds.burst_from + offset) for offset in OFFSETS[1:])
        return _ask(rounds, at, places, stage=2)
    if recheck and rounds.stage >= 2 and lately and unconfirmed and now >= rounds.asked_at:
        return _ask(rounds, (rounds.asked_at + NEXT,), places, stage=rounds.stage + 1)
    return Asked(rounds)


def hurried(rounds: Rounds, now: float, pause: float) -> Rounds:
    """A suspicion has grown: look more often for some minutes, if that was not just so."""
    if now <= rounds.hurry_until + pause:
        return rounds
    return msgspec.structs.replace(rounds, hurry_until=now + HURRY)


def in_hurry(rounds: Rounds, began: float, now: float, places: int) -> Asked:
    """The next round of a hurry, once the last one has been answered."""
    if now > rounds.hurry_until or began < rounds.asked_at:
        return Asked(rounds)
    return _ask(rounds, (max(now, rounds.asked_at + HURRY_EVERY),), places)


def in_trouble(
    rounds: Rounds, began: float, now: float, lasted: float, policy: CheckPolicy
) -> Asked:
    """The next look at a check in trouble, so that its recovery is told soon."""
    interval = policy.interval.total_seconds()
    every = max(_FIRST_LOOK, lasted / _LATER_LOOKS)
    if every >= interval or began < rounds.asked_at:
        return Asked(rounds)
    at = max(now, rounds.asked_at + every)
    return Asked(msgspec.structs.replace(rounds, asked_at=at), (at,))


def wishes(
    policy: CheckPolicy, at: tuple[float, ...], timeout: timedelta | None
) -> tuple[Recheck, ...]:
    """The wishes for rounds at these instants."""
    return tuple(
        Recheck(policy.check, datetime.fromtimestamp(when, UTC), policy.locations, timeout)
        for when in at
    )


def _ask(
    rounds: Rounds,
    at: tuple[float, ...],
    places: int,
    *,
    stage: int | None = None,
    burst_from: float | None = None,
) -> Asked:
    """Those rounds, if the budget has them."""
    budget = rounds.budget - places * len(at)
    if budget < 0:
        return Asked(rounds)
    asked = msgspec.structs.replace(
        rounds,
        budget=budget,
        stage=rounds.stage if stage is None else stage,
        burst_from=rounds.burst_from if burst_from is None else burst_from,
        asked_at=max(at),
    )
    return Asked(asked, at)
