"""The numbers of the learned fold, each with what it is for; spans in seconds, evidence in nats.

Where no other source is named, a number comes from the scenario lab's prototype and stands
beside what it costs in docs/detection.md.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from incidents.policy import Sensitivity

HYPOTHESES = (0.05, 0.25, 0.70)
"""Failure rates that evidence is gathered for."""
LEAST_RATE, MOST_RATE = 0.0015, 0.03
"""Between these a check's own failure rate is learned."""
RATE_GAIN = 3e-4
SHIFTS = (math.log(1.3), math.log(2.0))
"""Shifts of latency that evidence is gathered for, as logarithms of their factor."""
SMALLEST_SHIFT = math.log(1.2)
"""What is less than this on average is a change, not a degradation."""
SOFT_FLOOR = 0.003
"""Added to a latency before its logarithm: nobody feels one millisecond becoming two."""
NEVER = -1e18
"""What stands for an instant, in epoch seconds, of what has not been yet."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """What evidence and what patience a verdict takes.

    Attributes:
        failures: Evidence for a raised failure rate, before the verdict.
        shift: Evidence for a shift of latency.
        tail: Evidence for more slow outliers.
        suspicion: Evidence from which on probes are made faster.
        errors: How long a part of the probes must fail.
        old: Two failures must be this old then: longer than a release takes.
        slow: How long answers must be slow.
        slight: The same for less than one and a half times as slow.
        alone: How long every probe must fail where there is only one location.
        hold: How long no failure may be seen before a recovery is told.
        watch: How long a recovery is watched before it is settled.
    """

    failures: float = 10.5
    shift: float = 16.0
    tail: float = 13.0
    suspicion: float = 4.0
    errors: float = 90.0
    old: float = 75.0
    slow: float = 90.0
    slight: float = 300.0
    alone: float = 30.0
    hold: float = 45.0
    watch: float = 300.0

    @property
    def outliers(self) -> float:
        """Evidence for more slow outliers from which on probes are made faster."""
        return 0.4 * self.tail


BALANCED = Parameters()
CALM = replace(BALANCED, failures=15.0, shift=24.0, tail=18.0, errors=180.0, old=150.0,
               slow=240.0, slight=600.0, alone=90.0)  # fmt: skip
EAGER = replace(BALANCED, failures=9.0, shift=12.0, tail=10.0, errors=60.0, old=45.0,
                slow=60.0, slight=120.0, alone=20.0)  # fmt: skip

BY_SENSITIVITY = {
    Sensitivity.CALM: CALM,
    Sensitivity.BALANCED: BALANCED,
    Sensitivity.EAGER: EAGER,
}
