"""A failure that only some locations see: partial, and named, but not at the first sight."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from incidents.detect.plain import failures
from incidents.detect.plain.failures import Evidence
from incidents.detect.plain.state import FAILED, Track
from incidents.policy import CheckPolicy


def partial(tracks: Mapping[str, Track], policy: CheckPolicy, now: datetime) -> Evidence | None:
    """Evidence of a partial outage: from several locations at once, from one after its grace."""
    found = suspect(tracks, policy)
    if found is None or (len(found.locations) == 1 and now < found.since + policy.location_grace):
        return None
    return found


def suspect(tracks: Mapping[str, Track], policy: CheckPolicy) -> Evidence | None:
    """What the locations see that fail by their own rule; for operators at once."""
    if len(policy.locations) < 2:
        return None
    return failures.evidence(failures.alone(tracks, policy, FAILED), FAILED)


def grace_ends_at(
    tracks: Mapping[str, Track], policy: CheckPolicy, now: datetime
) -> datetime | None:
    """When a single failing location will have failed for long enough, if one does."""
    found = suspect(tracks, policy)
    if found is None or len(found.locations) > 1:
        return None
    ends_at = found.since + policy.location_grace
    return ends_at if ends_at > now else None
