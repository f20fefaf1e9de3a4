"""Statements about loss: the share of packets that did not come back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from checks.limits import check_limits, hold, limits_in_words
from checks.model import Expectation, Finding, Observation
from checks.settings import Shaped, Share


@dataclass(frozen=True, slots=True)
class LossSettings:
    """Limits on the share of packets lost."""

    above: Share | None = None
    """True when more than this is lost."""
    below: Share | None = None
    """True when less than this is lost."""

    def __post_init__(self) -> None:
        check_limits(self.above, self.below, "20%")

    def __str__(self) -> str:
        """The limits in words."""
        return limits_in_words(self.above, self.below, _percent)


@dataclass(frozen=True, slots=True)
class Loss:
    """The share of packets lost is within these limits."""

    limits: LossSettings

    def judge(self, observation: Observation, at: datetime) -> Finding:
        """Compare the loss that was seen."""
        lost = observation.facts.get("loss")
        if not isinstance(lost, (int, float)):
            return Finding(False, "no loss known", str(self.limits))
        held = hold(lost, self.limits.above, self.limits.below)
        return Finding(held, f"loss {_percent(lost)}", str(self.limits))


def _percent(share: float) -> str:
    return f"{share * 100:.3g} %"


LossExpectation = Annotated[Expectation, Shaped(LossSettings, Loss)]
