"""A new configuration whenever the content of a file that it rests on changes."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import watchfiles

from checks.clock import Clock, SystemClock
from monitor.config.apart import load_in_process
from monitor.config.config import Loaded
from monitor.config.files import digest_now
from monitor.config.issues import Issue
from monitor.config.nodes import Place

POLL = timedelta(seconds=5)
"""How often the content is looked at where nothing tells of changes (network file systems)."""

SETTLE = timedelta(milliseconds=100)
"""A file that was written is read once it stayed the same for so long."""

Read = Callable[[Path], Awaitable[Loaded]]


class Watcher:
    """Looks after the files of a configuration.

    It compares content, so that mounted files, Kubernetes' swapped symlinks and editors that
    replace a file are all seen, and a touched file is not. Who swaps the configuration is the
    caller: a `Loaded` with mistakes comes through as well, to be shown.
    """

    def __init__(
        self,
        path: Path,
        first: Loaded,
        *,
        read: Read = load_in_process,
        clock: Clock | None = None,
        poll: timedelta = POLL,
    ) -> None:
        """Watch the file that `first` was loaded from."""
        self._path = path
        self._last = first
        self._read = read
        self._clock = clock or SystemClock()
        self._poll = poll
        self._nudged = asyncio.Event()
        self._forced = False

    def nudge(self) -> None:
        """Read again now, changed or not (SIGHUP, an operator's request)."""
        self._forced = True
        self._nudged.set()

    async def changes(self) -> AsyncIterator[Loaded]:
        """Each time the content changed: what came of it."""
        while True:
            await self._stirred()
            if not self._forced and await self._digest() == self._last.digest:
                continue
            self._forced = False
            await self._settled()
            yield await self._reread()

    async def _reread(self) -> Loaded:
        try:
            self._last = await self._read(self._path)
        except (OSError, RuntimeError) as error:
            # Out of memory or processes: say so, and look again when the content changes.
            self._last = replace(self._last, digest=await self._digest())
            issue = Issue(Place(str(self._path), 1, 1), f"could not be read: {error}")
            return Loaded(None, (issue,))
        return self._last

    async def _digest(self) -> str:
        return await asyncio.to_thread(digest_now, self._last.files, self._last.folders)

    async def _settled(self) -> None:
        before, after = "", await self._digest()
        while before != after:
            await self._clock.sleep(SETTLE)
            before, after = after, await self._digest()

    async def _stirred(self) -> None:
        """Return when something happened in one of the folders, or it is time to look."""
        self._nudged.clear()
        if self._forced:
            return
        try:
            await self._told()
        except OSError:
            # Nothing tells us, such as where the kernel's watches are used up.
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._nudged.wait(), self._poll.total_seconds())

    async def _told(self) -> None:
        async for _ in watchfiles.awatch(
            *self._folders(),
            watch_filter=None,
            recursive=False,
            stop_event=self._nudged,
            rust_timeout=int(self._poll / timedelta(milliseconds=1)),
            yield_on_timeout=True,
            debounce=int(SETTLE / timedelta(milliseconds=1)),
            ignore_permission_denied=True,
        ):
            return

    def _folders(self) -> set[Path]:
        """The folders that hold the files, and those that their symlinks lead to."""
        files = (self._path.absolute(), *self._last.files)
        near = {path.parent for path in files} | {path.resolve().parent for path in files}
        return {folder for folder in near | set(self._last.folders) if folder.is_dir()}
