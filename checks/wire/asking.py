"""Asking a name server: by datagram, over a connection, in TLS or by HTTPS."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field

from yarl import URL

from checks.failures import OwnFailure, ProbeFailure
from checks.model import Net
from checks.wire.bodies import Headers
from checks.wire.datagrams import Datagrams
from checks.wire.peers import Peer, place
from checks.wire.questions import Query, Question, Reply, StrayAnswer
from checks.wire.requests import Ask, request_to
from checks.wire.tls import TlsSettings

TRANSPORTS = ("udp", "tcp", "tls", "https")

_MESSAGE = "application/dns-message"
_LARGEST = 65_535
# Datagrams get lost: the question is put again, as every resolver does.
_FIRST_WAIT_SECONDS = 1.0
_NEXT_SERVER_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class NameServer:
    """Whom to ask and how; without `peer` those that this machine is set to ask."""

    transport: str = "udp"
    peer: Peer | None = None
    url: URL | None = None
    tls: TlsSettings = field(default_factory=TlsSettings)


async def ask(net: Net, server: NameServer, question: Question) -> Reply:
    """Ask the question and read the answer.

    Raises:
        ProbeFailure: There is no answer, or none that fits the question.
        OwnFailure: The name servers of this machine cannot be asked.
    """
    if server.url:
        return await _by_https(net, server.url, server.tls, question)
    if server.peer:
        return await _ask_peer(net, server.peer, server, question)
    return await _ask_own(net, server, question)


async def _ask_own(net: Net, server: NameServer, question: Question) -> Reply:
    """Ask the name servers of this machine, each after a moment without an answer of the last."""
    *first, last = net.name_servers
    for peer in first:
        with suppress(ProbeFailure, TimeoutError):
            async with asyncio.timeout(_NEXT_SERVER_SECONDS):
                return await _ask_peer(net, peer, server, question)
    try:
        return await _ask_peer(net, last, server, question)
    except ProbeFailure as failure:
        raise OwnFailure(f"cannot ask this machine's name servers: {failure.reason}") from None


async def _ask_peer(net: Net, peer: Peer, server: NameServer, question: Question) -> Reply:
    if server.transport == "udp":
        return await _by_datagram(net, peer, question)
    return await _by_stream(net, peer, server.tls if server.transport == "tls" else None, question)


async def _by_datagram(net: Net, peer: Peer, question: Question) -> Reply:
    query = Query(question)
    talk = await net.datagrams(peer)
    net.enter("first_byte")
    reply = await _put(talk, query)
    net.enter("")
    return reply or await _by_stream(net, peer, None, question)


async def _put(talk: Datagrams, query: Query) -> Reply | None:
    """Put the question, again and again, until there is an answer; None where it was cut off."""
    wait = _FIRST_WAIT_SECONDS
    while True:
        talk.send(query.wire)
        with suppress(TimeoutError):
            async with asyncio.timeout(wait):
                return await _fitting(talk, query)
        wait *= 2


async def _fitting(talk: Datagrams, query: Query) -> Reply | None:
    """The first datagram that answers this question: anyone may forge others."""
    while True:
        raw = await talk.receive()
        try:
            return None if query.cut_off(raw) else query.read(raw, talk.place)
        except StrayAnswer as stray:
            talk.waiting = f"{stray.reason}, and no other came"


async def _by_stream(net: Net, peer: Peer, tls: TlsSettings | None, question: Question) -> Reply:
    query = Query(question, stream=True)
    stream = await net.connect(peer, tls)
    stream.waiting = f"waiting for an answer of {stream.place}"
    net.enter("first_byte")
    stream.send(len(query.wire).to_bytes(2, "big") + query.wire)
    size = int.from_bytes(await stream.exactly(2), "big")
    net.enter("transfer")
    raw = await stream.exactly(size)
    net.enter("")
    return query.read(raw, stream.place)


async def _by_https(net: Net, url: URL, tls: TlsSettings, question: Question) -> Reply:
    query = Query(question, stream=True, cached=True)
    headers = (("Content-Type", _MESSAGE), ("Accept", _MESSAGE))
    question_by_post = Ask("POST", headers, query.wire, tls, max_body=_LARGEST)
    answer = await net.fetch(request_to(url, question_by_post))
    here = place(net.address, url.port or 443)
    sent = Headers(answer.headers).get("Content-Type").partition(";")[0].strip().lower()
    if answer.status != 200:
        raise ProbeFailure(f"{here} answers with status {answer.status} instead of 200")
    if sent != _MESSAGE:
        raise ProbeFailure(f"{here} answers with {sent or 'no type'} instead of {_MESSAGE}")
    try:
        raw = answer.body().content()
    except ValueError as unreadable:
        raise ProbeFailure(f"{here} sends a malformed answer: {unreadable}") from None
    return query.read(raw, here)
