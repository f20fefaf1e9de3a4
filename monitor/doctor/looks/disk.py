"""The disk that the database is on: room, rights, and how long it takes to be sure of a write."""

from __future__ import annotations

import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from checks.duration import say_span
from monitor.doctor.examine import in_thread
from monitor.doctor.model import Found, Look, Surroundings, warning, well, wrong

LEAST_FREE = 100 * 2**20
LITTLE_FREE = 2**30
WRITES = 8
PAGE = b"\0" * 4096
SLOW = timedelta(milliseconds=50)


async def _disk(surroundings: Surroundings) -> Sequence[Found]:
    scheme, _, path = surroundings.config.storage.partition(":")
    if scheme != "sqlite":
        return []
    return await in_thread(lambda: examine_place(Path(path)))


def examine_place(database: Path) -> list[Found]:
    """What can be said of the place of a database, whether it exists yet or not."""
    folder = database.parent
    if not folder.is_dir():
        folder = folder.parent
        if not folder.is_dir():
            missing = f"the directory {database.parent} does not exist"
            return [wrong(missing, "make it, or change `storage`")]
    if not os.access(folder, os.W_OK | os.X_OK):
        return [wrong(f"{folder} cannot be written to", "give Upfront's user the right to")]
    if database.exists() and not os.access(database, os.R_OK | os.W_OK):
        return [wrong(f"{database} cannot be written to", "give Upfront's user the right to")]
    return [_room(database, folder), _certainty(folder)]


def _room(database: Path, folder: Path) -> Found:
    free = shutil.disk_usage(folder).free
    size = (
        f"{database} has {_size(database.stat().st_size)}" if database.exists() else "no data yet"
    )
    told = f"{size}, {_size(free)} free"
    if free < LEAST_FREE:
        return wrong(told, "make room: on a full disk nothing is recorded")
    if free < LITTLE_FREE:
        return warning(told, "make room before it runs out")
    return well(told)


def _certainty(folder: Path) -> Found:
    took = timedelta(seconds=statistics.median(_synced_writes(folder)))
    told = f"a write is safe on disk after {say_span(took)}"
    if took > SLOW:
        return warning(told, "every event waits so long: use a faster disk, not a network's")
    return well(told)


def _synced_writes(folder: Path) -> list[float]:
    took: list[float] = []
    with tempfile.TemporaryFile(dir=folder) as file:
        for _ in range(WRITES):
            began = time.monotonic()
            file.write(PAGE)
            file.flush()
            os.fsync(file.fileno())
            took.append(time.monotonic() - began)
    return took


def _size(number: float) -> str:
    for unit in ("B", "KiB", "MiB", "GiB"):
        if number < 1024:
            return f"{number:.0f} {unit}"
        number /= 1024
    return f"{number:.1f} TiB"


LOOK = Look("disk", _disk)
