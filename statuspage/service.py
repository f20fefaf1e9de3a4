"""What handlers of requests work with."""

from __future__ import annotations

from dataclasses import dataclass, field

from statuspage.guards import Network, RateLimit
from statuspage.ports import Beats, Intake, Values, Webhooks
from statuspage.publisher import Publisher


@dataclass(frozen=True, slots=True)
class Service:
    """The public side's parts.

    `intake` is None where the public can ask for nothing, `webhooks` where it cannot add any,
    `beats` where no job can report, `values` where nobody can send numbers.
    """

    publisher: Publisher
    intake: Intake | None = None
    trusted_proxies: tuple[Network, ...] = ()
    rate: RateLimit = field(default_factory=RateLimit)
    webhooks: Webhooks | None = None
    beats: Beats | None = None
    values: Values | None = None
