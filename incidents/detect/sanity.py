"""Is it us? Failures from a location are held until a canary of that location has answered.

Canaries are probes of what is not ours, in different networks. If one answers after a failure
began, the failure stands; if all that are asked fail, the location is blind, and what failed
from there is no evidence against anybody.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from checks.model import Outcome, Result
from incidents.signals import Recheck

FOLD = "sanity"
VERSION = 1
ASKED = 2
"""How many canaries are asked at once."""
LIMIT = timedelta(seconds=3)
"""How long a canary may take to answer, and how long its answer counts."""
_SHAKY = 0.1
_GAIN, _FORGETS = 0.1, 0.8
"""How a canary's failures are noted, and forgotten by what passes."""
_LATE = 0.9
"""Seconds beyond the usual in which a packet was lost on the way: it is sent again after one."""
_FOLLOWS = 0.05
_BATCH = 256
_PATIENCE = timedelta(seconds=7)
"""When no canary was heard for so long, a failure stands: we cannot tell."""


class Heard(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The latest that a canary said: when its probe began, when it was known, whether it passed.

    `falters` is the share of its probes that failed lately, or lost a packet; `usual` are the
    seconds that it usually takes.
    """

    began_at: datetime
    known_at: datetime
    passed: bool
    falters: float = 0.0
    usual: float | None = None


class Sight(msgspec.Struct, frozen=True):
    """What is known of one location's own network.

    Failures whose probe began before `blind_until` are no evidence. `batches` hold those that
    wait for a canary since `asked_at`.
    """

    blind_until: datetime | None = None
    asked_at: datetime | None = None
    turn: int = 0
    heard: dict[str, Heard] = {}
    batches: tuple[tuple[Result, ...], ...] = ()

    @property
    def held(self) -> tuple[Result, ...]:
        """The failures that wait, the first to come first."""
        return tuple(itertools.chain.from_iterable(self.batches))

    def holding(self, result: Result) -> Sight:
        """The same with one more that waits; in batches, since in a storm there are thousands."""
        batches = self.batches
        if batches and len(batches[-1]) < _BATCH:
            batches = (*batches[:-1], (*batches[-1], result))
        else:
            batches = (*batches, (result,))
        return msgspec.structs.replace(self, batches=batches)

    @property
    def shaky(self) -> bool:
        """Whether its own network falters: more than one canary fails now and then.

        What fails from there may be its own trouble. That one canary fails may be the canary's.
        """
        if not self.heard:
            return False
        falters = sorted(heard.falters for heard in self.heard.values())
        return falters[-2:][0] > _SHAKY

    def blind(self, at: datetime) -> bool:
        """Whether the location cannot be trusted at an instant."""
        return self.blind_until is not None and at < self.blind_until


class Admitted(msgspec.Struct, frozen=True):
    """What a result led to: results that stand, and canaries to be asked."""

    sight: Sight
    results: tuple[Result, ...] = ()
    wishes: tuple[Recheck, ...] = ()


def admit(sight: Sight, result: Result, canaries: Sequence[str]) -> Admitted:
    """Let a check's result through, hold it, or drop it."""
    if not canaries or result.outcome is not Outcome.FAIL:
        if not sight.batches:
            return Admitted(sight, (result,))
        late = _overdue(sight, result.known_at)
        return Admitted(late.sight, (*late.results, result))
    if sight.blind_until is not None and result.at <= sight.blind_until:
        return Admitted(sight)
    if sight.shaky:
        return _ask(sight, (), result, canaries)
    if _answered(sight, result):
        return Admitted(sight, (result,))
    late = _overdue(sight, result.known_at)
    return _held(late.sight, late.results, result, canaries)


def listen(sight: Sight, result: Result, canaries: Sequence[str], timeout: timedelta) -> Admitted:
    """Take in what a canary said. `timeout` is the longest that a check's probe may take."""
    passed = result.outcome in (Outcome.PASS, Outcome.SLOW)
    if result.outcome is Outcome.ERROR:
        return Admitted(sight)
    said = _heard(sight.heard.get(result.check), result, passed=passed)
    heard = {**sight.heard, result.check: said}
    sight = msgspec.structs.replace(sight, heard=heard)
    if passed:
        held = sight.held
        standing = tuple(one for one in held if one.at <= result.known_at)
        waiting: tuple[Result, ...] = ()
        if len(standing) < len(held):
            waiting = tuple(one for one in held if one.at > result.known_at)
        sight = msgspec.structs.replace(sight, blind_until=None)
        return Admitted(_waiting(sight, waiting), standing)
    if not _all_failed(sight, result, canaries):
        return Admitted(sight)
    until = result.known_at + timeout + LIMIT
    return Admitted(msgspec.structs.replace(sight, blind_until=until, batches=()))


def _heard(before: Heard | None, result: Result, *, passed: bool) -> Heard:
    """What is known of a canary after one more probe of it."""
    falters, usual = (before.falters, before.usual) if before else (0.0, None)
    took, late = result.latency_seconds, False
    if passed and took is not None:
        usual = took if usual is None else usual
        late = took > usual + _LATE
        usual += _FOLLOWS * (min(took, 2 * usual) - usual)
    falters = falters + _GAIN * (1 - falters) if late or not passed else falters * _FORGETS
    return Heard(result.at, result.known_at, passed, falters, usual)


def _answered(sight: Sight, result: Result) -> bool:
    """Whether a canary has passed since the failing probe began, and just now."""
    return any(
        heard.passed and heard.known_at > result.at and heard.known_at > result.known_at - LIMIT
        for heard in sight.heard.values()
    )


def _all_failed(sight: Sight, result: Result, canaries: Sequence[str]) -> bool:
    """Whether every canary that was heard lately failed, and more than one was."""
    lately = result.known_at - 2 * LIMIT - LIMIT
    recent = [sight.heard[name] for name in canaries if name in sight.heard]
    recent = [heard for heard in recent if heard.known_at >= lately]
    if any(heard.passed and heard.known_at >= result.at for heard in recent):
        return False
    failed = sum(not heard.passed for heard in recent)
    return failed >= min(ASKED, len(canaries))


def _held(
    sight: Sight, standing: tuple[Result, ...], result: Result, canaries: Sequence[str]
) -> Admitted:
    """Hold a failure until canaries have answered."""
    return _ask(sight.holding(result), standing, result, canaries)


def _ask(
    sight: Sight, standing: tuple[Result, ...], result: Result, canaries: Sequence[str]
) -> Admitted:
    """Ask the next canaries, unless some are asked already."""
    now = result.known_at
    if sight.asked_at is not None and now - sight.asked_at <= LIMIT and now >= sight.asked_at:
        return Admitted(sight, standing)
    asked = [canaries[(sight.turn + step) % len(canaries)] for step in range(ASKED)]
    sight = msgspec.structs.replace(sight, asked_at=now, turn=(sight.turn + 1) % len(canaries))
    wishes = tuple(Recheck(name, now, (result.location,), LIMIT) for name in dict.fromkeys(asked))
    return Admitted(sight, standing, wishes)


def _overdue(sight: Sight, now: datetime) -> Admitted:
    """Let through what was held for too long without an answer: nothing says that it is us."""

    def is_late(held: Result) -> bool:
        return now - held.known_at > _PATIENCE

    if not sight.batches or not is_late(sight.batches[0][0]):
        return Admitted(sight)  # the first has waited longest
    whole = tuple(itertools.takewhile(lambda batch: is_late(batch[-1]), sight.batches))
    waiting = sight.batches[len(whole) :]
    part: tuple[Result, ...] = ()
    if waiting:
        part = tuple(itertools.takewhile(is_late, waiting[0]))
        waiting = (waiting[0][len(part) :], *waiting[1:])
    standing = (*itertools.chain.from_iterable(whole), *part)
    return Admitted(msgspec.structs.replace(sight, batches=waiting), standing)


def _waiting(sight: Sight, held: tuple[Result, ...]) -> Sight:
    batches = tuple(held[first : first + _BATCH] for first in range(0, len(held), _BATCH))
    return msgspec.structs.replace(sight, batches=batches)
