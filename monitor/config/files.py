"""What is read from the disk, with a hash of it; and bytes to text."""

from __future__ import annotations

import codecs
import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from monitor.config.nodes import Place, Unreadable

LARGEST_BYTES = 64 * 2**20


@dataclass(slots=True)
class Files:
    """Reads files and remembers what was in them, so that a change can be told by content.

    `folders` are those in which a glob may find more.
    """

    hashes: dict[Path, bytes] = field(default_factory=dict)
    folders: set[Path] = field(default_factory=set)

    def read(self, path: Path, largest: int = LARGEST_BYTES) -> bytes:
        """The bytes of a file, one more than `largest` at most; raises OSError."""
        self.hashes[path] = b"unread"
        with path.open("rb") as opened:
            data = opened.read(largest + 1)
        self.hashes[path] = hashlib.sha256(data).digest()
        return data

    def digest(self) -> str:
        """One hash of all that was read, and of the names in the folders."""
        found = hashlib.sha256()
        for path, content in sorted(self.hashes.items()):
            found.update(os.fsencode(path) + b"\0" + content)
        for folder in sorted(self.folders):
            found.update(b"\0".join(sorted(os.fsencode(name) for name in _names(folder))))
        return found.hexdigest()


def digest_now(files: Iterable[Path], folders: Iterable[Path]) -> str:
    """The hash that reading the same files would give now."""
    again = Files(folders=set(folders))
    for path in files:
        try:
            again.read(path)
        except OSError:
            continue
    return again.digest()


def is_file(path: Path) -> bool:
    """Whether there is such a file; a path that cannot be one is none."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _names(folder: Path) -> list[str]:
    try:
        return [one.name for one in folder.iterdir()]
    except OSError:
        return []


def read_text(path: Path, file: str, files: Files) -> str:
    """A file's text, without BOM; `file` is what its issues call it.

    Raises:
        Unreadable: It cannot be opened, is too large, or is not UTF-8.
    """
    try:
        data = files.read(path)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise Unreadable(Place(file, 1, 1), f"cannot be read: {reason}") from None
    if len(data) > LARGEST_BYTES:
        raise Unreadable(Place(file, 1, 1), "the file is larger than 64 MB")
    return decoded(data, file)


def decoded(data: bytes, file: str) -> str:
    """UTF-8 with or without BOM.

    Raises:
        Unreadable: It is something else; the place is the first byte that shows it.
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise Unreadable(Place(file, 1, 1), "the file is UTF-16", "save it as UTF-8")
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        before = data[: error.start].decode()
        place = Place(file, before.count("\n") + 1, len(before) - before.rfind("\n"))
        raise Unreadable(
            place,
            f"the file is not UTF-8: byte 0x{data[error.start]:02X}",
            "it looks like Latin-1 or Windows-1252; save it as UTF-8",
        ) from None
