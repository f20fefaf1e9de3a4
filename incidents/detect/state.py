"""What every check's fold remembers between signals, and what one signal led to."""

from __future__ import annotations

from datetime import datetime
from typing import TypeVar

import msgspec

from incidents.detect.learned.habits import Healed
from incidents.model import Judgement, Verdict
from incidents.signals import Wish

WAITING = "waiting for its first result"
AWAITING_BEAT = "waiting for its first beat"
AWAITING_VALUE = "waiting for its first value"
WAITS = frozenset({WAITING, AWAITING_BEAT, AWAITING_VALUE})
"""Why nothing is known yet of a check that is new: no news for anybody."""


class Instability(msgspec.Struct, frozen=True, array_like=True):
    """Failures that went by before they were believed."""

    blips: int = 0
    last_at: datetime | None = None


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """What the fold of any check remembers.

    `held` is the last judgement that something told us; `verdict` is what is told now, which
    is `unknown` while there is silence. `heard_at` is when something was last told.
    """

    revision: str
    held: Verdict
    verdict: Verdict
    heard_at: datetime | None = None
    wake_at: datetime | None = None
    warned: tuple[str, ...] = ()

    @property
    def waiting(self) -> bool:
        """Whether nothing has allowed a judgement yet."""
        return self.held.judgement is Judgement.UNKNOWN


J = TypeVar("J", bound=Judged)


class Probed(Judged, frozen=True, kw_only=True):
    """What the fold of any check that is probed remembers.

    `awaited_at` is the instant from which silence is counted. `error` is why no probe could be
    made lately.
    """

    awaited_at: datetime
    warnings: dict[str, tuple[str, ...]] = {}
    instability: Instability = Instability()
    error: str = ""


P = TypeVar("P", bound=Probed)


class Step(msgspec.Struct, frozen=True):
    """What one signal led to.

    `verdict` is set only when it changed. `warnings` are those that hold now, set only when
    they changed. `healed` is a trouble that is over for good.
    """

    state: Judged
    verdict: Verdict | None = None
    wishes: tuple[Wish, ...] = ()
    warnings: tuple[str, ...] | None = None
    healed: Healed | None = None


def changes(before: Judged, found: Step) -> Step:
    """The step that tells the verdict and the warnings only if they are other ones than before."""
    after = found.state
    old, new = before.verdict, after.verdict
    changed = new is not old and _told(new) != _told(old)
    warned = after.warned if after.warned != before.warned else None
    if not changed and warned is None:
        return found
    return msgspec.structs.replace(found, verdict=new if changed else None, warnings=warned)


def _told(verdict: Verdict) -> tuple[object, ...]:
    if verdict.judgement is Judgement.PARTIAL:
        return (verdict.judgement, verdict.onset_at, verdict.locations)
    return (verdict.judgement, verdict.evidence == WAITING)


def carried_over(state: Judged, into: P) -> P:
    """The state of another fold with what is held, which stays when the fold changes."""
    found = msgspec.structs.replace(
        into, held=state.held, verdict=state.verdict, heard_at=state.heard_at,
        wake_at=state.wake_at, warned=state.warned,
    )  # fmt: skip
    if not isinstance(state, Probed):
        return found
    return msgspec.structs.replace(
        found, awaited_at=state.awaited_at, warnings=state.warnings,
        instability=state.instability, error=state.error,
    )  # fmt: skip


def renamed(state: J, check: str) -> J:
    """The state of a check that goes by another id now."""
    return msgspec.structs.replace(
        state,
        held=_of(state.held, check),
        verdict=_of(state.verdict, check),
    )


def _of(verdict: Verdict, check: str) -> Verdict:
    return Verdict(
        check, verdict.judgement, verdict.onset_at, verdict.at, verdict.evidence,
        verdict.signature, verdict.locations,
    )  # fmt: skip
