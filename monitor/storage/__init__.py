"""Keep: the adapters of storage, chosen by the scheme of an address."""

from __future__ import annotations

from pathlib import Path

from checks.meter import SILENT, Meter
from incidents.ports import StorageError, Store
from monitor.archive import Archive
from monitor.export.ports import Told


def open_store(address: str, meter: Meter = SILENT) -> Store:
    """The store at an address such as `sqlite:.data/upfront.db`, not yet started.

    Raises:
        StorageError: The address names no storage that this Upfront knows.
    """
    from monitor.storage.sqlite import SqliteStore

    return SqliteStore(_sqlite(address), meter)


def open_archive(address: str) -> Archive:
    """What is stored at such an address, to be read while a service may be writing to it.

    Raises:
        StorageError: Nothing is stored there, or it cannot be read.
    """
    from monitor.storage.archive import SqliteArchive

    return SqliteArchive(_sqlite(address))


def open_told(address: str) -> Told:
    """What the pages are made from, stored at such an address, to be read beside a service.

    Raises:
        StorageError: Nothing is stored there, or it cannot be read.
    """
    from monitor.storage.told import SqliteTold

    return SqliteTold(_sqlite(address))


def _sqlite(address: str) -> Path:
    scheme, _, place = address.partition(":")
    if scheme != "sqlite" or not place:
        raise StorageError(f"Storage {address!r} is not known; write sqlite:PATH.")
    return Path(place)
