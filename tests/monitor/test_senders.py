"""Ways to send are exchanged under way, and nothing that is being sent is cut off."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from incidents.sending import Channel, Message, Unwanted
from monitor.senders import Senders

MESSAGE = Message("subject", "text", "html", "key", "url")


@dataclass
class Line:
    """A sender that waits for `through`, and says where it sends."""

    host: str
    sent: list[str]
    through: asyncio.Event = field(default_factory=asyncio.Event)
    closed: bool = False

    async def send(self, address: str, message: Message) -> None:
        await self.through.wait()
        assert not self.closed
        self.sent.append(f"{address} by {self.host}")

    async def close(self) -> None:
        self.closed = True


class Exchange:
    """One channel, `wire`, whose settings are a host; `lines` are the senders it opened."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.lines: list[Line] = []
        self.senders = Senders({"wire": Channel("wire", "A wire.", str, self._open)})

    def _open(self, host: str) -> Line:
        self.lines.append(Line(host, self.sent))
        return self.lines[-1]

    async def send(self, address: str) -> None:
        await self.senders.channels["wire"][1].send(address, MESSAGE)


async def test_what_is_not_configured_drops_what_it_is_given() -> None:
    exchange = Exchange()
    with pytest.raises(Unwanted):
        await exchange.send("a")
    assert exchange.senders.public(("wire",)) == {}


async def test_the_same_settings_keep_the_sender() -> None:
    exchange = Exchange()
    await exchange.senders.adopt({"wire": "old"})
    await exchange.senders.adopt({"wire": "old"})
    assert len(exchange.lines) == 1
    assert list(exchange.senders.public(("wire", "pigeon"))) == ["wire"]


async def test_other_settings_open_another_and_what_is_under_way_ends_over_the_first() -> None:
    exchange = Exchange()
    await exchange.senders.adopt({"wire": "old"})
    sending = asyncio.create_task(exchange.send("a"))
    await asyncio.sleep(0)
    await exchange.senders.adopt({"wire": "new"})
    old, new = exchange.lines
    new.through.set()
    await exchange.send("b")
    assert not old.closed
    old.through.set()
    await sending
    assert exchange.sent == ["b by new", "a by old"]
    assert (old.closed, new.closed) == (True, False)


async def test_one_that_is_gone_is_closed() -> None:
    exchange = Exchange()
    await exchange.senders.adopt({"wire": "old"})
    await exchange.senders.adopt({})
    assert exchange.lines[0].closed
    with pytest.raises(Unwanted):
        await exchange.send("a")
