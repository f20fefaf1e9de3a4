"""A configuration loaded in a process of its own, so that this one goes on undisturbed.

What reading takes, pydantic above all, is never imported here and gone when that process ends.
"""

from __future__ import annotations

import asyncio
import gc
import io
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from checks.kinds import KINDS
from checks.model import Kind
from monitor.config.config import Loaded
from monitor.heap import collection_paused


def begin_loading(path: Path) -> Callable[[], Loaded]:
    """Begin to load in a process of its own; what is returned waits for what came of it.

    It raises RuntimeError if the process ended without an answer (out of memory, killed).
    """
    process = subprocess.Popen(_command(path), env=_environ(), **_PIPES)

    def loaded() -> Loaded:
        with process:
            data, _ = process.communicate()
        return _answer(path, process.returncode, data)

    return loaded


async def load_in_process(path: Path) -> Loaded:
    """Load in a process of its own, which sees the environment as it is in this one.

    Raises:
        RuntimeError: The process ended without an answer (out of memory, killed).
    """
    process = await asyncio.create_subprocess_exec(*_command(path), env=_environ(), **_PIPES)
    try:
        data, _ = await process.communicate()
    except asyncio.CancelledError:
        process.kill()
        await process.wait()
        raise
    return await asyncio.to_thread(_answer, path, process.returncode, data)


_PIPES: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE}


def _command(path: Path) -> list[str]:
    return [sys.executable, "-P", "-c", f"from {__name__} import main; main()", str(path)]


def _environ() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}


def _answer(path: Path, status: int | None, data: bytes) -> Loaded:
    if status:
        raise RuntimeError(f"reading {path} ended with status {status}")
    return unpack(data)


def pack(loaded: Loaded) -> bytes:
    """A loaded configuration as bytes, for a process of the same version."""
    out = io.BytesIO()
    pickler = pickle.Pickler(out, protocol=pickle.HIGHEST_PROTOCOL)
    # Kinds hold functions, and are the same in every process: their names will do.
    pickler.dispatch_table = {Kind: lambda kind: (_kind, (kind.name,))}
    pickler.dump(loaded)
    return out.getvalue()


def _kind(name: str) -> Kind:
    return KINDS[name]


def unpack(data: bytes) -> Loaded:
    """What `pack` was given; only ever call it with bytes of our own making.

    What came is frozen: it stays for long, and the collector needs 0.4 s to walk it.
    """
    with collection_paused():
        loaded = pickle.loads(data)  # noqa: S301 - see above
        gc.freeze()
    assert isinstance(loaded, Loaded)
    return loaded


def main() -> None:
    """Load the file that is named, and answer on standard output."""
    from monitor.config.load import load

    sys.stdout.buffer.write(pack(load(sys.argv[1])))
