"""Statements about a TLS handshake: its chain of certificates, version and protocol."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from checks.duration import say_span
from checks.expectations import Bounds, TextOrPattern, stated_as, together
from checks.model import Expectation, Finding, Observation
from checks.patterns import Pattern
from checks.settings import Shaped, Written, items_of, one_or_list, parse_text
from checks.wire.handshakes import Handshake
from checks.wire.peers import parse_host
from checks.words import quoted

_VERSIONS = ("1.2", "1.3")
_PREFIX = re.compile(r"TLS ?v?", re.ASCII | re.IGNORECASE)


def _handshake(observation: Observation) -> Handshake:
    handshake: Handshake = observation.facts["handshake"]
    return handshake


# Certificate ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ChainLeft:
    """Every certificate of the chain stays valid for as long as the bounds say."""

    bounds: Bounds

    def judge(self, observation: Observation, at: datetime) -> Finding:
        """Compare what is left of the one that expires first."""
        chain = _handshake(observation).chain
        first = min(chain, key=lambda certificate: certificate.not_after)
        left = first.not_after - at
        whose = "certificate" if first is chain[0] else f"certificate of {quoted(first.subject)}"
        told = f"expires in {say_span(left)}" if left > timedelta(0) else "expired"
        return Finding(self.bounds.hold(left), f"{whose} {told}", str(self.bounds))


@dataclass(frozen=True, slots=True)
class CertifiedName:
    """The subject or the issuer of the certificate is this one, or one that matches."""

    who: str
    value: str | Pattern

    def judge(self, observation: Observation, at: datetime) -> Finding:
        """A text is compared with the common name and the whole, a pattern with the whole."""
        certificate = _handshake(observation).chain[0]
        common, whole = getattr(certificate, self.who), getattr(certificate, f"{self.who}_name")
        if isinstance(self.value, Pattern):
            held = self.value.found_in(whole)
        else:
            held = self.value in (common, whole)
        return Finding(held, f"certificate's {self.who} {quoted(whole)}", stated_as(self.value))


@dataclass(frozen=True, slots=True)
class CertifiedHost:
    """The certificate is valid for this host."""

    host: str

    def judge(self, observation: Observation, at: datetime) -> Finding:
        """Look through its names; one with an asterisk stands for any in place of that label."""
        names = _handshake(observation).chain[0].names
        held = any(_covers(name.lower(), self.host.lower()) for name in names)
        shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
        return Finding(held, f"certificate is for {shown or 'no name'}", self.host)


def _covers(name: str, host: str) -> bool:
    if name.startswith("*."):
        return host.partition(".")[2] == name[2:] or host == name
    return name == host


def _read_names(raw: object) -> tuple[str, ...]:
    return tuple(_read_name(parse_text(item)) for item in items_of(raw))


def _read_name(text: str) -> str:
    host = parse_host(text.removeprefix("*.")).rstrip(".")
    return f"*.{host}" if text.startswith("*.") else host


@dataclass(frozen=True, slots=True)
class ChainSettings:
    """What holds of the certificate and of those that vouch for it."""

    left: Bounds | None = None
    """How long it stays valid, as in `{below: 14d}`; the one of the chain that expires first."""
    subject: TextOrPattern = None
    """Whom it was issued to: the common name, or a pattern for the whole."""
    issuer: TextOrPattern = None
    """Who issued it: the common name, or a pattern for the whole, as `{matches: "O=Acme"}`."""
    names: Annotated[tuple[str, ...], Written(_read_names, one_or_list({"type": "string"}))] = ()
    """Hosts that it must be valid for, all of them."""


def _certificate(settings: ChainSettings) -> Expectation:
    parts: list[Expectation] = [ChainLeft(settings.left)] if settings.left else []
    if settings.subject is not None:
        parts.append(CertifiedName("subject", settings.subject))
    if settings.issuer is not None:
        parts.append(CertifiedName("issuer", settings.issuer))
    parts += map(CertifiedHost, settings.names)
    return together(parts, "left, subject, issuer or names is due, such as {left: {below: 14d}}")


ChainExpectation = Annotated[Expectation, Shaped(ChainSettings, _certificate)]

# Version and protocol ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Version:
    """One of these versions of TLS was agreed on."""

    versions: tuple[str, ...]

    def judge(self, observation: Observation, at: datetime) -> Finding:
        """Compare the version agreed on."""
        version = _PREFIX.sub("", _handshake(observation).version)
        return Finding(version in self.versions, f"TLS {version}", " or ".join(self.versions))


def _read_versions(raw: object) -> Version:
    items = items_of(raw)
    if not items:
        raise ValueError("a version is due, 1.2 or 1.3")
    return Version(tuple(map(_read_version, items)))


def _read_version(raw: object) -> str:
    version = _PREFIX.sub("", str(raw).strip())
    if version not in _VERSIONS:
        raise ValueError(f'"{raw}" is no version of TLS that is spoken: write 1.2 or 1.3')
    return version


_VERSION_ITEM = {"enum": [1.2, 1.3, "1.2", "1.3"], "examples": ["1.2", "1.3"]}
VersionExpectation = Annotated[
    Version,
    Written(_read_versions, one_or_list(_VERSION_ITEM)),
]


@dataclass(frozen=True, slots=True)
class Alpn:
    """This protocol was chosen among those offered."""

    protocol: str

    def judge(self, observation: Observation, at: datetime) -> Finding:
        """Compare the protocol chosen."""
        chosen = _handshake(observation).alpn
        told = f"protocol {quoted(chosen)} chosen" if chosen else "no protocol chosen"
        return Finding(chosen == self.protocol, told, self.protocol)


def read_protocol(raw: object) -> str:
    """Read the name of a protocol as ALPN has it, such as h2."""
    name = str(raw)
    if not re.fullmatch(r"[!-~]{1,255}", name, re.ASCII):
        raise ValueError(f'"{name}" is no name of a protocol: write it like h2 or http/1.1')
    return name


def _alpn(raw: object) -> Alpn:
    return Alpn(read_protocol(raw))


AlpnExpectation = Annotated[Alpn, Written(_alpn, {"type": "string", "examples": ["h2"]})]
