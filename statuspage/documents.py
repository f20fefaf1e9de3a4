"""Finished answers: a document's bytes in every encoding, each with its own strong ETag."""

from __future__ import annotations

import gzip
import hashlib
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial

import brotli  # type: ignore[import-untyped]
from multidict import CIMultiDict

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

HTML = "text/html; charset=utf-8"
JSON = "application/json; charset=utf-8"

REVALIDATE = "no-cache"
BRIEFLY = "public, max-age=10"
NEVER_KEPT = "no-store"
FOREVER = "public, max-age=31536000, immutable"

IDENTITY = "identity"
PREFERRED = ("br", "zstd", "gzip", IDENTITY)
"""The encodings we keep, the one that we like best first."""

SMALL = 256
"""What has fewer bytes is not worth compressing."""

_FRAMES = ("frame-ancestors 'none'", "frame-ancestors *")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9a-z-]+", re.ASCII)
_ETAG = re.compile(r'(?:W/)?"([^"]*)"')


COMPRESSORS: Mapping[str, Callable[[bytes], bytes]] = {
    "br": partial(brotli.compress, quality=5),
    "zstd": partial(zstd.compress, level=6),
    "gzip": partial(gzip.compress, compresslevel=6, mtime=0),
}


@dataclass(frozen=True, slots=True)
class Document:
    """What a renderer makes: bytes of a media type, before any encoding.

    `cache` is its Cache-Control. `shared` lets scripts of other sites read it, `embeddable`
    lets them show it in a frame. `language` is the one it is written in, if any.
    """

    content_type: str
    body: bytes
    status: int = 200
    cache: str = REVALIDATE
    shared: bool = False
    embeddable: bool = False
    language: str = ""


@dataclass(frozen=True, slots=True)
class Variant:
    """A document in one encoding, with the header fields that go out with it.

    `unchanged` are those of a 304.
    """

    body: bytes
    etag: str
    headers: Mapping[str, str]
    unchanged: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Published:
    """A document made ready to be sent without further work."""

    document: Document
    variants: Mapping[str, Variant]

    def variant(self, accept_encoding: str) -> Variant:
        """The variant for a reader; identity when it names nothing that we have."""
        return self.variants[negotiate(accept_encoding)]


def publish(document: Document, policy: Mapping[str, str]) -> Published:
    """Compress a document into its variants; `policy` are header fields that all carry.

    What it varies by joins what every compressed document varies by.
    """
    digest = hashlib.blake2b(document.body, digest_size=9).hexdigest()
    bodies = _encoded(document.body)
    return Published(
        document,
        {
            encoding: _variant(document, bodies[encoding], encoding, digest, policy)
            for encoding in PREFERRED
        },
    )


def matches(etag: str, if_none_match: str) -> bool:
    """Whether the reader already has it: `*` or a list of tags, compared weakly."""
    if not if_none_match:
        return False
    return if_none_match.strip() == "*" or etag.strip('"') in _ETAG.findall(if_none_match)


@lru_cache(maxsize=512)
def negotiate(accept_encoding: str) -> str:
    """The encoding that the reader weighs highest, our preference between equals."""
    weights = dict(_weights(accept_encoding))
    rest = weights.get("*", 0.0)
    offered = {name: weights.get(name, rest) for name in PREFERRED[:-1]}
    best = max(offered, key=lambda name: offered[name])
    floor = weights.get(IDENTITY, 0.0)
    return best if offered[best] > 0 and offered[best] >= floor else IDENTITY


def _weights(accept_encoding: str) -> list[tuple[str, float]]:
    found = []
    for part in accept_encoding.lower().split(",")[:32]:
        name, _, parameters = part.partition(";")
        if name.strip() == "*" or _TOKEN.fullmatch(name.strip()):
            found.append((name.strip(), _quality(parameters)))
    return found


def _quality(parameters: str) -> float:
    key, _, value = parameters.strip().partition("=")
    if key.strip() != "q":
        return 1.0
    return float(value) if re.fullmatch(r"\s*(0(\.\d{0,3})?|1(\.0{0,3})?)\s*", value) else 0.0


def _encoded(body: bytes) -> dict[str, bytes]:
    if len(body) < SMALL:
        return dict.fromkeys(PREFERRED, body)
    return {name: compress(body) for name, compress in COMPRESSORS.items()} | {IDENTITY: body}


def _variant(
    document: Document, body: bytes, encoding: str, digest: str, policy: Mapping[str, str]
) -> Variant:
    etag = f'"{digest}-{encoding}"'
    unchanged = {
        **(_framed(policy) if document.embeddable else policy),
        "Cache-Control": document.cache,
        "Vary": ", ".join(filter(None, ("Accept-Encoding", policy.get("Vary")))),
        "ETag": etag,
    }
    if document.shared:
        unchanged["Access-Control-Allow-Origin"] = "*"
        unchanged["Access-Control-Expose-Headers"] = "ETag"
    if document.language:
        unchanged["Content-Language"] = document.language
    headers = {**unchanged, "Content-Type": document.content_type}
    if body is not document.body:
        headers["Content-Encoding"] = encoding
    return Variant(body, etag, CIMultiDict(headers), CIMultiDict(unchanged))


def _framed(policy: Mapping[str, str]) -> dict[str, str]:
    """The same policy for what other sites may put into a frame."""
    name = "Content-Security-Policy"
    return {**policy, name: policy.get(name, "").replace(*_FRAMES)}
