"""Checks and probes for the tests of this folder."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from checks.model import Check, Kind, Observation, Outcome, ProbeRequest, Result
from tests.clock import START


@dataclass(frozen=True)
class Target:
    """Options of the sample kind: only a host."""

    host: str = "shop.example"


async def _observe(options: Any, net: Any) -> Observation:
    return Observation(0.1)


SAMPLE = Kind("sample", "A kind for tests.", Target, _observe, lambda options: options.host)


def sample_check(id: str = "shop/front", *, host: str = "shop.example", **changes: Any) -> Check:
    settings: dict[str, Any] = {
        "id": id,
        "name": id,
        "kind": SAMPLE,
        "options": Target(host),
        "interval": timedelta(seconds=30),
        "timeout": timedelta(seconds=5),
        "locations": ("here",),
    }
    return Check(**{**settings, **changes})


def sample_request(check: str = "shop/front", location: str = "here") -> ProbeRequest:
    return ProbeRequest(check, location, START, timedelta(seconds=5))


def sample_result(check: str = "shop/front", outcome: Outcome = Outcome.PASS) -> Result:
    return Result(check, "here", START, START, outcome, 0.1)
