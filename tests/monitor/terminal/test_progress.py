"""The line of progress, on a terminal and off it."""

from __future__ import annotations

import asyncio
import io

from monitor.terminal.progress import progress


class Terminal(io.StringIO):
    """A stream that says it is a terminal, and when something was written."""

    def __init__(self) -> None:
        super().__init__()
        self.told = asyncio.Event()

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self.told.set()
        return super().write(text)


async def test_a_terminal_is_told_and_then_cleared():
    terminal = Terminal()
    async with progress(lambda: "probing", terminal):
        await terminal.told.wait()
    assert terminal.getvalue() == "\r\033[Kprobing\r\033[K"


async def test_a_pipe_is_told_nothing():
    pipe = io.StringIO()
    async with progress(lambda: "probing", pipe):
        await asyncio.sleep(0)
    assert pipe.getvalue() == ""
