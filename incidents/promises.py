"""What is due by time alone: the end of a hold or a watch, changes to tell, a promise to keep."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from incidents.commands import IncidentCommand, KeepPromise, Publish, Resolve, TellChanges
from incidents.dependencies import dependencies
from incidents.impact import IMPACT, incident_impact, worst
from incidents.model import ComponentStatus, Impact, Incident
from incidents.once import once_for_policy
from incidents.policy import Policy, PromisePolicy
from incidents.updates import told

MOST_DOUBLINGS = 4
"""A watch doubles with each relapse, up to sixteen times its length."""
MARGIN = timedelta(minutes=1)
MARGIN_SHARE = 0.1
"""An update goes out that much before its promise, or that share of the promised span."""


APART = timedelta(seconds=30)
"""The machine says at most this often that it got worse: what fails together is told together."""
APART_FROM_CAUSE = timedelta(seconds=2)
"""It says sooner that what the others need fails, too: that is the news."""


@dataclass(frozen=True, slots=True)
class Due:
    """A command to be issued at an instant.

    Subject, purpose and instant are its key: what is due under a key is issued once.
    """

    at: datetime
    command: IncidentCommand

    @property
    def key(self) -> tuple[str, str, datetime]:
        """Subject, purpose, instant."""
        return self.command.subject, type(self.command).__name__, self.at


def next_due(incident: Incident, policy: Policy) -> Due | None:
    """The next thing that is due on an incident, if no event comes first."""
    if not incident.open or incident.read_only:
        return None
    possible = (
        _publication(incident),
        _resolution(incident, policy),
        _telling(incident, policy),
        _holding(incident),
    )
    found = [due for due in possible if due is not None]
    return min(found, key=lambda due: due.at, default=None)


def _publication(incident: Incident) -> Due | None:
    if incident.public or incident.publish_due_at is None:
        return None
    return Due(incident.publish_due_at, Publish(incident.id))


def _resolution(incident: Incident, policy: Policy) -> Due | None:
    if incident.recovered_at is None or incident.touched:
        return None
    command = Resolve(incident.id, incident.recovered_at)
    return Due(watched_until(incident, policy), command)


def _telling(incident: Incident, policy: Policy) -> Due | None:
    if not incident.public or incident.touched or not incident.untold:
        return None
    return Due(told_from(incident, policy), TellChanges(incident.id, incident.sequence))


def told_from(incident: Incident, policy: Policy) -> datetime:
    """From when on the machine may post again that it got worse."""
    apart = APART_FROM_CAUSE if _names_a_cause(incident, policy) else APART
    return incident.updates[-1].at + apart


def _names_a_cause(incident: Incident, policy: Policy) -> bool:
    """Whether something that is told to be in trouble needs what is not told yet."""
    known = dependencies(policy)
    return any(
        _is_told(incident, other)
        for name in known.needed
        if _is_news(incident, name)
        for other in known.needing(name)
    )


def _is_news(incident: Incident, component: str) -> bool:
    """Whether a component is in trouble, and customers were told that it is well."""
    return _in_trouble(incident, component) and not _was_bad(incident, component)


def _is_told(incident: Incident, component: str) -> bool:
    """Whether a component is in trouble, and customers know."""
    return _in_trouble(incident, component) and _was_bad(incident, component)


def _in_trouble(incident: Incident, component: str) -> bool:
    return incident.status_of(component) is not ComponentStatus.OPERATIONAL


def _was_bad(incident: Incident, component: str) -> bool:
    return told(incident, component) is not ComponentStatus.OPERATIONAL


def _holding(incident: Incident) -> Due | None:
    promised_at = incident.promised_at
    if promised_at is None or incident.touched or not incident.public:
        return None
    span = promised_at - incident.updates[-1].at
    early = max(min(MARGIN, span * MARGIN_SHARE), timedelta(0))
    return Due(promised_at - early, KeepPromise(incident.id, promised_at))


def watched_until(incident: Incident, policy: Policy) -> datetime:
    """Until when a recovered incident is watched before it is resolved."""
    since = incident.recovered_at or incident.opened_at
    return since + policy.watch * (1 << min(incident.relapses, MOST_DOUBLINGS))


def next_promise(incident: Incident, at: datetime, policy: Policy) -> datetime:
    """When customers may expect to hear more: the soonest that an affected component promises."""
    now = IMPACT[worst(incident.standing)]
    impact = incident_impact(incident) if now is Impact.NONE else now
    spans = [
        promise.span(impact)
        for promise, names in _promised(policy).items()
        if not names.isdisjoint(incident.timeline)
    ]
    return at + min(spans, default=PromisePolicy().span(impact))


@once_for_policy
def _promised(policy: Policy) -> Mapping[PromisePolicy, set[str]]:
    """Which components promise what: mostly thousands promise the same."""
    found: defaultdict[PromisePolicy, set[str]] = defaultdict(set)
    for name, component in policy.components.items():
        found[component.promise].add(name)
    return found


def monitored(incident: Incident) -> bool:
    """Whether any check of the incident is still asked."""
    return any(check not in incident.forgotten for check in incident.checks)
