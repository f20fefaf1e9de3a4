"""How many probes any test needs that raises one false alarm in so many, after Wald and Lorden.

Evidence grows by the Kullback-Leibler divergence with each probe, on average, and must reach a
threshold. No rule can be quicker at the same rate of false alarms, if probes are independent.
"""

from __future__ import annotations

import math

from bench.detection.trials import FAILING, LOCATIONS, SPREAD
from incidents.detect.learned.parameters import BALANCED

LEFT_OUT = len(LOCATIONS) / (len(LOCATIONS) - 1)
"""So many times the probes, as the verdict must stand without any one location."""


def probes_for_failures(share: float, usual: float = FAILING) -> float:
    """Probes until it is clear that such a share fails, where usually less does."""
    gained = share * math.log(share / usual)
    if share < 1:
        gained += (1 - share) * math.log((1 - share) / (1 - usual))
    return LEFT_OUT * BALANCED.failures / gained


def probes_for_latency(factor: float, spread: float = SPREAD) -> float:
    """Probes until it is clear that answers take so many times as long, given their scatter."""
    shift = math.log(factor)
    return LEFT_OUT * BALANCED.shift / (shift**2 / (2 * spread**2))
