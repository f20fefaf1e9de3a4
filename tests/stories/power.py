"""Takes away what a loss of power would: what SQLite wrote and did not sync.

A commit with synchronous=FULL syncs the write-ahead log up to its end; others leave what they
wrote to the kernel. After a kill the log still holds both, so we cut off what follows the
last commit that changed one of the tables that must last.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.stories.ledger import lasting

HEADER_BYTES = 32
FRAME_HEADER_BYTES = 24
BACKFILL_ATTEMPTED_AT = 128
"""Where the -shm file says how many frames a checkpoint has set out to move: synced by it."""


@dataclass(frozen=True)
class Loss:
    """What was taken away: bytes of the log, and how many commits were in them."""

    size: int
    commits: int


def lose_power(database: Path, chance: random.Random | None = None) -> Loss:
    """Cut the log off where no sync vouches for it, or by chance somewhere behind that."""
    wal = database.with_name(f"{database.name}-wal")
    shm = database.with_name(f"{database.name}-shm")
    if not wal.exists() or not wal.stat().st_size:
        return Loss(0, 0)
    content = wal.read_bytes()
    ends = [HEADER_BYTES, *commit_ends(content)]
    synced = synced_by_checkpoint(content, shm.read_bytes() if shm.exists() else b"")
    kept = first_lasting(database, [end for end in ends if end >= synced])
    last = ends[-1]
    cut = chance.randint(kept, last) if chance and chance.random() < 0.3 else kept
    wal.write_bytes(content[:cut])
    shm.unlink(missing_ok=True)
    return Loss(last - cut, sum(end > cut for end in ends))


def first_lasting(database: Path, ends: list[int]) -> int:
    """The first commit from which on the tables that must last stay as they are."""
    whole = lasting(database)
    kept = ends[-1]
    for end in reversed(ends):
        if lasting(database, end) != whole:
            break
        kept = end
    return kept


def commit_ends(wal: bytes) -> Iterator[int]:
    """Where in the log each commit ends; old frames behind the last one have another salt."""
    if len(wal) < HEADER_BYTES:
        return
    salt = wal[16:24]
    frame = frame_bytes(wal)
    for start in range(HEADER_BYTES, len(wal) - frame + 1, frame):
        if wal[start + 8 : start + 16] != salt:
            return
        if struct.unpack_from(">I", wal, start + 4)[0]:
            yield start + frame


def synced_by_checkpoint(wal: bytes, shm: bytes) -> int:
    """The end of the frames that a checkpoint has begun to move to the database."""
    if len(shm) < BACKFILL_ATTEMPTED_AT + 4 or len(wal) < HEADER_BYTES:
        return 0
    frames: int = struct.unpack_from("=I", shm, BACKFILL_ATTEMPTED_AT)[0]
    return HEADER_BYTES + frames * frame_bytes(wal) if frames else 0


def frame_bytes(wal: bytes) -> int:
    """The size of a frame: its header and a page."""
    page: int = struct.unpack_from(">I", wal, 8)[0]
    return FRAME_HEADER_BYTES + page
