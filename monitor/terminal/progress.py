"""A line on the terminal that says how far a command is; nothing where there is no terminal."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TextIO

EVERY_SECONDS = 0.1


@asynccontextmanager
async def progress(doing: Callable[[], str], stream: TextIO = sys.stderr) -> AsyncIterator[None]:
    """Keep a line up to date with what is being done, until the block ends."""
    if not stream.isatty():
        yield
        return
    telling = asyncio.create_task(_tell(doing, stream))
    try:
        yield
    finally:
        telling.cancel()
        await asyncio.wait([telling])
        stream.write("\r\033[K")
        stream.flush()


async def _tell(doing: Callable[[], str], stream: TextIO) -> None:
    while True:
        stream.write(f"\r\033[K{doing()}")
        stream.flush()
        await asyncio.sleep(EVERY_SECONDS)
