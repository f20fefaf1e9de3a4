"""A name server on loopback that answers from a small zone, or as wrongly as a test asks for."""

import asyncio
from contextlib import asynccontextmanager

import dns.edns
import dns.flags
import dns.message
import dns.rcode
import dns.rrset

from tests.checks.servers import Handler, serving

ZONE = """
shop.example. 300 IN A 192.0.2.1
shop.example. 300 IN A 192.0.2.2
shop.example. 300 IN AAAA 2001:db8::1
www.shop.example. 60 IN CNAME Shop.Example.
shop.example. 300 IN MX 10 Mail.Example.
shop.example. 300 IN NS ns1.example.
shop.example. 300 IN TXT "v=spf1 -all" "; and More"
shop.example. 300 IN SOA ns1.example. admin.example. 7 3600 600 86400 60
_sip._tcp.shop.example. 300 IN SRV 10 5 5060 sip.example.
shop.example. 300 IN CAA 0 issue "letsencrypt.org"
1.2.0.192.in-addr.arpa. 300 IN PTR shop.example.
"""


def _records(zone):
    found = {}
    for line in zone.strip().splitlines():
        name, ttl, _, type, text = line.split(maxsplit=4)
        found.setdefault((name, type), (int(ttl), []))[1].append(text)
    return {key: dns.rrset.from_text(key[0], ttl, "IN", key[1], *texts)
            for key, (ttl, texts) in found.items()}  # fmt: skip


RECORDS = _records(ZONE)


def honest(question):
    """The answer to a question, with aliases followed."""
    asked = question.question[0]
    name, type = asked.name.to_text().lower(), dns.rdatatype.to_text(asked.rdtype)
    answer = dns.message.make_response(question)
    answer.flags |= dns.flags.AA
    while (name, type) not in RECORDS and (name, "CNAME") in RECORDS:
        alias = RECORDS[name, "CNAME"]
        answer.answer.append(alias)
        name = alias[0].target.to_text().lower()
    if (name, type) in RECORDS:
        answer.answer.append(RECORDS[name, type])
    elif not any(known == name for known, _ in RECORDS):
        answer.set_rcode(dns.rcode.NXDOMAIN)
    return answer


def right(question, over_stream):
    return honest(question).to_wire()


def coded(code, why=None):
    """Answers with this code, and says why."""

    def make(question, over_stream):
        answer = dns.message.make_response(question)
        answer.set_rcode(dns.rcode.from_text(code))
        if why:
            answer.use_edns(options=[dns.edns.EDEOption(*why)])
        return answer.to_wire()

    return make


def cut_off(question, over_stream):
    """Whole only over a stream; else broken off in the middle of a record."""
    wire = bytearray(honest(question).to_wire())
    if over_stream:
        return bytes(wire)
    wire[2] |= 0x02
    return bytes(wire[:-20])


def numbered_wrongly(question, over_stream):
    answer = honest(question)
    answer.id ^= 1
    return answer.to_wire()


def about_another_name(question, over_stream):
    other = dns.message.make_query("evil.example", "A", id=question.id)
    return dns.message.make_response(other).to_wire()


def echoed(question, over_stream):
    return question.to_wire()


def garbage(question, over_stream):
    """The right number, and nothing right after it."""
    return question.id.to_bytes(2, "big") + b"\x84\x00" + b"\xff" * 40


def far_too_short(question, over_stream):
    return question.id.to_bytes(2, "big")


class _Udp(asyncio.DatagramProtocol):
    def __init__(self, make):
        self._make = make

    def connection_made(self, transport):
        self._transport = transport

    def datagram_received(self, data, addr):
        made = self._make(dns.message.from_wire(data), False)
        for wire in made if isinstance(made, list) else [made]:
            if wire is not None:
                self._transport.sendto(wire, addr)


def over_stream(make) -> Handler:
    """The same questions, each behind its length."""

    async def handler(reader, writer):
        while True:
            size = int.from_bytes(await reader.readexactly(2), "big")
            wire = make(dns.message.from_wire(await reader.readexactly(size)), True)
            if wire is None:
                continue
            writer.write(len(wire).to_bytes(2, "big") + wire)

    return handler


def over_https(make, status="200 OK", type="application/dns-message") -> Handler:
    """The same questions, each as the body of a POST."""

    async def handler(reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"POST /dns-query HTTP/1.1\r\n")
        assert b"Content-Type: application/dns-message\r\n" in head
        size = int(head.split(b"Content-Length: ")[1].split(b"\r\n")[0])
        wire = make(dns.message.from_wire(await reader.readexactly(size)), True)
        lines = [f"HTTP/1.1 {status}", f"Content-Type: {type}", f"Content-Length: {len(wire)}"]
        writer.write("\r\n".join([*lines, "", ""]).encode() + wire)
        await writer.drain()

    return handler


@asynccontextmanager
async def answering_questions(make=right):
    """A name server for datagrams and streams on the same free port."""
    async with serving(over_stream(make)) as port:
        loop = asyncio.get_running_loop()
        udp, _ = await loop.create_datagram_endpoint(
            lambda: _Udp(make), local_addr=("127.0.0.1", port)
        )
        try:
            yield port
        finally:
            udp.close()
