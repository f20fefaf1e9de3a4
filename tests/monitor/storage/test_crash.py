"""A process that is killed (kill -9) while it writes loses nothing that it had promised."""

import asyncio
import random
import sys

from monitor.storage.sqlite import SqliteStore

ROUNDS = 8

WRITER = """
import asyncio, sys
from pathlib import Path
from incidents.events import WarningRaised
from incidents.ports import Append
from monitor.storage.sqlite import SqliteStore
from tests.contracts.examples import NOW, SECOND, numbered, passing

async def main():
    store = SqliteStore(Path(sys.argv[1]))
    await store.start()
    position = await store.signals.last_position()
    sequence = len(await store.events.load("check:shop/api"))
    while True:
        results = [passing(NOW + (position + index) * SECOND / 7) for index in range(20)]
        await store.signals.add(numbered(*results, after=position))
        position += len(results)
        event = WarningRaised("w", position)
        append = Append("check:shop/api", sequence, NOW, "machine", (event,))
        [recorded] = await store.events.append([append])
        sequence += 1
        print(recorded.position, flush=True)

asyncio.run(main())
"""


async def test_after_a_kill_all_that_was_promised_is_there(tmp_path):
    path = tmp_path / "upfront.db"
    chance = random.Random(11)
    seen = 0
    for _ in range(ROUNDS):
        seen = await killed(path, chance.randrange(1, 60)) or seen
        store = SqliteStore(path)
        await store.start()
        events = await store.events.load("check:shop/api")
        assert [event.sequence for event in events] == list(range(1, len(events) + 1))
        assert len(events) >= seen > 0
        results = [item async for item in store.signals.since(0)]
        assert [item.position for item in results] == list(range(1, len(results) + 1))
        assert len(results) >= events[-1].event.signal_position
        assert await summed(store, results) == len(results)
        await store.close()


async def killed(path, after) -> int:
    """Run the writer until it has promised so much and a little longer; the last promise."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", WRITER, str(path), stdout=asyncio.subprocess.PIPE
    )
    for _ in range(after):
        await process.stdout.readline()
    process.kill()
    promised = (await process.stdout.read()).splitlines(keepends=True)
    await process.wait()
    whole = [int(line) for line in promised if line.endswith(b"\n")]
    return whole[-1] if whole else after


async def summed(store, results) -> int:
    from_at = results[0].signal.at.replace(second=0, microsecond=0)
    step = results[-1].signal.at - from_at
    found = await store.latencies.latency(["shop/api"], from_at, 2 * step)
    return sum(point.count for point in found["shop/api"])
