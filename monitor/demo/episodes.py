"""The disturbances of the ninety days before the demo; all of them are made up."""

from __future__ import annotations

from dataclasses import dataclass, field

from incidents.model import IncidentStatus, Judgement

IDENTIFIED, MONITORING = IncidentStatus.IDENTIFIED, IncidentStatus.MONITORING
RESOLVED, POSTMORTEM = IncidentStatus.RESOLVED, IncidentStatus.POSTMORTEM


@dataclass(frozen=True, slots=True)
class Trouble:
    """What one check found, and how many minutes after the onset it began to."""

    check: str
    judgement: Judgement
    evidence: str
    after_minutes: float = 0


@dataclass(frozen=True, slots=True)
class Words:
    """What an operator wrote, so many minutes after the onset."""

    after_minutes: float
    status: IncidentStatus
    body: str


@dataclass(frozen=True, slots=True)
class Episode:
    """One past incident. Without words of an operator it was Upfront's from end to end."""

    days_ago: int
    hour: int
    minutes: float
    troubles: tuple[Trouble, ...]
    words: tuple[Words, ...] = field(default=())


EPISODES = (
    Episode(
        82, 19, 38,
        (Trouble("search/answers", Judgement.DEGRADED, "latency 1.3 s, stated above 1 s"),),
    ),
    Episode(
        67, 11, 31,
        (
            Trouble("payments/gateway", Judgement.FAILING, "connection refused"),
            Trouble("checkout/answers", Judgement.DEGRADED, "latency 2.4 s", after_minutes=1),
        ),
        (
            Words(6, IDENTIFIED, "Our payment provider has an outage. Orders are kept; "
                  "you can also pay by bank transfer."),
            Words(33, MONITORING, "Card payments go through again. We keep watching."),
            Words(52, RESOLVED, "Payments have worked without errors for 20 minutes. Orders "
                  "placed meanwhile were charged once. We are sorry for the trouble."),
            Words(1500, POSTMORTEM, "Our provider's certificate had expired. Card payments now "
                  "fall back to a second provider within one minute, and we are warned 21 days "
                  "before any certificate ends."),
        ),
    ),
    Episode(
        49, 8, 12,
        (Trouble("website/answers", Judgement.PARTIAL, "status 502 from one of two locations"),),
    ),
    Episode(
        34, 15, 54,
        (Trouble("warehouse/terminal", Judgement.FAILING, "no greeting within 1 s"),),
        (
            Words(9, IDENTIFIED, "A switch in the warehouse lost power. Orders are taken and "
                  "will be packed later today."),
            Words(58, RESOLVED, "The warehouse is back, and orders are packed in the order "
                  "they came in. We are sorry for the delay."),
        ),
    ),
    Episode(
        20, 20, 17,
        (Trouble("checkout/answers", Judgement.DEGRADED, "latency 980 ms, stated above 400 ms"),),
    ),
    Episode(
        9, 6, 8,
        (Trouble("search/answers", Judgement.FAILING, "$.status is DOWN, stated UP"),),
    ),
    Episode(
        4, 17, 26,
        (Trouble("website/answers", Judgement.DEGRADED, "latency 1.9 s"),),
        (
            Words(7, IDENTIFIED, "A newsletter brought more visitors than usual. We are adding "
                  "servers; pages open slowly until then."),
            Words(34, RESOLVED, "More servers are running, and pages open quickly again."),
        ),
    ),
)  # fmt: skip

LOST = ("warehouse", 58, 3, 190)
"""A component that could not be watched: how many days ago, at what hour, for how many minutes."""
