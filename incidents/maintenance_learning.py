"""What is usual is not learned from what happens while work is done."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from incidents.detect import Judged, Step
from incidents.detect.learned.state import Learned
from incidents.detect.metric.state import Measuring
from incidents.maintenance_dates import occurrences
from incidents.maintenance_plans import concerned
from incidents.policy import MaintenancePlan, Policy

_EVER = datetime.max.replace(tzinfo=UTC)
_NEVER = datetime.min.replace(tzinfo=UTC)


class WorkHours:
    """Knows on which checks' components work is planned; the same at a replay as it was live.

    `checks` are those at the instant that was last looked at.
    """

    def __init__(self, policy: Policy | None = None) -> None:
        """Go by the plans of a policy."""
        self.checks: frozenset[str] = frozenset()
        self._policy = policy or Policy()
        self._from_at, self._until_at = _NEVER, _NEVER

    def look(self, at: datetime) -> None:
        """Let `checks` be those at an instant."""
        if self._from_at <= at < self._until_at:
            return
        found: set[str] = set()
        self._from_at, self._until_at = at, _EVER
        for plan in self._policy.maintenance.values():
            date = next(occurrences(plan, at), None)
            if date is None:
                continue
            if date.starts_at <= at:
                found |= _checks(plan, self._policy)
            changes_at = date.ends_at if date.starts_at <= at else date.starts_at
            self._until_at = min(self._until_at, changes_at)
        self.checks = frozenset(found)


def _checks(plan: MaintenancePlan, policy: Policy) -> set[str]:
    components = (policy.components[name] for name in concerned(plan, policy))
    return {check for component in components for check in component.checks}


def unlearned(before: Judged, step: Step) -> Step:
    """A step that judges as it did, and leaves what is usual as it was before."""
    after = step.state
    if isinstance(before, Measuring) and isinstance(after, Measuring):
        measuring = msgspec.structs.replace(after, memory=before.memory)
        return msgspec.structs.replace(step, state=measuring)
    if not (isinstance(before, Learned) and isinstance(after, Learned)):
        return step
    if before.locations != after.locations or before.revision != after.revision:
        return step
    places = tuple(
        is_ if was.level is is_.level else msgspec.structs.replace(is_, level=was.level)
        for was, is_ in zip(before.places, after.places, strict=True)
    )
    state = msgspec.structs.replace(
        after, places=places, course=before.course, rate=before.rate, habits=before.habits,
        instability=before.instability, burn=before.burn,
        tail=msgspec.structs.replace(after.tail, rate=before.tail.rate),
    )  # fmt: skip
    return msgspec.structs.replace(step, state=state, healed=None)
