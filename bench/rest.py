"""At rest: 1,000 checks every 20 s, beside Prometheus with blackbox_exporter doing the same.

Run: .venv/bin/python -m bench.rest [--checks 1000] [--seconds 80]

CPU per check, memory, and disk per result, of the whole product on one side, and of both
processes of the peer on the other. Both run at the same time on the same core, which they fill
to a fifth. Needs nginx-light, prometheus and prometheus-blackbox-exporter.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import uvloop

from bench import product
from bench.product import Target
from tests.service import free_port

INTERVAL_SECONDS = 20
TIMEOUT = "5s"
WARM_UP_SECONDS = 25
TABLES = ("results", "series")

PROMETHEUS = """\
global: {{scrape_interval: {interval}s, scrape_timeout: {timeout}}}
scrape_configs:
- job_name: bench
  metrics_path: /probe
  params: {{module: [bench]}}
  file_sd_configs: [{{files: [{targets}]}}]
  relabel_configs:
  - {{source_labels: [__address__], target_label: __param_target}}
  - {{source_labels: [__param_target], target_label: instance}}
  - {{target_label: __address__, replacement: "127.0.0.1:{exporter}"}}
"""


@dataclass(frozen=True)
class Usage:
    """What some processes used over a span, and held at its end."""

    cpu: float
    memory_mb: float


@contextlib.asynccontextmanager
async def peer(folder: Path, target: Target, core: int, checks: int) -> AsyncIterator[list[int]]:
    """Prometheus and blackbox_exporter on that many targets; their process ids."""
    async with product.exporter(folder, target, core, TIMEOUT) as (exporter, blackbox):
        urls = [{"targets": urls_of(target, checks)}]
        targets, config = folder / "targets.json", folder / "prometheus.yml"
        targets.write_text(json.dumps(urls))
        given = PROMETHEUS.format(
            interval=INTERVAL_SECONDS, timeout=TIMEOUT, targets=targets, exporter=exporter
        )
        config.write_text(given)
        port = free_port()
        arguments = (
            f"--config.file={config}", f"--storage.tsdb.path={folder}/prometheus",
            f"--web.listen-address=127.0.0.1:{port}",
        )  # fmt: skip
        async with product.program("prometheus", *arguments, core=core, port=port) as prometheus:
            yield [blackbox.pid, prometheus.pid]


def urls_of(target: Target, checks: int) -> list[str]:
    """A URL for each check, all of one server."""
    return [f"{target.http}{number}" for number in range(checks)]


async def used(pids: list[int], seconds: float) -> Usage:
    before = sum(map(product.cpu_seconds, pids))
    await asyncio.sleep(seconds)
    cpu = sum(map(product.cpu_seconds, pids)) - before
    return Usage(cpu, sum(map(product.resident_mb, pids)))


async def measure(folder: Path, checks: int, seconds: float) -> None:
    core = product.step_aside()
    async with product.nginx(folder) as target:
        body = product.checks_of(urls_of(target, checks), target.ca_file)
        spans = {"interval": f"{INTERVAL_SECONDS}s", "timeout": TIMEOUT}
        async with (
            peer(folder, target, core, checks) as theirs,
            product.upfront(folder, body, core=core, **spans) as running,
        ):
            await asyncio.sleep(WARM_UP_SECONDS)
            await running.get("/")
            assert running.process
            us, them = await asyncio.gather(
                used([running.process.pid], seconds), used(theirs, seconds)
            )
            results = sum((await product.outcomes(running)).values())
            assert set(await product.outcomes(running)) == {"pass"}, running.printed()
    tell(us, them, checks * seconds / INTERVAL_SECONDS)
    size(folder / ".data" / "upfront.db", results)


def tell(us: Usage, them: Usage, probes: float) -> None:
    ours, theirs = (one.cpu / probes * 1e3 for one in (us, them))
    print("| | upfront | prometheus, blackbox_exporter | ratio |")
    print(f"| CPU per check | {ours:.2f} ms | {theirs:.2f} ms | {ours / theirs:.2f}x |")
    share = us.memory_mb / them.memory_mb
    print(f"| memory | {us.memory_mb:.0f} MB | {them.memory_mb:.0f} MB | {share:.2f}x |")


def size(database: Path, results: float) -> None:
    """Disk per result; the fewer the results, the more of it is pages that are not full yet."""
    with contextlib.closing(sqlite3.connect(database)) as connection:
        page = connection.execute("PRAGMA page_size").fetchone()[0]
        rows = connection.execute("SELECT name, count(*) FROM dbstat GROUP BY name")
        pages = dict(rows.fetchall())
    raw = sum(pages[name] for name in TABLES) * page
    print(f"| disk per raw result, of {results:.0f} | {raw / results:.1f} B | | |")
    print(f"| the whole file | {database.stat().st_size / 1e6:.1f} MB | | |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checks", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=80)
    given = parser.parse_args()
    with product.folder() as folder:
        uvloop.run(measure(folder, given.checks, given.seconds))


if __name__ == "__main__":
    main()
