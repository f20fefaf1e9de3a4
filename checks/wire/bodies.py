"""Bodies of strangers: decompressed and decoded within bounds, and only when looked at."""

from __future__ import annotations

import codecs
import re
import zlib
from dataclasses import dataclass, field
from typing import Any

import msgspec

_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.ASCII | re.IGNORECASE)
# Decoders that take more than linear time, make surrogates of their own, or are no character sets.
_ODD_CODECS = {"idna", "punycode", "raw-unicode-escape", "unicode-escape", "undefined", "utf-7"}
_MOST_ENCODINGS = 3


@dataclass(slots=True)
class Headers:
    """The headers of an answer, as they came."""

    raw: list[tuple[bytes, bytes]]

    def get_all(self, name: str) -> list[str]:
        """All values under a name, whatever its case."""
        wanted = name.lower().encode("latin-1", "replace")
        return [
            value.decode("utf-8", "replace").strip()
            for key, value in self.raw
            if key.lower() == wanted
        ]

    def get(self, name: str) -> str:
        """The first value under a name, or an empty text."""
        return next(iter(self.get_all(name)), "")


@dataclass(slots=True)
class Body:
    """The body of an answer as far as it was read.

    `truncated` says that there was more. Decoding is done at the first look, since most
    checks never take one.
    """

    raw: bytes
    headers: Headers
    limit: int
    truncated: bool = False
    _decoded: bytes | None = field(default=None, repr=False)

    def text(self) -> str:
        """The text, in the character set that the headers name, or UTF-8.

        Raises:
            ValueError: The body is not what its Content-Encoding says.
        """
        return self.content().decode(self._charset(), "replace")

    def json(self) -> Any:
        """The document.

        Raises:
            ValueError: It is none.
        """
        try:
            return msgspec.json.decode(self.content().removeprefix(codecs.BOM_UTF8))
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as refused:
            more = f" (only {self.limit} bytes were read)" if self.truncated else ""
            raise ValueError(f"body is no JSON{more}: {refused}") from None

    def content(self) -> bytes:
        """The bytes without their Content-Encoding, up to the limit."""
        if self._decoded is None:
            self._decoded = self._decompressed()
        return self._decoded

    def _decompressed(self) -> bytes:
        data = self.raw
        for encoding in reversed(_encodings(self.headers)):
            data, more = _decompress(encoding, data, self.limit)
            self.truncated = self.truncated or more
        return data

    def _charset(self) -> str:
        found = _CHARSET.search(self.headers.get("Content-Type"))
        try:
            name = codecs.lookup(found[1] if found else "utf-8").name
            "".encode(name)
        except (LookupError, ValueError):
            return "utf-8"
        return "utf-8" if name in _ODD_CODECS else name


def _encodings(headers: Headers) -> list[str]:
    named = ",".join(headers.get_all("Content-Encoding")).lower().split(",")
    found = [name for name in map(str.strip, named) if name not in ("", "identity")]
    if len(found) > _MOST_ENCODINGS:
        raise ValueError(f"body is encoded {len(found)} times over")
    return found


def _decompress(encoding: str, data: bytes, limit: int) -> tuple[bytes, bool]:
    """The content, and whether there is more of it than the limit."""
    import brotli  # type: ignore[import-untyped]

    try:
        if encoding in ("gzip", "x-gzip"):
            return _inflate(data, 31, limit)
        if encoding == "deflate":
            return _inflate(data, 15 if data[:1] and data[0] & 15 == 8 else -15, limit)
        if encoding == "br":
            return _unbrotli(data, limit)
    except (zlib.error, brotli.error):
        raise ValueError(f"body is not {encoding}, as its Content-Encoding says") from None
    raise ValueError(f"body is encoded as {encoding[:20]}, which is not understood")


def _inflate(data: bytes, window: int, limit: int) -> tuple[bytes, bool]:
    inflater = zlib.decompressobj(window)
    found = inflater.decompress(data, limit)
    return found, bool(inflater.unconsumed_tail)


def _unbrotli(data: bytes, limit: int) -> tuple[bytes, bool]:
    import brotli

    decompressor = brotli.Decompressor()
    found = bytes(decompressor.process(data, output_buffer_limit=limit))
    return found[:limit], not decompressor.can_accept_more_data() or len(found) > limit
