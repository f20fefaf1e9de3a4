"""A disk that can lose what was not synced, or be full, under the very SQLite that Upfront uses.

It wraps the file layer (VFS) of the library that Python's `sqlite3` has loaded and notes every
write, truncation and sync. `after_power_loss` then makes the files as a machine might find them
that lost power at some instant: what was synced is there, of the rest any part, writes torn.
"""

from __future__ import annotations

import _sqlite3
import ctypes
import random
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.support import unavailable

SECTOR = 512

_pointer = ctypes.c_void_p
# The name stays a pointer: SQLite keeps it, and reads on behind its end.
_Open = ctypes.CFUNCTYPE(ctypes.c_int, _pointer, _pointer, _pointer, ctypes.c_int, _pointer)
_Delete = ctypes.CFUNCTYPE(ctypes.c_int, _pointer, ctypes.c_char_p, ctypes.c_int)
_Close = ctypes.CFUNCTYPE(ctypes.c_int, _pointer)
_Write = ctypes.CFUNCTYPE(ctypes.c_int, _pointer, _pointer, ctypes.c_int, ctypes.c_int64)
_Truncate = ctypes.CFUNCTYPE(ctypes.c_int, _pointer, ctypes.c_int64)
_Sync = ctypes.CFUNCTYPE(ctypes.c_int, _pointer, ctypes.c_int)


class _Vfs(ctypes.Structure):
    """`sqlite3_vfs`; what is not replaced here is only copied."""

    _fields_ = (
        ("version", ctypes.c_int),
        ("file_size", ctypes.c_int),
        ("longest_path", ctypes.c_int),
        ("following", _pointer),
        ("name", ctypes.c_char_p),
        ("private", _pointer),
        ("open", _Open),
        ("delete", _Delete),
        ("rest", _pointer * 14),
    )


class _Methods(ctypes.Structure):
    """`sqlite3_io_methods`."""

    _fields_ = (
        ("version", ctypes.c_int),
        ("close", _Close),
        ("read", _pointer),
        ("write", _Write),
        ("truncate", _Truncate),
        ("sync", _Sync),
        ("rest", _pointer * 13),
    )


@dataclass(frozen=True)
class Op:
    """One thing done to one file; a mark of the test's has no path."""

    kind: str
    path: str = ""
    offset: int = 0
    data: bytes = b""
    mark: object = None


@dataclass
class Disk:
    """What was done so far, and whether the disk takes more."""

    ops: list[Op] = field(default_factory=list)
    full: bool = False

    def mark(self, mark: object) -> None:
        """Note that something is so by now."""
        self.ops.append(Op("mark", mark=mark))


def _library() -> ctypes.CDLL:
    for name in (_sqlite3.__file__, None):
        library = ctypes.CDLL(name)
        try:
            library.sqlite3_sourceid.restype = ctypes.c_char_p
            library.sqlite3_vfs_find.restype = ctypes.POINTER(_Vfs)
        except AttributeError:
            continue
        if library.sqlite3_sourceid().decode() == _source_id():
            return library
    return unavailable(
        "SQLite as a shared library", "servers", "use a Python that links it dynamically"
    )


def _source_id() -> str:
    connection = sqlite3.connect(":memory:")
    try:
        return connection.execute("SELECT sqlite_source_id()").fetchone()[0]
    finally:
        connection.close()


@contextmanager
def treacherous() -> Iterator[Disk]:
    """Databases opened within lie on such a disk."""
    library = _library()
    disk = Disk()
    original = library.sqlite3_vfs_find(None)
    wrapped, alive = _wrapped(original, disk)
    library.sqlite3_vfs_register(ctypes.byref(wrapped), 1)
    try:
        yield disk
    finally:
        library.sqlite3_vfs_unregister(ctypes.byref(wrapped))
        library.sqlite3_vfs_register(original, 1)
        alive.clear()


def _wrapped(original: ctypes._Pointer[_Vfs], disk: Disk) -> tuple[_Vfs, list[object]]:
    paths: dict[int, str] = {}
    methods: dict[int, _Methods] = {}
    real = original.contents

    def opened(vfs: int, name: int, file: int, flags: int, flags_out: int) -> int:
        code = real.open(ctypes.addressof(original.contents), name, file, flags, flags_out)
        place = ctypes.cast(file, ctypes.POINTER(_pointer))
        if code == sqlite3.SQLITE_OK and name and place[0]:
            paths[file] = Path(ctypes.string_at(name).decode()).name
            disk.ops.append(Op("open", paths[file]))
            if place[0] not in methods:
                methods[place[0]] = _methods(place[0], paths, disk)
            place[0] = ctypes.addressof(methods[place[0]])
        return code

    def deleted(vfs: int, name: bytes, sync: int) -> int:
        disk.ops.append(Op("delete", Path(name.decode()).name))
        return real.delete(ctypes.addressof(real), name, sync)

    wrapped = _Vfs()
    ctypes.memmove(ctypes.byref(wrapped), original, ctypes.sizeof(_Vfs))
    wrapped.name = b"treacherous"
    wrapped.following = None
    wrapped.open = _Open(opened)
    wrapped.delete = _Delete(deleted)
    return wrapped, [wrapped, methods]


def _methods(address: int, paths: dict[int, str], disk: Disk) -> _Methods:
    original = _Methods.from_address(address)

    def write(file: int, data: int, size: int, offset: int) -> int:
        if disk.full:
            return sqlite3.SQLITE_FULL
        disk.ops.append(Op("write", paths[file], offset, ctypes.string_at(data, size)))
        return original.write(file, data, size, offset)

    def truncate(file: int, size: int) -> int:
        disk.ops.append(Op("truncate", paths[file], size))
        return original.truncate(file, size)

    def sync(file: int, flags: int) -> int:
        code = original.sync(file, flags)
        if code == sqlite3.SQLITE_OK:
            disk.ops.append(Op("sync", paths[file]))
        return code

    changed = _Methods()
    ctypes.memmove(ctypes.byref(changed), address, ctypes.sizeof(_Methods))
    changed.write = _Write(write)
    changed.truncate = _Truncate(truncate)
    changed.sync = _Sync(sync)
    return changed


def after_power_loss(ops: list[Op], directory: Path, chance: random.Random) -> list[object]:
    """Make the files as they may be after these; returns the marks that were set by then."""
    durable: dict[str, bytearray] = {}
    pending: dict[str, list[Op]] = {}
    for op in ops:
        if op.kind in ("write", "truncate"):
            pending.setdefault(op.path, []).append(op)
        elif op.kind == "sync":
            for earlier in pending.pop(op.path, []):
                _apply(durable.setdefault(op.path, bytearray()), earlier)
        elif op.kind == "delete":
            durable.pop(op.path, None)
            pending.pop(op.path, None)
    for path, unsynced in pending.items():
        for op in unsynced:
            if chance.random() < 0.5:
                _apply(durable.setdefault(path, bytearray()), _torn(op, chance))
    for path, content in durable.items():
        (directory / path).write_bytes(content)
    return [op.mark for op in ops if op.kind == "mark"]


def _apply(content: bytearray, op: Op) -> None:
    if op.kind == "truncate":
        del content[op.offset :]
        return
    missing = op.offset + len(op.data) - len(content)
    content.extend(bytes(max(0, missing)))
    content[op.offset : op.offset + len(op.data)] = op.data


def _torn(op: Op, chance: random.Random) -> Op:
    if op.kind != "write" or chance.random() < 0.7:
        return op
    sectors = chance.randrange(len(op.data) // SECTOR + 1)
    return Op("write", op.path, op.offset, op.data[: sectors * SECTOR])
