"""What cannot be known from the locations that checks are probed from."""

from __future__ import annotations

from collections.abc import Sequence

from monitor import unknowable
from monitor.doctor.model import Found, Look, Surroundings, hint


async def _locations(surroundings: Surroundings) -> Sequence[Found]:
    policy = surroundings.config.policy
    return [hint(sentence) for sentence in unknowable.of_all(policy, unknowable.OF_LOCATIONS)]


LOOK = Look("locations", _locations)
