"""Keeps files as the pages are: all of them once, or again and again what has changed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain

import structlog

from incidents.ports import StorageError
from monitor.export.service import StoredService
from monitor.export.tree import Tree
from statuspage import assets
from statuspage.copies import Copy, Leaf, copies
from statuspage.ports import Past, Snapshot
from statuspage.routes import DocumentRoute

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Task:
    """A document of one page as of an instant, to be made into files."""

    copy: Copy
    leaf: Leaf
    snapshot: Snapshot

    @property
    def key(self) -> tuple[Copy, str]:
        """What tells the document from all others."""
        return self.copy, self.leaf.path


class Exporter:
    """Makes the documents of all public pages and puts them into a tree.

    `made` counts them, `failed` those that could not be made; what was there of them stays.
    """

    def __init__(self, tree: Tree, service: StoredService, routes: Sequence[DocumentRoute]) -> None:
        """Prepare; the tree is to be open."""
        self.tree = tree
        self.service = service
        self.made = self.failed = 0
        self._routes = routes
        self._assets = assets.load()
        self._copies: tuple[Copy, ...] = ()
        self._failed_before = 0
        self.adopt()

    @property
    def addresses(self) -> Sequence[str]:
        """Of what there are copies."""
        return tuple(copy.address for copy in self._copies)

    def adopt(self) -> None:
        """Go by the configuration that the service has now."""
        config = self.service.config
        self._copies = copies(
            tuple(config.pages.values()), self._routes, self._assets,
            f"http://{config.server.public}",
        )  # fmt: skip

    def begin(self) -> None:
        """Begin with a whole copy, with what its pages bring along."""
        self._failed_before = self.failed
        self.tree.begin()
        for copy in self._copies:
            for placed in copy.files():
                assert placed.document is not None
                self.tree.put(placed.file, placed.document)

    def current(self, snapshot: Snapshot) -> Iterator[Task]:
        """What tells how things stand."""
        return self._tasks(snapshot, Copy.current)

    def rest(self, snapshot: Snapshot) -> Iterator[Task]:
        """Everything else."""
        return self._tasks(snapshot, Copy.rest)

    def again(self, tasks: Sequence[Task], snapshot: Snapshot) -> Iterator[Task]:
        """The same documents as of another instant."""
        told = {copy: copy.told(snapshot) for copy in {task.copy for task in tasks}}
        return (replace(task, snapshot=told[task.copy]) for task in tasks)

    async def make(self, task: Task, past: Past) -> None:
        """Make one document; one that cannot be made takes no other along.

        Raises:
            StorageError: What it tells cannot be read.
            Refused: Somebody else's file is in its place.
            OSError: It cannot be written.
        """
        await asyncio.sleep(0)  # whoever waits gets a turn
        self.made += 1
        try:
            made = [one async for one in task.copy.made(task.leaf, task.snapshot, past)]
        except StorageError:
            raise
        except Exception:
            log.exception("a document cannot be made", path=task.leaf.path)
            self.failed += 1
            return
        for placed in made:
            if placed.document is None:
                self.tree.drop(placed.file)
            else:
                self.tree.put(placed.file, placed.document)

    def finish(self) -> None:
        """End a whole copy: what is no more goes, unless something could not be made."""
        if self.failed == self._failed_before:
            self.tree.finish()

    def _tasks(
        self, snapshot: Snapshot, choose: Callable[[Copy, Snapshot], Iterable[Leaf]]
    ) -> Iterator[Task]:
        for copy in self._copies:
            told = copy.told(snapshot)
            for leaf in choose(copy, told):
                yield Task(copy, leaf, told)


async def export(exporter: Exporter) -> None:
    """Make one whole copy.

    Raises:
        StorageError: What the service stored cannot be read.
        Refused: Somebody else's file is in the place of one of ours.
        OSError: The files cannot be written.
    """
    service = exporter.service
    service.look()
    service.fetch()
    snapshot = service.snapshot()
    exporter.begin()
    for task in chain(exporter.rest(snapshot), exporter.current(snapshot)):
        await exporter.make(task, service)
    exporter.finish()
