"""The expectation `value`: limits on the number that a check brings."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from checks.limits import check_limits, hold, limits_in_words
from checks.model import VALUE, Finding, Observation
from checks.settings import Written


def parse_number(raw: object) -> float:
    """Read a number; raises ValueError with what is due."""
    try:
        number = float(str(raw))
    except ValueError:
        number = math.nan
    if isinstance(raw, bool) or not math.isfinite(number):
        raise ValueError(f'"{raw}" is no number')
    return number


Number = Annotated[float, Written(parse_number, {"type": "number"})]


@dataclass(frozen=True, slots=True)
class ValueExpectation:
    """Limits on the value."""

    above: Number | None = None
    """True when it is greater than this."""
    below: Number | None = None
    """True when it is less than this."""

    def __post_init__(self) -> None:
        check_limits(self.above, self.below, "100")

    def judge(self, observation: Observation, at: datetime) -> Finding:
        """Hold the value against the limits."""
        value = observation.facts.get(VALUE)
        if not isinstance(value, int | float):
            return Finding(False, "no value", str(self))
        held = hold(value, self.above, self.below)
        return Finding(held, f"value {value:.6g}", str(self))

    def __str__(self) -> str:
        """The limits in words."""
        return limits_in_words(self.above, self.below, "{:.12g}".format)
