"""What all checks are judged to be now, for the fold over the fleet."""

from __future__ import annotations

from dataclasses import dataclass, field

from incidents.impact import component_status
from incidents.model import ComponentStatus, Judgement, Verdict
from incidents.policy import Component


@dataclass(slots=True)
class Fleet:
    """The present verdict of each check, its last one that was not `unknown`, and its signal."""

    verdicts: dict[str, Verdict] = field(default_factory=dict)
    known: dict[str, Verdict] = field(default_factory=dict)
    positions: dict[str, int] = field(default_factory=dict)
    latest: dict[str, tuple[Verdict, ...]] = field(default_factory=dict)
    """For each signature, and for all (""), the verdicts of those checks that went wrong last."""
    wrong: set[str] = field(default_factory=set)
    """The checks that were not well when last anybody could tell."""

    def judge(self, verdict: Verdict, position: int) -> None:
        """Take over a verdict."""
        self.verdicts[verdict.check] = verdict
        self.positions[verdict.check] = position
        if verdict.judgement is not Judgement.UNKNOWN:
            self.known[verdict.check] = verdict
            self.wrong.discard(verdict.check)
        if verdict.judgement not in _WRONG:
            return
        self.wrong.add(verdict.check)
        self.show(verdict)

    def show(self, verdict: Verdict) -> None:
        """Let what goes wrong from now on be compared with this verdict."""
        for key in {verdict.signature, ""}:
            others = [one for one in self.latest.get(key, ()) if one.check != verdict.check]
            self.latest[key] = (*others, verdict)[-_LATEST:]

    def restore(self, verdict: Verdict, held: Verdict, position: int) -> None:
        """Take over what a stored state holds: its last known verdict and its present one."""
        self.judge(held, position)
        self.judge(verdict, position)

    def copy(self) -> Fleet:
        """The fleet as it stands, which later verdicts do not change."""
        known = dict(self.verdicts), dict(self.known), dict(self.positions), dict(self.latest)
        return Fleet(*known, set(self.wrong))

    def forget(self, check: str) -> None:
        """Drop a check that is no longer monitored."""
        for judged in (self.verdicts, self.known):
            judged.pop(check, None)
        self.positions.pop(check, None)
        self.wrong.discard(check)

    def alike(self, verdict: Verdict) -> tuple[Verdict, ...]:
        """What other checks showed lately, those of the same class and the latest first."""
        same = self.latest.get(verdict.signature, ()) if verdict.signature else ()
        found = (*reversed(same), *reversed(self.latest.get("", ())))
        return tuple(one for one in found if one.check != verdict.check)

    def last_known(self, component: Component) -> ComponentStatus:
        """The component's status by the last that each of its checks could tell."""
        judgements = [
            self.known[check].judgement if check in self.known else Judgement.UNKNOWN
            for check in component.checks
        ]
        return component_status(component, judgements)

    def can_tell(self, component: Component) -> bool:
        """Whether any check of the component can tell at present."""
        return any(
            self.verdicts[check].judgement is not Judgement.UNKNOWN
            for check in component.checks
            if check in self.verdicts
        )

    def worst_check(self, component: Component) -> Verdict | None:
        """The last known verdict that weighs most on the component."""
        found = [self.known[check] for check in component.checks if check in self.known]
        return max(found, key=lambda verdict: _WEIGHT[verdict.judgement], default=None)


_WRONG = frozenset({Judgement.DEGRADED, Judgement.PARTIAL, Judgement.FAILING})
_LATEST = 4
_WEIGHT = {judgement: weight for weight, judgement in enumerate(Judgement)}
