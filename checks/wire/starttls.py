"""STARTTLS: what is said in plain text, by protocol, before the TLS handshake."""

from __future__ import annotations

from collections.abc import Mapping

from checks.failures import ProbeFailure
from checks.wire.peers import is_address
from checks.wire.streams import BeforeTls, Stream
from checks.words import quoted

_MOST_LINES = 200
_POSTGRES_REQUEST = bytes.fromhex("0000000804d2162f")
_LDAP_REQUEST = bytes.fromhex("301d02010177188016") + b"1.3.6.1.4.1.1466.20037"
_LDAP_RESULTS = {1: "operations error", 2: "protocol error", 52: "unavailable", 53: "unwilling"}
_LDAP_LONGEST = 4096


async def _smtp(stream: Stream) -> None:
    await _greeting(stream, "220", "SMTP")
    stream.send(f"EHLO {_ourselves(stream)}\r\n".encode())
    stream.waiting = "waiting for the answer to EHLO"
    code, lines = await _reply(stream)
    if code != "250":
        raise ProbeFailure(f"{stream.place} refused EHLO: {quoted(lines[-1])}")
    if not any(line[4:].strip().upper() == "STARTTLS" for line in lines):
        raise ProbeFailure(f"{stream.place} does not offer STARTTLS")
    await _command(stream, "STARTTLS", "220")


async def _ftp(stream: Stream) -> None:
    await _greeting(stream, "220", "FTP")
    await _command(stream, "AUTH TLS", "234")


async def _imap(stream: Stream) -> None:
    stream.waiting = "waiting for the greeting"
    greeting = await stream.line()
    if not greeting.upper().startswith("* OK"):
        raise _strange(stream, "IMAP", greeting)
    stream.send(b"a STARTTLS\r\n")
    stream.waiting = "waiting for the answer to STARTTLS"
    for _ in range(_MOST_LINES):
        answer = await stream.line()
        if answer[:2].lower() == "a ":
            break
    if not answer.upper().startswith("A OK"):
        raise _refused(stream, answer)


async def _pop3(stream: Stream) -> None:
    stream.waiting = "waiting for the greeting"
    greeting = await stream.line()
    if not greeting.startswith("+OK"):
        raise _strange(stream, "POP3", greeting)
    stream.send(b"STLS\r\n")
    stream.waiting = "waiting for the answer to STLS"
    answer = await stream.line()
    if not answer.startswith("+OK"):
        raise _refused(stream, answer)


async def _postgres(stream: Stream) -> None:
    stream.send(_POSTGRES_REQUEST)
    stream.waiting = "waiting for the answer to the request for TLS"
    answer = await stream.exactly(1)
    if answer in (b"N", b"E"):
        raise ProbeFailure(f"{stream.place} refused STARTTLS: it is set to do without TLS")
    if answer != b"S":
        raise ProbeFailure(f"{stream.place} does not speak the protocol of PostgreSQL")


async def _ldap(stream: Stream) -> None:
    stream.send(_LDAP_REQUEST)
    stream.waiting = "waiting for the answer to STARTTLS"
    message = await _element(stream)
    # The message's number (3 bytes), then the answer (0x78) and in it the result (0x0a 0x01).
    at = message.find(b"\x0a\x01", 3, 12)
    if message[3:4] != b"\x78" or at < 0 or len(message) < at + 3:
        raise ProbeFailure(f"{stream.place} does not speak LDAP")
    if code := message[at + 2]:
        raise _refused(stream, f"result {code}, {_LDAP_RESULTS.get(code, 'no success')}")


STARTTLS: Mapping[str, BeforeTls] = {
    "ftp": _ftp,
    "imap": _imap,
    "ldap": _ldap,
    "pop3": _pop3,
    "postgres": _postgres,
    "smtp": _smtp,
}
"""The dialogues by protocol. Each ends where the TLS handshake begins, or with ProbeFailure."""

# Replies of three digits ------------------------------------------------------------------------


async def _greeting(stream: Stream, code: str, protocol: str) -> None:
    stream.waiting = "waiting for the greeting"
    got, lines = await _reply(stream)
    if got != code:
        raise _strange(stream, protocol, lines[-1])


async def _command(stream: Stream, command: str, code: str) -> None:
    stream.send(f"{command}\r\n".encode())
    stream.waiting = f"waiting for the answer to {command}"
    got, lines = await _reply(stream)
    if got != code:
        raise _refused(stream, lines[-1])


async def _reply(stream: Stream) -> tuple[str, list[str]]:
    """A reply of one or several lines, and its code."""
    lines = [await stream.line()]
    while lines[-1][3:4] == "-" and len(lines) < _MOST_LINES:
        lines.append(await stream.line())
    return lines[-1][:3], lines


def _ourselves(stream: Stream) -> str:
    """Our address as SMTP writes it, since a machine that probes may have no name."""
    own = stream.transport.get_extra_info("sockname") if stream.transport else None
    address = str(own[0]) if own and is_address(str(own[0])) else "127.0.0.1"
    return f"[IPv6:{address}]" if ":" in address else f"[{address}]"


# LDAP -------------------------------------------------------------------------------------------


async def _element(stream: Stream) -> bytes:
    """The content of one element in BER."""
    tag, size = await stream.exactly(2)
    if tag != 0x30:
        raise ProbeFailure(f"{stream.place} does not speak LDAP")
    if size & 0x80:
        size = int.from_bytes(await stream.exactly(size & 0x7F), "big")
    if size > _LDAP_LONGEST:
        raise ProbeFailure(f"{stream.place} does not speak LDAP")
    return await stream.exactly(size)


def _strange(stream: Stream, protocol: str, said: str) -> ProbeFailure:
    return ProbeFailure(f"{stream.place} does not greet as {protocol} does: {quoted(said)}")


def _refused(stream: Stream, said: str) -> ProbeFailure:
    return ProbeFailure(f"{stream.place} refused STARTTLS: {quoted(said)}")
