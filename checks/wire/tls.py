"""TLS as a probe sees it: settings, contexts, and what is wrong with a certificate."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

from checks.duration import say_span
from checks.failures import OwnFailure, ProbeFailure
from checks.settings import Shorthand
from checks.wire.peers import is_address, parse_host
from checks.words import quoted

# The same on every version of Python: 3.13 also asks for VERIFY_X509_STRICT, which refuses
# certificates that browsers accept.
_VERIFY_FLAGS = ssl.VERIFY_X509_TRUSTED_FIRST | ssl.VERIFY_X509_PARTIAL_CHAIN

_SELF_SIGNED = 18
_UNKNOWN_AUTHORITY = (2, 19, 20, 21)
_EXPIRED = 10
_NOT_YET_VALID = 9
_OTHER_NAME = (62, 64)


@dataclass(frozen=True, slots=True)
class TlsSettings:
    """How a probe speaks TLS."""

    verify: bool = True
    """Whether the certificate must be valid for the name and trusted."""
    server_name: str = ""
    """The name to ask for (SNI) and to verify, if not the host's."""
    ca_file: str = ""
    """A PEM file of authorities to trust besides the system's."""
    client_certificate: str = ""
    """A PEM file with the certificate to present, and its key unless client_key names it."""
    client_key: str = ""
    """A PEM file with the key of client_certificate."""

    def __post_init__(self) -> None:
        if self.client_key and not self.client_certificate:
            raise ValueError("client_key needs client_certificate")
        if self.server_name:
            parse_host(self.server_name)


@dataclass(frozen=True, slots=True)
class Certificate:
    """The facts of a certificate; `subject` and `issuer` are common names, where there are such.

    `subject_name` and `issuer_name` are the whole names, as RFC 4514 writes them.
    """

    subject: str
    issuer: str
    names: tuple[str, ...]
    not_before: datetime
    not_after: datetime
    self_signed: bool
    subject_name: str = ""
    issuer_name: str = ""


def context_for(settings: TlsSettings, alpn: tuple[str, ...]) -> ssl.SSLContext:
    """The context for these settings; made once, and again when one of its files changes.

    Raises:
        OwnFailure: A file is missing or not what it should be.
    """
    names = [settings.ca_file, settings.client_certificate, settings.client_key]
    changed = tuple(_changed(name) for name in names if name)
    return _context(settings, alpn, changed)


def _changed(name: str) -> float:
    try:
        return Path(name).stat().st_mtime
    except OSError as missing:
        raise OwnFailure(f"{name} cannot be read: {missing.strerror}") from None


@lru_cache(maxsize=64)
def _context(
    settings: TlsSettings, alpn: tuple[str, ...], changed: tuple[float, ...]
) -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.verify_flags = _VERIFY_FLAGS
    if alpn:
        context.set_alpn_protocols(list(alpn))
    if not settings.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    try:
        if settings.ca_file:
            context.load_verify_locations(settings.ca_file)
    except (OSError, ssl.SSLError):
        raise OwnFailure(f"{settings.ca_file} holds no certificates in PEM form") from None
    try:
        if settings.client_certificate:
            context.load_cert_chain(settings.client_certificate, settings.client_key or None, "")
    except (OSError, ssl.SSLError) as refused:
        why = refused.strerror or "not a certificate with its key in PEM form"
        raise OwnFailure(f"{settings.client_certificate} cannot be used: {why}") from None
    return context


@lru_cache(maxsize=4096)
def read_certificate(der: bytes) -> Certificate:
    """Read a certificate; kept, since a server shows the same one for weeks."""
    from cryptography import x509

    found = x509.load_der_x509_certificate(der)
    return Certificate(
        subject=_common_name(found.subject),
        issuer=_common_name(found.issuer),
        names=_names(found),
        not_before=found.not_valid_before_utc,
        not_after=found.not_valid_after_utc,
        self_signed=found.subject == found.issuer,
        subject_name=found.subject.rfc4514_string(),
        issuer_name=found.issuer.rfc4514_string(),
    )


def certificate_facts(shown: Certificate | None) -> dict[str, Any]:
    """What an observation holds of the certificate that was shown, if any was."""
    if shown is None:
        return {}
    return {"certificate": shown, "certificate_expires_at": shown.not_after.isoformat()}


def _common_name(name: object) -> str:
    from cryptography.x509 import Name
    from cryptography.x509.oid import NameOID

    assert isinstance(name, Name)
    common = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(common[0].value) if common else name.rfc4514_string()


def _names(found: object) -> tuple[str, ...]:
    from cryptography import x509

    assert isinstance(found, x509.Certificate)
    try:
        extension = found.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except (
        x509.ExtensionNotFound, x509.DuplicateExtension, x509.UnsupportedGeneralNameType, ValueError
    ):  # fmt: skip
        return ()
    dns = extension.value.get_values_for_type(x509.DNSName)
    addresses = extension.value.get_values_for_type(x509.IPAddress)
    return (*dns, *map(str, addresses))


def distrust(
    refused: ssl.SSLCertVerificationError, chain: tuple[Certificate, ...], name: str, now: datetime
) -> ProbeFailure:
    """Why a certificate was not accepted, as exactly as the chain shown allows."""
    return ProbeFailure(_wrong(refused, chain, name, now))


def _wrong(
    refused: ssl.SSLCertVerificationError, chain: tuple[Certificate, ...], name: str, now: datetime
) -> str:
    code = refused.verify_code
    shown = chain[0] if chain else None
    if code == _EXPIRED:
        return _expired(chain, now)
    if code == _NOT_YET_VALID:
        if shown and shown.not_before > now:
            return f"certificate becomes valid only in {say_span(shown.not_before - now)}"
        return "certificate is not valid yet"
    if code in _OTHER_NAME:
        return f"certificate is for {_for_whom(shown)}, not {name}"
    if code == _SELF_SIGNED:
        return "certificate is self-signed"
    if code in _UNKNOWN_AUTHORITY and chain:
        return f"certificate is not trusted: {_unknown(chain)}"
    return f"certificate is not trusted: {refused.verify_message}"


def _unknown(chain: tuple[Certificate, ...]) -> str:
    if len(chain) == 1:
        issuer = quoted(chain[0].issuer)
        return f"no intermediate comes with it, and its issuer {issuer} is no authority known here"
    return f"its chain ends at {quoted(chain[-1].issuer)}, which is no authority known here"


def _expired(chain: tuple[Certificate, ...], now: datetime) -> str:
    if not chain:
        return "certificate has expired"
    for certificate in chain:
        if certificate.not_after <= now:
            whose = "" if certificate is chain[0] else f" of {quoted(certificate.subject)} above"
            return f"certificate{whose} expired {say_span(now - certificate.not_after)} ago"
    return "certificate of an authority above has expired"


def _for_whom(shown: Certificate | None) -> str:
    if shown is None:
        return "another name"
    names = shown.names or (shown.subject,)
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more


_REASONS = {
    "WRONG_VERSION_NUMBER": "{place} does not speak TLS",
    "RECORD_LAYER_FAILURE": "{place} does not speak TLS",
    "HTTP_REQUEST": "{place} does not speak TLS",
    "PACKET_LENGTH_TOO_LONG": "{place} does not speak TLS",
    "UNSUPPORTED_PROTOCOL": "{place} offers no version of TLS that is still safe",
    "TLSV1_ALERT_PROTOCOL_VERSION": "{place} offers no version of TLS that is still safe",
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": "{place} asks for a client certificate",
    "SSLV3_ALERT_BAD_CERTIFICATE": "{place} does not accept the client certificate",
    "TLSV1_ALERT_UNKNOWN_CA": "{place} does not accept the client certificate",
    "TLSV1_UNRECOGNIZED_NAME": "{place} does not know that server name",
    "TLSV1_ALERT_NO_APPLICATION_PROTOCOL": "{place} speaks none of the protocols offered (alpn)",
    "DH_KEY_TOO_SMALL": "{place} exchanges keys that are too short to be safe",
    "SSLV3_ALERT_HANDSHAKE_FAILURE": "{place} refused the TLS handshake",
}


def tls_failure(raised: ssl.SSLError, place: str) -> ProbeFailure:
    """What an error of TLS other than distrust says."""
    code = raised.reason or ""
    if code in _REASONS:
        return ProbeFailure(_REASONS[code].format(place=place))
    words = code.lower().replace("_", " ") or "connection closed"
    return ProbeFailure(f"TLS with {place} failed: {words}")


def name_to_verify(settings: TlsSettings, host: str) -> str:
    """The server name of a handshake; a name's final dot is no part of a certificate."""
    name = settings.server_name or host
    return name if is_address(name) else name.rstrip(".")


def _expand(raw: object) -> object:
    if str(raw).lower() in ("true", "false"):
        return {} if str(raw).lower() == "true" else None
    return raw


TlsChoice = Annotated[TlsSettings | None, Shorthand(_expand, {"type": "boolean"})]
