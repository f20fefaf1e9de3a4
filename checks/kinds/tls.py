"""The kind `tls`: a handshake, the chain of certificates, and how long it stays valid."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Annotated

from checks.expectations import LatencyExpectation
from checks.expectations_tls import (
    AlpnExpectation,
    ChainExpectation,
    VersionExpectation,
    read_protocol,
)
from checks.model import Kind, Net, Observation
from checks.settings import Written, items_of, one_or_list
from checks.wire.peers import IpVersion, Peer, Place, check_version
from checks.wire.starttls import STARTTLS
from checks.wire.tls import TlsSettings


def _read_starttls(raw: object) -> str:
    protocol = str(raw)
    if protocol not in STARTTLS:
        raise ValueError(f'STARTTLS is not known of "{raw}": write one of {", ".join(STARTTLS)}')
    return protocol


def _read_alpn(raw: object) -> tuple[str, ...]:
    return tuple(map(read_protocol, items_of(raw)))


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsOptions(TlsSettings):
    """Whom to shake hands with, and how."""

    address: Place
    """Host and port, such as `shop.example:443`."""
    starttls: Annotated[str | None, Written(_read_starttls, {"enum": list(STARTTLS)})] = None
    """The protocol in which to ask for TLS first; without it TLS begins at once."""
    alpn: Annotated[
        tuple[str, ...],
        Written(_read_alpn, one_or_list({"type": "string", "examples": ["h2", "http/1.1"]})),
    ] = ()
    """Protocols to offer (ALPN), such as `[h2, http/1.1]`; the server chooses one."""
    ip: IpVersion | None = None
    """Use only IPv4 (4) or only IPv6 (6); otherwise what the system prefers, then the other."""
    peer: Peer = field(init=False, repr=False, compare=False)
    settings: TlsSettings = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        TlsSettings.__post_init__(self)
        check_version(self.address.host, self.ip)
        object.__setattr__(self, "peer", replace(self.address, ip=self.ip or 0))
        files = (self.ca_file, self.client_certificate, self.client_key)
        settings = TlsSettings(self.verify, self.server_name, *files)
        object.__setattr__(self, "settings", settings)


async def _probe(options: TlsOptions, net: Net) -> Observation:
    before_tls = STARTTLS[options.starttls] if options.starttls else None
    await net.connect(options.peer, options.settings, options.alpn, before_tls)
    elapsed = net.elapsed
    handshake = net.handshake()
    assert handshake is not None
    expires_at = min(certificate.not_after for certificate in handshake.chain)
    facts = {
        "address": net.address,
        "handshake": handshake,
        "certificate": net.certificate,
        "certificate_expires_at": expires_at.isoformat(),
        "issuer": handshake.chain[0].issuer,
        "version": handshake.version,
        "cipher": handshake.cipher,
        "alpn": handshake.alpn,
    }
    return Observation(elapsed, net.phases, facts)


KIND = Kind(
    name="tls",
    summary="Shakes hands in TLS, verifies the chain of certificates and says when it expires.",
    options=TlsOptions,
    probe=_probe,
    target=lambda options: str(options.address),
    expectations={
        "certificate": ChainExpectation,
        "version": VersionExpectation,
        "alpn": AlpnExpectation,
        "latency": LatencyExpectation,
    },
    short="address",
    example="""\
certificate:
  tls: shop.example:443
  interval: 1h
  warn_if: {certificate: {left: {below: 14d}}}
""",
    failures={
        "certificate expired 3 days ago": "The certificate was not renewed, or not loaded.",
        "certificate is for OTHER, not HOST": "The server shows another site's certificate.",
        "certificate is not trusted: unable to get local issuer certificate": "An intermediate "
        "certificate is missing on the server, or the authority is one of your own: `ca_file`.",
        "HOST:PORT does not speak TLS": "Another protocol is spoken there; a mail server may "
        "want `starttls`.",
    },
)
