"""The one table from verdicts to status, of a component, an incident, the page, over time."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache

from incidents.model import ComponentStatus, Impact, Incident, Judgement, Span, StatusChange
from incidents.policy import Component, Counts, CountsMode

STATUS = {
    Judgement.HEALTHY: ComponentStatus.OPERATIONAL,
    Judgement.DEGRADED: ComponentStatus.DEGRADED,
    Judgement.PARTIAL: ComponentStatus.PARTIAL_OUTAGE,
    Judgement.FAILING: ComponentStatus.MAJOR_OUTAGE,
    Judgement.UNKNOWN: ComponentStatus.UNKNOWN,
}
IMPACT = {
    ComponentStatus.OPERATIONAL: Impact.NONE,
    ComponentStatus.DEGRADED: Impact.MINOR,
    ComponentStatus.PARTIAL_OUTAGE: Impact.MAJOR,
    ComponentStatus.MAJOR_OUTAGE: Impact.CRITICAL,
    ComponentStatus.MAINTENANCE: Impact.NONE,
    ComponentStatus.UNKNOWN: Impact.NONE,
}
CEILING = {
    Impact.NONE: ComponentStatus.OPERATIONAL,
    Impact.MINOR: ComponentStatus.DEGRADED,
    Impact.MAJOR: ComponentStatus.PARTIAL_OUTAGE,
    Impact.CRITICAL: ComponentStatus.MAJOR_OUTAGE,
}
SHOWN_FIRST = (
    ComponentStatus.MAJOR_OUTAGE,
    ComponentStatus.PARTIAL_OUTAGE,
    ComponentStatus.DEGRADED,
    ComponentStatus.MAINTENANCE,
    ComponentStatus.UNKNOWN,
    ComponentStatus.OPERATIONAL,
)
"""Which status is shown where several hold at once: the one that stands first."""

_WORST_FIRST = (Judgement.FAILING, Judgement.PARTIAL, Judgement.DEGRADED, Judgement.HEALTHY)


_PRECEDENCE = {status: place for place, status in enumerate(SHOWN_FIRST)}


def precedence(status: ComponentStatus) -> int:
    """0 for the status that is shown before all others."""
    return _PRECEDENCE[status]


def worst(statuses: Iterable[ComponentStatus]) -> ComponentStatus:
    """The status that is shown where all of these hold; operational where none does."""
    return _worst(frozenset(statuses))


@cache
def _worst(statuses: frozenset[ComponentStatus]) -> ComponentStatus:
    return min(statuses, key=precedence, default=ComponentStatus.OPERATIONAL)


def component_status(component: Component, judgements: Collection[Judgement]) -> ComponentStatus:
    """What the judgements of a component's checks make of it.

    It is unknown only if all of them are. Without checks it is operational, until an
    operator says otherwise.
    """
    if not judgements:
        return ComponentStatus.OPERATIONAL
    known = [judgement for judgement in _WORST_FIRST for each in judgements if each is judgement]
    if not known:
        return ComponentStatus.UNKNOWN
    status = STATUS[_counted(known, component.counts)]
    return max(status, CEILING[component.impact_at_most], key=precedence)


def _counted(worst_first: list[Judgement], counts: Counts) -> Judgement:
    if counts.mode is CountsMode.WORST:
        return worst_first[0]
    if counts.mode is CountsMode.BEST:
        return worst_first[-1]
    if counts.at_least > len(worst_first):
        return Judgement.HEALTHY
    return worst_first[counts.at_least - 1]


def worst_of(changes: Iterable[StatusChange]) -> ComponentStatus:
    """The worst status that a component has had."""
    return worst([change.status for change in changes])


def incident_impact(incident: Incident) -> Impact:
    """The worst that the incident ever did to a component."""
    return IMPACT[worst(incident.suffered)]


@dataclass(frozen=True, slots=True)
class PageStatus:
    """The top line of the page, in the words that readers of the public API match on."""

    indicator: str
    description: str


def page_status(statuses: Collection[ComponentStatus]) -> PageStatus:
    """The top line for the statuses of all components, groups left out.

    There is no word for unknown: hand in what was last confirmed.
    """
    for status, whole, part in _TOP_LINES:
        held = [each for each in statuses if each is status]
        if held and len(held) == len(statuses):
            return whole if len(held) > 1 or status is not ComponentStatus.DEGRADED else part
        if held:
            return part
    return PageStatus("none", "All Systems Operational")


_PARTIAL = PageStatus("major", "Partial System Outage")
_TOP_LINES = (
    (ComponentStatus.MAJOR_OUTAGE, PageStatus("critical", "Major System Outage"), _PARTIAL),
    (ComponentStatus.PARTIAL_OUTAGE, _PARTIAL, PageStatus("minor", "Minor Service Outage")),
    (
        ComponentStatus.DEGRADED,
        PageStatus("minor", "Degraded System Service"),
        PageStatus("minor", "Partially Degraded Service"),
    ),
    (
        ComponentStatus.MAINTENANCE,
        PageStatus("maintenance", "Service Under Maintenance"),
        PageStatus("maintenance", "Service Under Maintenance"),
    ),
)
"""For each status, worst first: the top line if all have it, and if only some have it."""


# Spans ----------------------------------------------------------------------------------------


def incident_spans(incident: Incident) -> tuple[Span, ...]:
    """What a public incident did to each component; nothing while it is not public."""
    if not incident.public:
        return ()
    return tuple(
        span
        for component, changes in incident.timeline.items()
        for span in _component_spans(incident, component, changes)
    )


def component_spans(incident: Incident, component: str) -> tuple[Span, ...]:
    """What a public incident did to one of its components."""
    if not incident.public:
        return ()
    return tuple(_component_spans(incident, component, incident.timeline[component]))


def _component_spans(
    incident: Incident, component: str, changes: Sequence[StatusChange]
) -> Iterable[Span]:
    for change, following in itertools.zip_longest(changes, changes[1:]):
        to_at = _earlier(following.at if following else None, incident.resolved_at)
        if change.status is ComponentStatus.OPERATIONAL or (to_at and to_at <= change.at):
            continue
        yield Span(component, change.at, to_at, change.status, incident.id)


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    return min(one, other) if one and other else one or other


def unknown_cause(component: str, from_at: datetime) -> str:
    """The cause of one period in which we could not tell; each such period is its own."""
    return f"{unknown_prefix(component)}{from_at.isoformat()}"


def unknown_prefix(component: str) -> str:
    """How the causes of all these periods of a component begin."""
    return f"monitoring:{component}:"


def unknown_spans(component: str, from_at: datetime, to_at: datetime | None) -> tuple[Span, ...]:
    """One period in which we could not tell; a period without length is none."""
    if to_at is not None and to_at <= from_at:
        return ()
    cause = unknown_cause(component, from_at)
    return (Span(component, from_at, to_at, ComponentStatus.UNKNOWN, cause),)


def flatten(
    spans: Iterable[Span], from_at: datetime | None = None, to_at: datetime | None = None
) -> tuple[Span, ...]:
    """What was shown: for each component spans that do not overlap, in order of time.

    Where several hold, the worst is shown (`SHOWN_FIRST`); the order that they come in does
    not matter. Given instants, nothing before the one or after the other is told.
    """
    by_component: defaultdict[str, list[Span]] = defaultdict(list)
    for span in spans:
        kept = _clipped(span, from_at, to_at)
        if kept.to_at is None or kept.from_at < kept.to_at:
            by_component[kept.component].append(kept)
    return tuple(
        span for component in sorted(by_component) for span in _flat(by_component[component])
    )


def _clipped(span: Span, from_at: datetime | None, to_at: datetime | None) -> Span:
    if from_at is None and to_at is None:
        return span
    begins_at = max(span.from_at, from_at) if from_at else span.from_at
    return replace(span, from_at=begins_at, to_at=_earlier(span.to_at, to_at))


def _flat(spans: list[Span]) -> list[Span]:
    starts = sorted(spans, key=lambda span: span.from_at)
    cuts = sorted({at for span in spans for at in (span.from_at, span.to_at) if at})
    holding: list[Span] = []
    shown: list[Span] = []
    upcoming = iter(starts)
    following = next(upcoming, None)
    for cut, following_cut in itertools.zip_longest(cuts, cuts[1:]):
        holding = [span for span in holding if span.to_at is None or span.to_at > cut]
        while following is not None and following.from_at <= cut:
            holding.append(following)
            following = next(upcoming, None)
        if holding:
            _show(shown, min(holding, key=_first_shown), cut, following_cut)
    return shown


def _first_shown(span: Span) -> tuple[int, datetime, str]:
    return precedence(span.status), span.from_at, span.cause


def _show(shown: list[Span], span: Span, from_at: datetime, to_at: datetime | None) -> None:
    last = shown[-1] if shown else None
    if last and last.to_at == from_at and (last.status, last.cause) == (span.status, span.cause):
        shown[-1] = replace(last, to_at=to_at)
    else:
        shown.append(replace(span, from_at=from_at, to_at=to_at))


@dataclass(frozen=True, slots=True)
class DayShare:
    """One day of a component: the seconds that each status was shown for.

    Only time between the component's beginning and now is counted, so the seconds may be
    fewer than the day's; a day before the component existed has none at all.
    """

    from_at: datetime
    to_at: datetime
    seconds: Mapping[ComponentStatus, float]

    @property
    def worst(self) -> ComponentStatus | None:
        """The status that the day goes by, None when there was nothing to show."""
        return worst(self.seconds) if self.seconds else None


def day_shares(
    spans: Iterable[Span], bounds: Sequence[datetime], *, since_at: datetime, until_at: datetime
) -> tuple[DayShare, ...]:
    """A component's days between consecutive bounds, which are instants of local midnights.

    Args:
        spans: All spans of one component; they may overlap.
        bounds: One instant more than there are days.
        since_at: When the component began to exist.
        until_at: Now: what comes after has not happened.
    """
    shown = flatten(spans)
    return tuple(
        DayShare(from_at, to_at, _seconds(shown, max(from_at, since_at), min(to_at, until_at)))
        for from_at, to_at in itertools.pairwise(bounds)
    )


def _seconds(
    shown: Sequence[Span], from_at: datetime, to_at: datetime
) -> dict[ComponentStatus, float]:
    if to_at <= from_at:
        return {}
    found: defaultdict[ComponentStatus, float] = defaultdict(float)
    rest = (to_at - from_at).total_seconds()
    for span in shown:
        seconds = overlap_seconds(span, from_at, to_at)
        if seconds > 0:
            found[span.status] += seconds
            rest -= seconds
    if rest > 1e-6:
        found[ComponentStatus.OPERATIONAL] += rest
    return dict(found)


def overlap_seconds(span: Span, from_at: datetime, to_at: datetime) -> float:
    """How many seconds of the span lie between two instants."""
    ends_at = to_at if span.to_at is None else min(span.to_at, to_at)
    return max(0.0, (ends_at - max(span.from_at, from_at)).total_seconds())
