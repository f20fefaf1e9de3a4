"""A folder of files that we alone write: each whole or not at all, none of another's touched."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

from statuspage.documents import COMPRESSORS, SMALL, Document

MANIFEST = ".upfront-export"
"""Names what we wrote, one path a line, each before it is first written."""

PART = ".upfront-export.part"
PNG = "image/png"
ENDINGS = {"gzip": ".gz", "br": ".br"}
"""What file servers look for beside a file, by the encoding of it."""


class Refused(Exception):
    """We may not write there; says why, and what to do."""


class Tree:
    """The folder. `written` and `removed` count what was changed since it was opened."""

    def __init__(self, root: Path, *, precompress: bool = False) -> None:
        """Prepare; nothing is touched before `open`."""
        self.root = root
        self.written = self.removed = 0
        self._precompress = precompress
        self._ours: set[str] = set()
        self._wanted: set[str] = set()
        self._known: dict[str, bytes] = {}
        self._lock = -1

    @property
    def size(self) -> int:
        """How many files there are of ours."""
        return len(self._ours)

    def open(self) -> None:
        """Make the folder, or take it up where an export has written before; lock it.

        Raises:
            Refused: There is something else in it, or another export writes to it.
            OSError: It cannot be made or read.
        """
        self.root.mkdir(parents=True, exist_ok=True)
        self._lock = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self.close()
            raise Refused(f"Another export is writing to {self.root}.") from None
        self._ours = self._manifest()

    def close(self) -> None:
        """Let go of the folder."""
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def begin(self) -> None:
        """From here to `finish` everything that is to stay is put."""
        self._wanted = set()

    def put(self, file: str, document: Document) -> None:
        """Write a document unless it is there just so.

        Raises:
            Refused: Somebody else's file is in its place.
            OSError: It cannot be written.
        """
        digest = hashlib.blake2b(document.body, digest_size=16).digest()
        names = {file + ending: encoding for encoding, ending in self._endings(document).items()}
        if self._is_new(file, document.body, digest) or not all(map(self._is_there, names)):
            # The file itself comes last: while it is an old one, all of them are written again.
            for name, encoding in names.items():
                self._write(name, COMPRESSORS[encoding](document.body))
            self._write(file, document.body)
        self._known[file] = digest
        self._wanted.update((file, *names))

    def drop(self, file: str) -> None:
        """Remove a file, if it is ours."""
        for name in (file, *(file + ending for ending in ENDINGS.values())):
            self._remove(name)

    def finish(self) -> None:
        """Remove what was not put since `begin`.

        Raises:
            OSError: It cannot be removed.
        """
        for name in sorted(self._ours - self._wanted):
            self._remove(name)
        named = "".join(f"{name}\n" for name in sorted(self._ours)).encode()
        if _read(self.root / MANIFEST) != named:
            self._replace(MANIFEST, named)

    def _manifest(self) -> set[str]:
        try:
            return set((self.root / MANIFEST).read_text("utf-8").splitlines())
        except FileNotFoundError:
            if any(path.name != PART for path in self.root.iterdir()):
                raise Refused(
                    f"{self.root} holds files that no export wrote; name an empty folder, or one"
                    " that is not there yet."
                ) from None
            (self.root / MANIFEST).touch()
            return set()

    def _endings(self, document: Document) -> Mapping[str, str]:
        """Those that a document has files of, beside its own."""
        packable = len(document.body) >= SMALL and document.content_type != PNG
        return ENDINGS if self._precompress and packable else {}

    def _is_new(self, file: str, body: bytes, digest: bytes) -> bool:
        """Whether it is not there just so; what an earlier run left is looked into once."""
        known = self._known.get(file)
        if known is None:
            return file not in self._ours or _read(self.root / file) != body
        return known != digest or not self._is_there(file)

    def _is_there(self, name: str) -> bool:
        return name in self._ours and (self.root / name).exists()

    def _write(self, name: str, body: bytes) -> None:
        path = self.root / name
        if name not in self._ours:
            if os.path.lexists(path):
                raise Refused(f"{path} was not written by an export; move it away.")
            self._register(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        self._replace(name, body)
        self.written += 1

    def _register(self, name: str) -> None:
        with (self.root / MANIFEST).open("a", encoding="utf-8") as manifest:
            manifest.write(f"{name}\n")
        self._ours.add(name)

    def _replace(self, name: str, body: bytes) -> None:
        part = self.root / PART
        part.write_bytes(body)
        part.replace(self.root / name)

    def _remove(self, name: str) -> None:
        if name not in self._ours:
            return
        path = self.root / name
        path.unlink(missing_ok=True)
        self._ours.discard(name)
        self._known.pop(name, None)
        self.removed += 1
        for folder in path.parents:
            if folder == self.root or not _left_empty(folder):
                break


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _left_empty(folder: Path) -> bool:
    """Remove a folder if nothing is in it."""
    try:
        folder.rmdir()
    except OSError:
        return False
    return True
