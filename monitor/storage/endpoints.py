"""Subscribers' webhooks, each a row that holds it as JSON."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
from sqlite_utils import Database

from incidents.endpoints import Endpoint
from monitor.storage.disk import Disk
from monitor.storage.instants import to_microseconds
from monitor.storage.lookups import Lookup


class SqliteEndpoints:
    """The port `Endpoints`."""

    def __init__(self, disk: Disk) -> None:
        """Write to this file."""
        self._disk = disk
        self._lookup = Lookup(disk, _find)

    async def keep(self, endpoint: Endpoint) -> None:
        """Write a new one."""
        await self._disk.write(lambda database: _write(database, endpoint), durable=True)

    async def endpoint(self, id: str) -> Endpoint | None:
        """One of them."""
        return await self._lookup.one(id)

    async def change(
        self, id: str, change: Callable[[Endpoint], Endpoint | None]
    ) -> Endpoint | None:
        """Change or remove one; the writer's thread does nothing else in between."""

        def work(database: Database) -> Endpoint | None:
            found = _find(database, [id]).get(id)
            changed = change(found) if found else None
            if changed is None:
                database.execute("DELETE FROM endpoints WHERE id = ?", (id,))
            elif changed != found:
                _write(database, changed)
            return changed

        return await self._disk.write(work, durable=True)


def _find(database: Database, ids: Sequence[str]) -> dict[str, Endpoint]:
    rows = database.execute(
        "SELECT id, data FROM endpoints WHERE id IN (SELECT value FROM json_each(?))",
        (msgspec.json.encode(ids).decode(),),
    )
    return {id: msgspec.json.decode(data, type=Endpoint) for id, data in rows}


def _write(database: Database, endpoint: Endpoint) -> None:
    database.execute(
        "INSERT OR REPLACE INTO endpoints (id, state, created_at, data) VALUES (?, ?, ?, ?)",
        (
            endpoint.id,
            endpoint.state,
            to_microseconds(endpoint.created_at),
            msgspec.json.encode(endpoint).decode(),
        ),
    )
