"""Questions to the domain name system, and what an answer to one says."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

from checks.failures import ProbeFailure
from checks.wire.peers import is_address, parse_host
from checks.words import quoted

if TYPE_CHECKING:
    from dns.message import QueryMessage

TYPES = ("A", "AAAA", "CAA", "CNAME", "MX", "NS", "PTR", "SOA", "SRV", "TXT")
# Their records hold names, which are the same in either case and with or without a final dot.
_OF_NAMES = ("CNAME", "MX", "NS", "PTR", "SOA", "SRV")
_HEAD = 12
_RESPONSE, _CUT_OFF = 0x80, 0x02
# What every network carries in one piece.
_LARGEST_DATAGRAM = 1232


class StrayAnswer(ProbeFailure):
    """An answer to a question that was not ours: a late one, or a forgery."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: the records of a type under a name."""

    name: str
    type: str
    recursive: bool = True

    def __str__(self) -> str:
        """The name and the type, as `dig` takes them."""
        return f"{self.name} {self.type}"


@dataclass(frozen=True, slots=True)
class Reply:
    """What an answer says.

    `records` are those of the type asked for at the end of all aliases, in plain form.
    `why` is what the server adds to a refusal (RFC 8914). `ttl_seconds` is the least of the
    records and of the aliases on the way, None where there is no record.
    """

    type: str
    rcode: str
    why: str
    records: tuple[str, ...]
    ttl_seconds: int | None
    authoritative: bool
    authenticated: bool


def parse_name(text: object) -> str:
    """Read a name to ask for, without the final dot; the root is a dot alone.

    Raises:
        ValueError: It cannot be one.
    """
    written = str(text)
    if "://" in written or "/" in written:
        raise ValueError(f'"{written}" is no name: write it without scheme and path')
    return written if written == "." else parse_host(written).rstrip(".")


def name_for(name: str, type: str) -> str:
    """The name that is asked for; where PTR is asked of an address, the one it stands under.

    Raises:
        ValueError: An address is no name for another type.
    """
    if not is_address(name):
        return name
    if type != "PTR":
        raise ValueError(f"{name} is an address: only PTR is asked of one")
    return ip_address(name).reverse_pointer


def plain(record: str, type: str) -> str:
    """A record in the form that is compared: names in lower case and without a final dot."""
    if type in ("A", "AAAA"):
        return str(ip_address(record)) if is_address(record) else record
    if type in _OF_NAMES:
        return " ".join(part.removesuffix(".") or "." for part in record.lower().split())
    return record


class Query:
    """A question ready to be sent, which knows its answer."""

    def __init__(self, question: Question, *, stream: bool = False, cached: bool = False) -> None:
        """Make it up, for datagrams or a stream; where answers are cached it has the number 0."""
        from dns.flags import AD
        from dns.message import make_query

        self.question = question
        self._message: QueryMessage = make_query(
            f"{question.name.rstrip('.')}.",
            question.type,
            use_edns=0,
            payload=65_535 if stream else _LARGEST_DATAGRAM,
            id=0 if cached else None,
        )
        self._message.flags |= AD
        if not question.recursive:
            from dns.flags import RD

            self._message.flags &= ~RD
        self.wire = self._message.to_wire()

    def cut_off(self, raw: bytes) -> bool:
        """Whether an answer to this was cut off, so that it must be asked over a stream."""
        ours = len(raw) >= _HEAD and raw[:2] == self.wire[:2]
        return ours and bool(raw[2] & _RESPONSE) and bool(raw[2] & _CUT_OFF)

    def read(self, raw: bytes, place: str) -> Reply:
        """Read an answer.

        Raises:
            StrayAnswer: It is an answer to something else.
            ProbeFailure: It is malformed.
        """
        from dns.exception import DNSException
        from dns.message import from_wire

        if len(raw) < _HEAD:
            raise ProbeFailure(f"{place} sends a malformed answer: {len(raw)} bytes")
        if raw[:2] != self.wire[:2]:
            raise StrayAnswer(f"{place} sends an answer with another number than the question")
        try:
            message = from_wire(raw)
            if not self._message.is_response(message):
                raise StrayAnswer(f"{place} answers {_asked(message)} instead of {self.question}")
            return _reply(self.question.type, message)
        except (DNSException, ValueError, UnicodeError) as refused:
            why = str(refused) or type(refused).__name__
            raise ProbeFailure(f"{place} sends a malformed answer: {why}") from None


def _asked(message: Any) -> str:
    from dns.flags import QR
    from dns.rdatatype import to_text

    if not message.flags & QR:
        return "with a question"
    if not message.question:
        return "no question"
    first = message.question[0]
    return f"{quoted(first.name.to_text(omit_final_dot=True))} {to_text(first.rdtype)}"


def _reply(type: str, message: Any) -> Reply:
    from dns.flags import AA, AD
    from dns.rcode import to_text

    # An answer that refuses may leave the question out; nothing hangs on it then.
    chain = message.resolve_chaining() if message.question else None
    records = chain.answer if chain and chain.answer else ()
    return Reply(
        type=type,
        rcode=to_text(message.rcode()),
        why="; ".join(option.to_text().partition(" ")[2] for option in message.extended_errors()),
        records=tuple(sorted(_told(record, type) for record in records)),
        ttl_seconds=chain.minimum_ttl if chain and records else None,
        authoritative=bool(message.flags & AA),
        authenticated=bool(message.flags & AD),
    )


def _told(record: Any, type: str) -> str:
    if type == "TXT":
        return b"".join(record.strings).decode("utf-8", "replace")
    return plain(record.to_text(), type)
