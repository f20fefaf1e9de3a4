"""Encodings, entity tags and what readers ask for."""

import gzip
import sys

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from statuspage.documents import HTML, PREFERRED, Document, matches, negotiate, publish

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


@pytest.mark.parametrize(
    ("accept", "encoding"),
    [
        ("", "identity"),
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, zstd", "zstd"),
        ("gzip", "gzip"),
        ("GZIP", "gzip"),
        ("br;q=0.5, gzip;q=0.8", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("*", "br"),
        ("*;q=0", "identity"),
        ("br;q=0, *", "zstd"),
        ("identity, gzip;q=0.5", "identity"),
        ("identity;q=0.5, gzip;q=0.5", "gzip"),
        ("deflate", "identity"),
        ("br;q=nonsense", "identity"),
        ("br;q=0.000", "identity"),
        ("x-gzip", "identity"),
        (",,;;q=1,", "identity"),
        ("br ; q=1.0 , gzip", "br"),
    ],
)
def test_an_encoding_is_chosen_by_weight_then_by_our_liking(accept, encoding):
    assert negotiate(accept) == encoding


@given(st.text(max_size=200))
def test_whatever_is_sent_some_encoding_is_chosen(accept):
    assert negotiate(accept) in PREFERRED


@pytest.mark.parametrize(
    ("header", "known"),
    [
        ("", False),
        ("*", True),
        ('"a-br"', True),
        ('W/"a-br"', True),
        ('"x", W/"y" ,"a-br"', True),
        ('"a-gzip"', False),
        ("a-br", False),
    ],
)
def test_a_tag_is_looked_for_in_a_list(header, known):
    assert matches('"a-br"', header) is known


def test_each_encoding_holds_the_same_and_has_its_own_tag():
    body = b"Everything is working. " * 100
    published = publish(Document(HTML, body), {"X-Policy": "strict"})
    unpack = {
        "br": brotli.decompress,
        "zstd": zstd.decompress,
        "gzip": gzip.decompress,
        "identity": bytes,
    }
    for encoding, variant in published.variants.items():
        assert unpack[encoding](variant.body) == body
        assert variant.headers["X-Policy"] == "strict"
        assert variant.headers.get("Content-Encoding", "identity") == encoding
    assert len({variant.etag for variant in published.variants.values()}) == 4


def test_the_same_bytes_have_the_same_tag_and_others_another():
    first = publish(Document(HTML, b"a" * 500), {}).variant("br")
    again = publish(Document(HTML, b"a" * 500), {}).variant("br")
    other = publish(Document(HTML, b"b" * 500), {}).variant("br")
    assert first.etag == again.etag != other.etag
    assert first.body == again.body
