"""A town to watch: the real service, targets that fail and recover, a mail server, readers."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import re
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from incidents.sending import AT_ONCE
from tests.imported import imported
from tests.service import Greeter, Service, Target, greeter, service, target
from tests.smtp import Sink, smtp_sink
from tests.stories import ledger
from tests.stories.ledger import Ledger

OPERATOR = "oncall@example.com"
SETTLED_WITHIN_SECONDS = 60.0
NOTICED_EARLY_SECONDS = 0.5
"""A probe that was sent before a target failed may still meet the failure."""

CONFIG = """
version: 1
page: {{name: Acme, url: "http://127.0.0.1:{{public}}"}}
server: {{public: "127.0.0.1:{{public}}", internal: "127.0.0.1:{{internal}}"}}
storage: sqlite:upfront.db
channels:
  mail: {{host: 127.0.0.1, port: {smtp}, tls: none, from: status@acme.example}}
routes:
  oncall: {{to: "mail:oncall@example.com"}}
defaults: {{interval: 1s, timeout: 1s, confirm: {{fail: 2/2, recover: 2/2}}, watch: 1s}}
components:
  bank:
    checks:
      web: {{http: "{bank_web}"}}
  pay:
    depends_on: [bank]
    checks:
      web: {{http: "{pay_web}"}}
  shop:
    checks:
      web: {{http: "{shop_web}"}}
      door: {{tcp: {{address: "{shop_door}", dialogue: [{{expect: hello}}]}}}}
  desk:
    checks:
      door: {{tcp: {{address: "{desk_door}", dialogue: [{{expect: hello}}]}}}}
"""


@dataclass
class Fault:
    """A span in which a target failed, in seconds of the wall clock."""

    check: str
    from_at: float
    to_at: float = float("inf")

    def holds(self, at: float) -> bool:
        """Whether a failed probe at an instant met this fault."""
        return self.from_at - NOTICED_EARLY_SECONDS <= at <= self.to_at + NOTICED_EARLY_SECONDS


@dataclass
class Reader:
    """Someone who subscribes. `confirmed_at` is when they were told that they are subscribed."""

    address: str
    confirmed_at: float = float("inf")


@dataclass
class Town:
    """All of it, and what happened to it."""

    service: Service
    sink: Sink
    targets: dict[str, Target | Greeter]
    chance: random.Random
    faults: list[Fault] = field(default_factory=list)
    readers: dict[str, Reader] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    """Incidents that the API has told of."""
    in_flight: Counter[tuple[str, str]] = field(default_factory=Counter)
    """How often a mail (recipient and key) was taken but not known to be, at a kill."""
    kept: Ledger = ledger.EMPTY
    """What was in the database when the service last ended."""
    kills: int = 0
    _arrived: list[tuple[str, str]] = field(default_factory=list)

    @property
    def database(self) -> Path:
        """Where the service keeps everything."""
        return self.service.config.with_name("upfront.db")

    @property
    def arrivals(self) -> Counter[tuple[str, str]]:
        """How often each mail was taken, by recipient and key."""
        for mail in self.sink.mails[len(self._arrived) :]:
            self._arrived.append((mail.recipient, key_of(mail.key)))
        return Counter(self._arrived)

    def say(self, words: str) -> None:
        """Print a line of the story, with the time; shown when a test fails, or by -s."""
        print(f"{time.time() % 1000:7.2f} {words}")

    # What happens to the targets -----------------------------------------------------------

    async def misfortune(self) -> None:
        """Let targets fail and recover at random instants, until cancelled."""
        while True:
            await asyncio.sleep(self.chance.uniform(0.2, 1.2))
            name = self.chance.choice(list(self.targets))
            failing = self._failing(name)
            if failing is None:
                self.fail(name)
            elif time.time() - failing.from_at > self.chance.uniform(0.5, 6):
                self.recover(name)

    def fail(self, check: str) -> None:
        """Let a target fail, but not so soon after its last failure that they may be taken for
        one.
        """
        last = max((f.to_at for f in self.faults if f.check == check), default=0.0)
        if time.time() - last < 3 * NOTICED_EARLY_SECONDS:
            return
        self.say(f"{check} fails")
        self.faults.append(Fault(check, time.time()))
        self.targets[check].fail()

    def recover(self, check: str) -> None:
        """Let a target answer well again."""
        failing = self._failing(check)
        if failing is not None:
            self.say(f"{check} recovers")
            self.targets[check].recover()
            failing.to_at = time.time()

    def _failing(self, check: str) -> Fault | None:
        return next((f for f in self.faults if f.check == check and f.to_at == float("inf")), None)

    # Readers -------------------------------------------------------------------------------

    async def subscribe(self, address: str) -> str:
        """Ask for a subscription and wait for the mail; returns the path of its link."""
        self.readers.setdefault(address, Reader(address))
        status = await self.service.post("/subscribe", address=address)
        assert status == 303, status
        await until(lambda: self.sink.to(address), f"a mail to {address}")
        return self.link_to(address)

    def link_to(self, address: str) -> str:
        """The path of the confirmation link in the first mail to an address."""
        found = re.search(r"http://[^/]+(/subscribe/\S+)", self.sink.to(address)[0].body())
        assert found is not None
        return found[1]

    async def confirm(self, address: str, path: str) -> None:
        """Press the button behind the link."""
        assert await self.service.post(path) == 200
        self.readers[address].confirmed_at = time.time()

    async def settle_in(self, *addresses: str) -> None:
        """A first run, in which these subscribe and an incident opens that the next ones meet."""
        await self.service.start()
        for address in addresses:
            await self.confirm(address, await self.subscribe(address))
        self.fail("desk/door")
        updates = "SELECT count(*) FROM events WHERE type = 'update_posted'"
        await until(lambda: ledger.count(self.database, updates), "an incident")
        await self.stop()

    # Lives and deaths ----------------------------------------------------------------------

    async def kill(self) -> None:
        """Kill the service and see what was in flight."""
        await self.service.kill()
        await until(lambda: not self.sink.sessions, "the mail server to see that nobody is there")
        self.kills += 1
        kept = ledger.read(self.database)
        assert kept.events[: len(self.kept.events)] == self.kept.events
        self.kept = kept
        arrivals = self.arrivals
        doubtful = [
            (owed.address, owed.key)
            for owed in kept.deliveries
            if owed.state != "sent" and (owed.address, owed.key) in arrivals
        ]
        assert len(doubtful) <= AT_ONCE
        self.in_flight.update(doubtful)
        self.say(f"killed, {len(doubtful)} mails in doubt")

    async def look(self) -> None:
        """Remember what the API tells of; what it once told of must stay."""
        with contextlib.suppress(aiohttp.ClientError):
            status, text = await self.service.ask("/api/v2/incidents.json")
            if status == 200:
                self.seen |= {incident["id"] for incident in json.loads(text)["incidents"]}

    async def stop(self) -> None:
        """Ask the service to end, which it does well."""
        assert await self.service.stop() == 0, self.service.printed()
        self.kept = ledger.read(self.database)

    def results(self) -> int:
        """How many results are on disk, seen while the service runs."""
        return ledger.results(self.database)

    async def settle(self) -> None:
        """Let everything recover and wait until nothing is open and nothing is owed."""
        for check in self.targets:
            self.recover(check)
        began = time.monotonic()

        async def settled() -> bool:
            status, text = await self.service.ask("/api/v2/incidents/unresolved.json")
            if status != 200 or json.loads(text)["incidents"]:
                return False
            return await asyncio.to_thread(owes_nothing, self.database)

        await until(settled, "that all is settled", SETTLED_WITHIN_SECONDS)
        await self.look()
        self.say(f"settled after {time.monotonic() - began:.1f} s")


@contextlib.asynccontextmanager
async def town(folder: Path, chance: random.Random) -> AsyncIterator[Town]:
    """A town whose service does not run yet."""
    async with contextlib.AsyncExitStack() as stack:
        sink = await stack.enter_async_context(smtp_sink())
        webs = {
            name: await stack.enter_async_context(target())
            for name in ("bank/web", "pay/web", "shop/web")
        }
        doors = {
            name: await stack.enter_async_context(greeter()) for name in ("shop/door", "desk/door")
        }
        config = CONFIG.format(
            smtp=sink.port,
            **{name.replace("/", "_"): web.url for name, web in webs.items()},
            **{name.replace("/", "_"): f"127.0.0.1:{door.port}" for name, door in doors.items()},
        )
        running = await stack.enter_async_context(service(folder, config, imported))
        yield Town(running, sink, {**webs, **doors}, chance)


def key_of(message_id: str) -> str:
    """The key in a Message-ID."""
    return message_id.strip("<>").partition("@")[0]


def owes_nothing(database: Path) -> bool:
    """Whether the outbox is empty, seen while the service runs."""
    return (
        ledger.count(database, "SELECT count(*) FROM fan_outs") == 0
        and ledger.count(database, "SELECT count(*) FROM deliveries WHERE state = 'pending'") == 0
    )


async def until(
    condition: Callable[[], object] | Callable[[], Awaitable[object]],
    what: str,
    within_seconds: float = 20.0,
) -> None:
    """Wait for something that another process brings about.

    Raises:
        AssertionError: It did not come about in time.
    """
    deadline = time.monotonic() + within_seconds
    while True:
        found = condition()
        if asyncio.iscoroutine(found):
            found = await found
        if found:
            return
        assert time.monotonic() < deadline, f"waited {within_seconds:g} s in vain for {what}"
        await asyncio.sleep(0.02)
