"""Until when something is known of what is probed, by what was stored of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from checks.model import Outcome, Result
from incidents import detect
from incidents.detect.staleness import silence, too_late
from incidents.policy import CheckPolicy, Policy
from incidents.ports import FoldState
from incidents.signals import Beat, Positioned, Value


class Freshness:
    """When each check was heard last; the same rule as that of the pipeline, without its folds.

    `position` is that of the last signal that was heard, `last_result_at` the instant of the
    newest result or report of all.
    """

    def __init__(self, position: int, states: Sequence[FoldState]) -> None:
        """Begin with what the folds had heard when they were kept."""
        self.position = position
        self._heard_at: dict[str, datetime] = {}
        for kept in states:
            state = detect.restored(kept)
            if state is not None and state.heard_at is not None:
                self._heard_at[kept.key] = state.heard_at
        self.last_result_at = max(self._heard_at.values(), default=None)

    def hear(self, signals: Iterable[Positioned], policy: Policy) -> None:
        """Take in what came since."""
        for positioned in signals:
            self.position = max(self.position, positioned.position)
            signal = positioned.signal
            if isinstance(signal, Result) and signal.check not in policy.canaries:
                self._answered(signal, policy.checks.get(signal.check))
            elif isinstance(signal, Beat | Value):
                self._newest(signal.at)

    def until(self, policy: Policy) -> datetime | None:
        """When, without further results, nothing would be known any more.

        Reports that others owe us do not count: that they are late is known.
        """
        heard = (
            self._heard_at[name] + silence(check)
            for name, check in policy.checks.items()
            if check.pushed is None and name in self._heard_at
        )
        return max(heard, default=None)

    def _answered(self, result: Result, policy: CheckPolicy | None) -> None:
        if result.outcome is Outcome.ERROR:
            return
        self._newest(result.known_at)
        if policy is not None and _counts(result, policy):
            self._heard_at[result.check] = result.known_at

    def _newest(self, at: datetime) -> None:
        if self.last_result_at is None or at > self.last_result_at:
            self.last_result_at = at


def _counts(result: Result, policy: CheckPolicy) -> bool:
    """Whether a result answers the question that is asked now."""
    return (
        result.revision == policy.revision
        and result.location in policy.locations
        and not too_late(result.at, result.known_at, policy)
    )
