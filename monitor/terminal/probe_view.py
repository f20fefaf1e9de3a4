"""What is told of one probe: its phases, what was seen, and how each statement turned out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from checks.assertions import findings
from checks.duration import format_duration
from checks.model import Check, Finding, Named, Observation, Outcome
from checks.probing import Probed
from checks.wire.tls import Certificate
from incidents.detect.plain.failures import rule
from incidents.policy import CheckPolicy, Publication, PublicationMode, Quorum

_TOLD = ("address", "status", "certificate_expires_at", "redirected_to", "issuer")
"""Facts of a result that stand elsewhere in the view."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of the check: whether it is true, and what was seen; `well` if that is good."""

    key: str
    held: bool
    actual: str
    stated: str
    well: bool


@dataclass(frozen=True, slots=True)
class CertificateView:
    """The certificate that the server showed, accepted or not."""

    subject: str
    issuer: str
    names: tuple[str, ...]
    not_before: datetime
    not_after: datetime
    days_left: float
    self_signed: bool


@dataclass(frozen=True, slots=True)
class ProbeView:
    """One probe as both renderings have it; spans in milliseconds.

    `not_judged` are the keys of statements that nothing could be held against, since no whole
    answer came. `facts` is what else the kind saw. `verdict` says what else it takes before
    somebody is told; it is empty on a pass. `body` is None unless it was asked for.
    """

    check: str
    kind: str
    target: str
    location: str
    at: datetime
    outcome: Outcome
    reason: str
    latency_ms: float | None
    phases_ms: dict[str, float]
    address: str
    facts: dict[str, str | int | float]
    redirects: tuple[str, ...]
    certificate: CertificateView | None
    expect: tuple[Statement, ...]
    degraded_if: tuple[Statement, ...]
    warn_if: tuple[Statement, ...]
    not_judged: tuple[str, ...]
    verdict: str
    body: str | None = None


def probe_view(
    check: Check,
    probed: Probed,
    policy: CheckPolicy,
    publish: Publication,
    *,
    with_body: bool = False,
) -> ProbeView:
    """Everything that is told of one probe."""
    result, seen = probed.result, probed.observation
    facts = seen.facts if seen else result.facts
    at = result.known_at
    return ProbeView(
        check=check.id,
        kind=check.kind.name,
        target=check.kind.target(check.options),
        location=result.location,
        at=result.at,
        outcome=result.outcome,
        reason=result.reason,
        latency_ms=None if result.latency_seconds is None else _ms(result.latency_seconds),
        phases_ms={name: _ms(seconds) for name, seconds in result.phases.items()},
        address=str(facts.get("address", "")),
        facts={name: fact for name, fact in result.facts.items() if name not in _TOLD},
        redirects=tuple(facts.get("redirects", ())),
        certificate=_certificate(probed.certificate, at) if probed.certificate else None,
        expect=_statements(check.expect, seen, at, good=True),
        degraded_if=_statements(check.degraded_if, seen, at, good=False),
        warn_if=_statements(check.warn_if, seen, at, good=False),
        not_judged=() if seen else _keys(check),
        verdict=verdict(result.outcome, policy, publish),
        body=_body(seen) if with_body else None,
    )


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 2)


def _certificate(shown: Certificate, at: datetime) -> CertificateView:
    left = (shown.not_after - at).total_seconds() / 86_400
    return CertificateView(
        shown.subject, shown.issuer, shown.names, shown.not_before, shown.not_after,
        round(left, 1), shown.self_signed,
    )  # fmt: skip


def _keys(check: Check) -> tuple[str, ...]:
    stated = (*check.expect, *check.degraded_if, *check.warn_if)
    return tuple(dict.fromkeys(one.key for one in stated))


def _statements(
    stated: tuple[Named, ...], seen: Observation | None, at: datetime, *, good: bool
) -> tuple[Statement, ...]:
    """Each statement as it turned out; none where nothing whole was seen."""
    if seen is None:
        return ()
    found = zip(stated, findings(stated, seen, at), strict=True)
    return tuple(_statement(one.key, finding, good=good) for one, finding in found)


def _statement(key: str, found: Finding, *, good: bool) -> Statement:
    return Statement(key, found.held, found.actual, found.stated, found.held is good)


def _body(seen: Observation | None) -> str:
    try:
        return str(seen.facts["body"].text()) if seen else ""
    except KeyError:
        return ""
    except ValueError as unreadable:
        return f"({unreadable})"


def verdict(outcome: Outcome, policy: CheckPolicy, publish: Publication) -> str:
    """What it takes beyond this one probe before anybody is told; nothing on a pass."""
    match outcome:
        case Outcome.PASS:
            return ""
        case Outcome.ERROR:
            return "Our own failing, so it counts as unknown and opens no incident."
    places = " and ".join(policy.locations)
    if len(policy.locations) > 1:
        places = f"more than one of {', '.join(policy.locations)}"
    if policy.confirm is None and policy.learns is None:
        lasting = f"for longer than {format_duration(policy.ignore_gaps)}"
        return f"It takes such answers from {places}, {lasting}, before {_told(publish)}."
    return f"It takes {_row(rule(policy).fail)} from {places} before {_told(publish)}."


def _row(quorum: Quorum) -> str:
    if quorum.needed == quorum.of:
        return f"{quorum.of} in a row" if quorum.of > 1 else "this one"
    return f"{quorum.needed} of the last {quorum.of}"


def _told(publish: Publication) -> str:
    match publish.mode:
        case PublicationMode.HOLD:
            return f"operators are told, and {format_duration(publish.hold)} more before customers"
        case PublicationMode.DRAFT:
            return "operators are told, who decide about customers"
        case PublicationMode.NEVER:
            return "operators are told, and never customers"
    return "anyone is told"
