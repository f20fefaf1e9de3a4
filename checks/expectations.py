"""Statements about an observation, as they stand under `expect`, `degraded_if` and `warn_if`.

Each is a frozen value with `judge(observation, at) -> Finding`. The annotated types at the end of
a section are what a kind offers under its `expectations`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Annotated, Any

from checks.duration import format_duration, say_span
from checks.limits import check_limits, hold, limits_in_words
from checks.model import Expectation, Finding, Observation
from checks.patterns import OptionalPattern, Pattern, parse_pattern
from checks.settings import Duration, Shaped, Text, Written, items_of, one_or_list, parse_text
from checks.words import quoted

_LONGEST_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Together:
    """Several statements written under one key, such as two headers; `named` takes them apart."""

    parts: tuple[Expectation, ...]

    def judge(self, observation: Observation, at: datetime) -> Finding:
        """All must hold; the first that does not speaks for them."""
        found = [part.judge(observation, at) for part in self.parts]
        return next((finding for finding in found if not finding.held), found[0])


def together(parts: list[Expectation], empty: str) -> Expectation:
    """One statement out of several; raises ValueError with that sentence where there is none."""
    if not parts:
        raise ValueError(empty)
    return parts[0] if len(parts) == 1 else Together(tuple(parts))


def stated_as(value: str | Pattern, article: str = "") -> str:
    """A text or pattern that is wanted, for a reason."""
    if isinstance(value, Pattern):
        return f"{article or 'a'} match of {value.text}"
    return f"{article} {quoted(value)}".lstrip()


# Status -----------------------------------------------------------------------------------------

_CODES = re.compile(r"([1-9]\d\d)(?:-([1-9]\d\d))?|([1-9])xx", re.ASCII)


@dataclass(frozen=True, slots=True)
class Status:
    """The status code of an answer is in one of these ranges, both ends included."""

    ranges: tuple[tuple[int, int], ...]

    def judge(self, observation: Observation, at: datetime) -> Finding:
        """Look for the code in the ranges."""
        code = observation.facts.get("status")
        if not isinstance(code, int):
            return Finding(False, "no status", str(self))
        held = any(first <= code <= last for first, last in self.ranges)
        return Finding(held, f"status {code}", str(self))

    def __str__(self) -> str:
        """The ranges as one writes them."""
        return _ranges_in_words(self.ranges)


@lru_cache(maxsize=256)
def _ranges_in_words(ranges: tuple[tuple[int, int], ...]) -> str:
    return " or ".join(str(first) if first == last else f"{first}-{last}" for first, last in ranges)


def parse_status(raw: object) -> Status:
    """Read `200`, `200-299`, `2xx`, or a list of these."""
    items = items_of(raw)
    if not items:
        raise ValueError("a status is due, such as 200, 200-299 or 2xx")
    return Status(tuple(_codes(item) for item in items))


def _codes(item: object) -> tuple[int, int]:
    match = _CODES.fullmatch(str(item))
    if not match:
        raise ValueError(f'"{item}" is no status: write it like 200, 200-299 or 2xx')
    first, last, hundred = match.groups()
    if hundred:
        return int(hundred) * 100, int(hundred) * 100 + 99
    if last and int(last) < int(first):
        raise ValueError(f'"{item}" runs backwards: write {last}-{first}')
    return int(first), int(last or first)


_STATUS_ITEM = {"type": ["integer", "string"], "pattern": r"^([1-9]\d\d(-[1-9]\d\d)?|[1-9]xx)$"}
StatusExpectation = Annotated[Status, Written(parse_status, one_or_list(_STATUS_ITEM))]

# Latency ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Bounds:
    """Limits of a span of time."""

    above: Duration | None = None
    """True when it is longer than this."""
    below: Duration | None = None
    """True when it is shorter than this."""

    def __post_init__(self) -> None:
        check_limits(self.above, self.below, "800ms")

    def hold(self, span: timedelta) -> bool:
        """Whether a span is within all limits given."""
        return hold(span, self.above, self.below)

    def __str__(self) -> str:
        """The limits in words."""
        return limits_in_words(self.above, self.below, _spaced)


def _spaced(span: timedelta) -> str:
    return re.sub(r"(\d)([a-z]+)", r"\1 \2 ", format_duration(span)).strip()


@dataclass(frozen=True, slots=True)
class Latency:
    """The whole of a probe, or one phase of it, took as long as the bounds say."""

    bounds: Bounds
    phase: str = ""

    def judge(self, observation: Observation, at: datetime) -> Finding:
        """Compare the time taken; a phase that was not reached took none."""
        name = f"{self.phase.replace('_', ' ')} latency" if self.phase else "latency"
        seconds = (
            observation.phases.get(self.phase, 0.0) if self.phase else observation.latency_seconds
        )
        span = timedelta(seconds=seconds)
        return Finding(self.bounds.hold(span), f"{name} {say_span(span)}", str(self.bounds))


@dataclass(frozen=True, slots=True)
class LatencySettings:
    """Limits on how long a probe takes, as a whole or by phase."""

    above: Duration | None = None
    """True when the probe as a whole takes longer than this."""
    below: Duration | None = None
    """True when the probe as a whole takes less than this."""
    resolve: Bounds | None = None
    """The look-up of the name."""
    connect: Bounds | None = None
    """The TCP connection."""
    tls: Bounds | None = None
    """The TLS handshake."""
    first_byte: Bounds | None = None
    """From the request sent to the first byte of the answer."""
    transfer: Bounds | None = None
    """From the first byte to the last."""


def _latency(settings: LatencySettings) -> Expectation:
    parts: list[Expectation] = []
    if settings.above is not None or settings.below is not None:
        parts.append(Latency(Bounds(settings.above, settings.below)))
    phases = [(field.name, getattr(settings, field.name)) for field in fields(settings)[2:]]
    parts += [Latency(bounds, phase) for phase, bounds in phases if bounds]
    return together(parts, "a limit is due: above or below, such as {above: 800ms}")


LatencyExpectation = Annotated[Expectation, Shaped(LatencySettings, _latency)]
SpanExpectation = Annotated[Expectation, Shaped(Bounds, Latency)]

# Headers ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Header:
    """One of the headers of that name has this value, or one that matches."""

    name: str
    value: str | Pattern

    def judge(self, observation: Observation, at: datetime) -> Finding:
        """Look at every header of that name."""
        headers = observation.facts.get("headers")
        values = headers.get_all(self.name) if headers else []
        shown = quoted(", ".join(values)) if values else "missing"
        actual = f"header {self.name} {shown}"
        return Finding(any(self._fits(value) for value in values), actual, stated_as(self.value))

    def _fits(self, value: str) -> bool:
        if isinstance(self.value, Pattern):
            return self.value.found_in(value)
        return value.strip() == self.value.strip()


def _text_or_pattern(raw: object) -> str | Pattern:
    if not isinstance(raw, Mapping):
        return parse_text(raw)
    if set(raw) != {"matches"}:
        raise ValueError("text is due, or {matches: REGEX}")
    return parse_pattern(raw["matches"])


_TEXT_OR_PATTERN = {
    "anyOf": [
        {"type": ["string", "number", "boolean"]},
        {
            "type": "object",
            "properties": {"matches": {"type": "string", "format": "regex"}},
            "required": ["matches"],
            "additionalProperties": False,
        },
    ]
}
TextOrPattern = Annotated[Any, Written(_text_or_pattern, _TEXT_OR_PATTERN)]


def _headers(raw: Mapping[str, Any]) -> Expectation:
    return together(
        [Header(name, value) for name, value in raw.items()],
        "a header is due, such as {Content-Type: text/html}",
    )


HeaderExpectation = Annotated[Expectation, Shaped(dict[str, TextOrPattern], _headers)]

# Body -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class BodyText:
    """The body has this text or match in it; or has not, where `absent`."""

    value: str | Pattern
    absent: bool = False

    def judge(self, observation: Observation, at: datetime) -> Finding:
        """Search the body as far as it was read."""
        stated = f"{stated_as(self.value, 'no' if self.absent else '')} in it"
        try:
            text = observation.facts["body"].text()
        except KeyError:
            return Finding(False, "no body", stated)
        except ValueError as unreadable:
            return Finding(False, str(unreadable), stated)
        found = self.value.found_in(text) if isinstance(self.value, Pattern) else self.value in text
        return Finding(found is not self.absent, _told_body(text), stated)


def _told_body(text: str) -> str:
    if not text:
        return "body empty"
    if len(text) > _LONGEST_SHOWN:
        return f"body of {len(text)} characters"
    return f"body {quoted(text)}"


@dataclass(frozen=True, slots=True)
class BodySettings:
    """What the body holds, as far as it was read (see `max_body`)."""

    contains: Text | None = None
    """Text that is in the body."""
    not_contains: Text | None = None
    """Text that is not in the body."""
    matches: OptionalPattern = None
    """A regular expression (RE2) that matches somewhere; `(?s)` lets a dot match line ends."""
    not_matches: OptionalPattern = None
    """A regular expression (RE2) that matches nowhere."""


def _body(settings: BodySettings) -> Expectation:
    found = [(getattr(settings, field.name), field.name) for field in fields(settings)]
    return together(
        [BodyText(value, name.startswith("not_")) for value, name in found if value is not None],
        "contains, not_contains, matches or not_matches is due",
    )


BodyExpectation = Annotated[Expectation, Shaped(BodySettings, _body)]

# Certificate ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CertificateLeft:
    """The certificate stays valid for as long as the bounds say."""

    bounds: Bounds

    def judge(self, observation: Observation, at: datetime) -> Finding:
        """Compare what is left of its validity at that instant."""
        certificate = observation.facts.get("certificate")
        if certificate is None:
            return Finding(False, "no certificate", f"validity left {self.bounds}")
        left = certificate.not_after - at
        told = f"expires in {say_span(left)}" if left > timedelta(0) else "expired"
        return Finding(self.bounds.hold(left), f"certificate {told}", str(self.bounds))


@dataclass(frozen=True, slots=True)
class CertificateSettings:
    """What holds of the server's certificate."""

    left: Bounds
    """How long it stays valid, as in `{below: 14d}`."""


def _certificate(settings: CertificateSettings) -> Expectation:
    return CertificateLeft(settings.left)


CertificateExpectation = Annotated[Expectation, Shaped(CertificateSettings, _certificate)]
