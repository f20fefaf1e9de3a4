"""Fault to first notification: how long until the operator's mail is there.

Run: .venv/bin/python -m bench.latency [--faults 15]

The whole product, interval 5 s, `confirm: {fail: 3/3}`. One target after another begins to fail
at an instant of its own within the interval, and the mail about it is awaited at an SMTP server.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import time
from contextlib import AsyncExitStack
from pathlib import Path

import uvloop

from bench import product
from tests.service import Target, target
from tests.smtp import Mail, Sink, smtp_sink

INTERVAL = "5s"
INTERVAL_SECONDS = 5.0
WARM_UP_SECONDS = 7.0
PROMETHEUS_SECONDS = 15.4
"""Mean of Prometheus with `for: 10s`, evaluated and scraped each 5 s (DESIGN 15)."""

TOLD = """\
channels:
  mail: {{host: 127.0.0.1, port: {port}, tls: none, from: status@acme.example}}
routes:
  oncall: {{to: "mail:oncall@acme.example"}}
"""


def config(targets: list[Target], port: int) -> str:
    lines = [TOLD.format(port=port) + "components:"]
    for number, one in enumerate(targets):
        lines += [
            f"  part-{number}:",
            f"    name: Part {number} of {len(targets)}",
            "    checks:",
            f"      api: {{http: '{one.url}', confirm: {{fail: 3/3}}}}",
        ]
    return "\n".join(lines) + "\n"


async def told_after(number: int, one: Target, sink: Sink, delay: float) -> float:
    """Seconds from the fault to the first mail that names the component."""
    await asyncio.sleep(delay)
    one.fail()
    began = time.monotonic()
    async with asyncio.timeout(60), sink.arrived:
        await sink.arrived.wait_for(lambda: any(names(mail, number) for mail in sink.mails))
    return time.monotonic() - began


def names(mail: Mail, number: int) -> bool:
    return f"Part {number} of" in str(mail.message["Subject"])


async def measure(folder: Path, faults: int) -> None:
    core, chance = product.step_aside(), random.Random(1)
    async with AsyncExitStack() as stack:
        sink = await stack.enter_async_context(smtp_sink())
        targets = [await stack.enter_async_context(target()) for _ in range(faults)]
        body = config(targets, sink.port)
        await stack.enter_async_context(
            product.upfront(folder, body, core=core, interval=INTERVAL, timeout="2s")
        )
        await asyncio.sleep(WARM_UP_SECONDS)
        delays = [(number + chance.random()) * INTERVAL_SECONDS / 2 for number in range(faults)]
        took = await asyncio.gather(
            *(
                told_after(number, one, sink, delay)
                for number, (one, delay) in enumerate(zip(targets, delays, strict=True))
            )
        )
    mean = statistics.mean(took)
    print(f"| {faults} faults | mean {mean:.2f} s | median {statistics.median(took):.2f} s |")
    print(f"| | least {min(took):.2f} s | most {max(took):.2f} s |")
    print(f"| of {PROMETHEUS_SECONDS} s | {mean / PROMETHEUS_SECONDS:.2f}x |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--faults", type=int, default=15)
    given = parser.parse_args()
    with product.folder() as folder:
        uvloop.run(measure(folder, given.faults))


if __name__ == "__main__":
    main()
