"""Plain limits on a number: when what they say of single values is believed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from checks.model import Outcome
from incidents.detect.metric.state import Held
from incidents.detect.plain.state import BAD, FAILED
from incidents.model import Judgement
from incidents.policy import Confirm


class Broken(NamedTuple):
    """A limit that is broken: how badly, since when, and in what words."""

    judgement: Judgement
    since: datetime
    words: str


_AGAINST = ((Judgement.FAILING, FAILED), (Judgement.DEGRADED, BAD))
_WEIGHT = {Judgement.FAILING: 2, Judgement.DEGRADED: 1}


def broken(recent: Sequence[Held], held: Judgement, rule: Confirm) -> Broken | None:
    """What is broken, given what the limits made of the check before.

    A limit is broken when enough of the last values are beyond it, and is so until enough of
    them are not.
    """
    for judgement, against in _AGAINST:
        beyond = [one for one in recent if one.outcome in against]
        if not beyond:
            continue
        if _WEIGHT.get(held, 0) >= _WEIGHT[judgement]:
            holds = not _well(recent, against, rule)
        else:
            holds = sum(one.outcome in against for one in recent[-rule.fail.of :]) >= (
                rule.fail.needed
            )
        if holds:
            return Broken(judgement, beyond[0].at, beyond[-1].reason)
    return None


def _well(recent: Sequence[Held], against: frozenset[Outcome], rule: Confirm) -> bool:
    last = recent[-rule.recover.of :]
    well = sum(one.outcome not in against for one in last)
    return last[-1].outcome not in against and well >= rule.recover.needed
