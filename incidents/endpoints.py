"""Subscribers' webhooks: what is kept of each, and what becomes of it as it answers or fails."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

ROTATION = timedelta(days=1)
"""How long messages are signed with the secret before, too."""
UNVERIFIED_FOR = timedelta(days=3)
"""How long an endpoint waits for its challenge to be answered."""
DISABLED_AFTER = timedelta(days=3)
FEWEST_FAILURES = 8
"""Attempts that must have failed as well: we may have been away ourselves."""
FAILURES_SHOWN = 5


class EndpointState(StrEnum):
    """Where a webhook stands; only one that is active is sent anything."""

    UNVERIFIED = "unverified"
    ACTIVE = "active"
    PAUSED = "paused"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True)
class Failure:
    """An attempt that failed, and why."""

    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A webhook that someone added; its id is the subscriber's.

    `sealed` is the signing secret, encrypted under the instance key; `sealed_before` the one
    that it replaced. `failing_since` is the first failure after the last success, `failures`
    counts those since then and `recent` holds the last few. `contact` is the mail address
    that is told when it is disabled, which nobody has confirmed. `page` is the id of the page
    that it was added on.
    """

    id: str
    url: str
    created_at: datetime
    sealed: bytes
    state: EndpointState = EndpointState.UNVERIFIED
    components: tuple[str, ...] = ()
    language: str = "en"
    sealed_before: bytes = b""
    rotated_at: datetime | None = None
    failing_since: datetime | None = None
    failures: int = 0
    recent: tuple[Failure, ...] = ()
    contact: str = ""
    page: str = ""

    def signing(self, at: datetime) -> tuple[bytes, ...]:
        """The sealed secrets to sign with, the newest first."""
        if self.rotated_at and at - self.rotated_at < ROTATION and self.sealed_before:
            return self.sealed, self.sealed_before
        return (self.sealed,)


def rotated(endpoint: Endpoint, sealed: bytes, at: datetime) -> Endpoint:
    """With another secret; the one before still signs for a while."""
    return replace(endpoint, sealed=sealed, sealed_before=endpoint.sealed, rotated_at=at)


def answered(endpoint: Endpoint) -> Endpoint:
    """After a message was taken."""
    return replace(endpoint, failing_since=None, failures=0)


def activated(endpoint: Endpoint) -> Endpoint:
    """After a challenge was answered."""
    return replace(answered(endpoint), state=EndpointState.ACTIVE)


def paused(endpoint: Endpoint) -> Endpoint:
    """After its owner wants nothing for now; what is not active stays as it is."""
    active = endpoint.state is EndpointState.ACTIVE
    return replace(endpoint, state=EndpointState.PAUSED) if active else endpoint


def failed(endpoint: Endpoint, reason: str, at: datetime, *, final: bool = False) -> Endpoint:
    """After a message was not taken: disabled if that is `final`, or went on for long."""
    since, failures = endpoint.failing_since or at, endpoint.failures + 1
    long = failures >= FEWEST_FAILURES and at - since >= DISABLED_AFTER
    active = endpoint.state is EndpointState.ACTIVE
    return replace(
        endpoint,
        state=EndpointState.DISABLED if active and (final or long) else endpoint.state,
        failing_since=since,
        failures=failures,
        recent=(Failure(at, reason), *endpoint.recent)[:FAILURES_SHOWN],
    )
