"""Availability as readers are told it: a share of some span, and what is missing of its data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from incidents.slo import ENOUGH_COVERAGE, availability
from statuspage.ports import Snapshot
from statuspage.views import numbers
from statuspage.views.standing import Standing
from statuspage.views.times import Times

WINDOWS: Mapping[str, timedelta] = {
    "24h": timedelta(hours=24),
    "7d": timedelta(days=7),
    "30d": timedelta(days=30),
    "90d": timedelta(days=90),
}
"""Over which availability is told, by their names in paths and answers."""

_NO_GAP = timedelta(seconds=1)
"""What is missing right after a start is nothing to tell of."""

_BY_HAND = timedelta(minutes=1)
"""How exact the hand-set status of a component without checks is taken to be."""


@dataclass(frozen=True, slots=True)
class Share:
    """The share of good time. `gap` says how much data is missing, where that is much.

    `known` is false when nothing was measured; the text is a dash then.
    """

    text: str
    gap: str = ""
    known: bool = True


@dataclass(frozen=True, slots=True)
class SpanShare:
    """The share over one of the windows that readers compare.

    `since` names the day from which it counts, where the component is younger than that.
    """

    name: str
    share: Share
    since: str = ""


def share(standing: Standing, from_at: datetime, snapshot: Snapshot, times: Times) -> Share:
    """The share of good time from an instant, or the component's beginning, until now."""
    return pooled((standing,), from_at, snapshot, times)


def pooled(
    standings: Sequence[Standing], from_at: datetime, snapshot: Snapshot, times: Times
) -> Share:
    """The same of all time that was measured of any of these."""
    words = times.words
    lost = counted = unknown = whole = timedelta()
    for standing in standings:
        began_at, ended_at = max(standing.existed_at, from_at), standing.gone_at or times.now
        found = availability(standing.stretches, began_at, ended_at)
        lost, counted, unknown = lost + found.lost, counted + found.counted, unknown + found.unknown
        whole += max(ended_at - began_at, timedelta())
    if not counted:
        return Share(words("number.none"), known=False)
    resolution = numbers.resolution(counted, _interval(standings, snapshot))
    text = numbers.percent(words, 1 - lost / counted, resolution)
    if unknown <= max((1 - ENOUGH_COVERAGE) * whole, _NO_GAP):
        return Share(text)
    return Share(text, words("bars.coverage", span=times.span(unknown)))


def shares(standing: Standing, snapshot: Snapshot, times: Times) -> tuple[SpanShare, ...]:
    """The shares over all windows, the longest last."""
    return tuple(_over(span, standing, snapshot, times) for span in WINDOWS.values())


def _over(span: timedelta, standing: Standing, snapshot: Snapshot, times: Times) -> SpanShare:
    from_at = times.now - span
    young = standing.existed_at > from_at
    return SpanShare(
        name=times.past(span),
        share=share(standing, from_at, snapshot, times),
        since=times.day(times.day_of(standing.existed_at)) if young else "",
    )


def _interval(standings: Sequence[Standing], snapshot: Snapshot) -> timedelta:
    checks = (check for standing in standings for check in standing.component.checks)
    policies = (snapshot.policy.checks.get(check) for check in checks)
    return min((policy.interval for policy in policies if policy), default=_BY_HAND)
