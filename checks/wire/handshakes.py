"""What two sides agreed on in a TLS handshake, and the chain of certificates shown there."""

from __future__ import annotations

import _ssl
import asyncio
import ssl
from dataclasses import dataclass, replace
from typing import Any

from checks.wire.dialing import Silence, reach
from checks.wire.streams import BeforeTls, Stream
from checks.wire.tls import Certificate, TlsSettings, context_for, read_certificate


@dataclass(frozen=True, slots=True)
class Handshake:
    """What was agreed on.

    `chain` begins with the server's own certificate. It is the one that was verified, up to
    the authority trusted here: what a server sends beside it may expire unnoticed. Without
    verification it is what the server sent.
    """

    version: str
    cipher: str
    alpn: str
    chain: tuple[Certificate, ...]


def agreed_in(tls: ssl.SSLObject) -> Handshake:
    """Read what was agreed on."""
    return Handshake(
        version=tls.version() or "",
        cipher=(tls.cipher() or ("",))[0],
        alpn=tls.selected_alpn_protocol() or "",
        chain=shown_in(tls),
    )


def shown_in(tls: ssl.SSLObject) -> tuple[Certificate, ...]:
    """The certificates verified or, where none was, shown; the server's own first."""
    verified = tls.context.verify_mode == ssl.CERT_REQUIRED
    name = "get_verified_chain" if verified else "get_unverified_chain"
    if hasattr(tls, name):
        encoded = getattr(tls, name)()
    else:  # Before Python 3.13 the same is there, but not public.
        inner: Any = tls._sslobj  # type: ignore[attr-defined]
        found = getattr(inner, name)() or ()
        encoded = [certificate.public_bytes(_ssl.ENCODING_DER) for certificate in found]
    return tuple(read_certificate(der) for der in encoded)


async def look(
    address: str, port: int, name: str, tls: TlsSettings, before_tls: BeforeTls | None
) -> tuple[Certificate, ...]:
    """Shake hands without verifying, only to read what certificates are shown.

    Raises:
        ProbeFailure: There is no connection, or the dialogue before TLS came to no end.
        OSError: There is no handshake either.
    """
    stream = Stream()
    plain, _ = await reach(address, port, (lambda: stream) if before_tls else Silence)
    ends: list[asyncio.Transport] = [plain]
    try:
        if before_tls:
            stream.transport = plain
            await before_tls(stream)
        context = context_for(replace(tls, verify=False), ())
        start = asyncio.get_running_loop().start_tls
        secured = await start(plain, stream, context, server_hostname=name)
        assert secured is not None
        ends.append(secured)
        return shown_in(secured.get_extra_info("ssl_object"))
    finally:
        for end in ends:
            end.abort()
