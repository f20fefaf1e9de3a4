"""Keep: the adapters of storage, chosen by the scheme of an address."""

from __future__ import annotations

from pathlib import Path

from checks.meter import SILENT, Meter
from incidents.ports import StorageError, Store


def open_store(address: str, meter: Meter = SILENT) -> Store:
    """The store at an address such as `sqlite:.data/upfront.db`, not yet started.

    Raises:
        StorageError: The address names no storage that this Upfront knows.
    """
    scheme, _, place = address.partition(":")
    if scheme != "sqlite" or not place:
        raise StorageError(f"Storage {address!r} is not known; write sqlite:PATH.")
    from monitor.storage.sqlite import SqliteStore

    return SqliteStore(Path(place), meter)
