"""Checks per CPU second: the whole product against blackbox_exporter alone, on one core.

Run: .venv/bin/python -m bench.probe [--seconds 10] [--rounds 3] [--scheme http]

Both probe the same nginx, over fresh connections, at the same rate. Upfront is `upfront run`:
it schedules, probes, judges, stores and serves its page. blackbox_exporter only probes; the
client that asks it, in the place of Prometheus, is not counted. Needs nginx-light and
prometheus-blackbox-exporter.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import uvloop

from bench import product
from bench.product import Target

WARM_UP_SECONDS = 4.0
TIMEOUT = "1s"
CONNECTIONS = 16
RATES = {"http": 600, "https": 200}
"""Probes a second: what both can do on the core beside other work."""


@dataclass(frozen=True)
class Measured:
    checks: float
    cpu: float

    @property
    def micros(self) -> float:
        """CPU of one check."""
        return self.cpu / self.checks * 1e6


async def ours(folder: Path, target: Target, scheme: str, core: int, seconds: float) -> Measured:
    body = product.checks_of([target.url(scheme)] * RATES[scheme], target.ca_file)
    async with product.upfront(folder, body, core=core, interval="1s", timeout=TIMEOUT) as running:
        assert running.process
        await asyncio.sleep(WARM_UP_SECONDS)
        before = await product.outcomes(running)
        cpu = product.cpu_seconds(running.process.pid)
        await asyncio.sleep(seconds)
        cpu = product.cpu_seconds(running.process.pid) - cpu
        after = await product.outcomes(running)
        assert set(after) == {"pass"}, (after, running.printed())
        return Measured(after["pass"] - before["pass"], cpu)


async def theirs(folder: Path, target: Target, scheme: str, core: int, seconds: float) -> Measured:
    async with product.exporter(folder, target, core, TIMEOUT) as (port, process):
        url = f"http://127.0.0.1:{port}/probe?module=bench&target={target.url(scheme)}"
        await ask_all(url, RATES[scheme], WARM_UP_SECONDS)
        cpu = product.cpu_seconds(process.pid)
        asked = await ask_all(url, RATES[scheme], seconds)
        return Measured(asked, product.cpu_seconds(process.pid) - cpu)


async def ask_all(url: str, rate: int, seconds: float) -> int:
    """Have it probe at a steady rate, over kept connections; how often it did."""
    count = int(rate * seconds)
    async with aiohttp.ClientSession() as session:
        shares = [range(first, count, CONNECTIONS) for first in range(CONNECTIONS)]
        start = asyncio.get_running_loop().time()
        await asyncio.gather(*(ask(session, url, start, rate, share) for share in shares))
    return count


async def ask(
    session: aiohttp.ClientSession, url: str, start: float, rate: int, share: range
) -> None:
    clock = asyncio.get_running_loop().time
    for number in share:
        await asyncio.sleep(max(0.0, start + number / rate - clock()))
        async with session.get(url) as answer:
            assert "probe_success 1" in await answer.text()


async def compare(scheme: str, core: int, seconds: float, rounds: int) -> None:
    """Both in turn, several times; the medians are what is told."""
    found: dict[str, list[float]] = {"upfront": [], "blackbox_exporter": []}
    for _ in range(rounds):
        for name, measure in zip(found, (ours, theirs), strict=True):
            with product.folder() as folder:
                async with product.nginx(folder) as target:
                    one = await measure(folder, target, scheme, core, seconds)
            found[name].append(one.micros)
            print(f"  {scheme} {name}: {one.checks:.0f} checks, {one.micros:.0f} us", flush=True)
    micros = {name: statistics.median(values) for name, values in found.items()}
    for name, value in micros.items():
        print(f"| {scheme}, {name} | {value:.0f} us | {1e6 / value:,.0f} |")
    ratios = [peer / one for one, peer in zip(*found.values(), strict=True)]
    low, high = min(ratios), max(ratios)
    print(f"| {scheme}, ratio | {statistics.median(ratios):.2f}x | {low:.2f} to {high:.2f}x |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--scheme", choices=list(RATES), action="append")
    given = parser.parse_args()
    core = product.step_aside()
    for scheme in given.scheme or RATES:
        uvloop.run(compare(scheme, core, given.seconds, given.rounds))


if __name__ == "__main__":
    main()
