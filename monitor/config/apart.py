"""A configuration loaded in a process of its own, so that this one goes on undisturbed."""

from __future__ import annotations

import asyncio
import gc
import io
import os
import pickle
import sys
from pathlib import Path
from typing import Any

from checks.kinds import KINDS
from checks.model import Kind
from monitor.config.config import Loaded
from monitor.config.load import load
from monitor.heap import collection_paused


async def load_in_process(path: Path) -> Loaded:
    """Load in a process of its own, which sees the environment as it is in this one.

    Raises:
        RuntimeError: The process ended without an answer (out of memory, killed).
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", __name__, str(path),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    try:
        data, _ = await process.communicate()
    except asyncio.CancelledError:
        process.kill()
        await process.wait()
        raise
    if process.returncode:
        raise RuntimeError(f"reading {path} ended with status {process.returncode}")
    return await asyncio.to_thread(unpack, data)


class _Pickler(pickle.Pickler):
    """Kinds hold functions, and are the same in every process: their names will do."""

    def persistent_id(self, obj: Any) -> str | None:
        return obj.name if isinstance(obj, Kind) else None


class _Unpickler(pickle.Unpickler):
    def persistent_load(self, pid: Any) -> Kind:
        return KINDS[pid]


def pack(loaded: Loaded) -> bytes:
    """A loaded configuration as bytes, for a process of the same version."""
    out = io.BytesIO()
    _Pickler(out, protocol=pickle.HIGHEST_PROTOCOL).dump(loaded)
    return out.getvalue()


def unpack(data: bytes) -> Loaded:
    """What `pack` was given; only ever call it with bytes of our own making.

    What came is frozen: it stays for long, and the collector needs 0.4 s to walk it.
    """
    with collection_paused():
        loaded = _Unpickler(io.BytesIO(data)).load()
        gc.freeze()
    assert isinstance(loaded, Loaded)
    return loaded


if __name__ == "__main__":
    sys.stdout.buffer.write(pack(load(sys.argv[1])))
