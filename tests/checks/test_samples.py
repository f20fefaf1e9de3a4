"""Numbers as programs send them: what is read, and what is said of what is not."""

import json
import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.samples import MOST_SAMPLES, Sample, read_samples

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
EPOCH = NOON.timestamp()


@pytest.mark.parametrize(
    ("body", "samples"),
    [
        ("812", [Sample(812.0)]),
        (" -1.5e3\r\n", [Sample(-1500.0)]),
        (f"812 {EPOCH}", [Sample(812.0, NOON)]),
        ("812 2026-11-22T13:00:00+01:00", [Sample(812.0, NOON)]),
        (f"2 {EPOCH + 60}\n1 {EPOCH}\n", [Sample(1.0, NOON), Sample(2.0, NOON.replace(minute=1))]),
        ('{"value": 812}', [Sample(812.0)]),
        ('{"value": "812", "at": "2026-11-22T12:00:00Z"}', [Sample(812.0, NOON)]),
        (f'[{{"value": 1, "at": {EPOCH}}}]', [Sample(1.0, NOON)]),
        ("[3]", [Sample(3.0)]),
    ],
)
def test_it_is_read(body, samples):
    assert list(read_samples(body.encode())) == samples


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "a number is due, such as 812"),
        (b"[]", "a number is due, such as 812"),
        (b"NaN", '"NaN" is no number'),
        (b"-inf", '"-inf" is no number'),
        (b"1e999", '"1e999" is no number'),
        (b"[1e999]", "out of range"),
        (b"true", '"true" is no number'),
        (b"[true]", '"True" is no number'),
        (b'{"value": null}', '"None" is no number'),
        (b'{"value": ' + b"9" * 5000 + b"}", "out of range"),
        (b"8\xff2", "is no number"),
        (b"1 2 3", '"1 2 3" is not a number, with or without a time after it'),
        (b"812 noon", '"noon" is no time: write 2026-01-31T12:00:00Z, or seconds since 1970'),
        (b"812 2026-11-22T12:00:00", "is no time"),
        (b"812 1e300", "is no time"),
        (b"812 nan", "is no time"),
        (b"{", "this is no JSON"),
        (b"[" * 60_000, "this is no JSON"),
        (b'{"vale": 1}', 'an object has "value", and "at" if it was not measured just now'),
        (b'{"value": 1, "unit": "s"}', 'an object has "value"'),
        (b"1\n2", "several values at once need their times: NUMBER TIME in each line"),
        (b"1 0\n" * (MOST_SAMPLES + 1), "these are 1001 values: send at most 1000 at once"),
    ],
)
def test_it_is_refused_in_words(body, words):
    with pytest.raises(ValueError, match=re.escape(words)) as refused:
        read_samples(body)
    assert len(str(refused.value)) < 200


@given(st.binary(max_size=200))
def test_whatever_is_sent_is_read_or_refused(body):
    try:
        found = read_samples(body)
    except ValueError:
        return
    assert found


@given(st.lists(st.tuples(st.floats(allow_nan=False, allow_infinity=False),
                          st.integers(0, 4 * 10**9)), min_size=2, max_size=20))  # fmt: skip
def test_lines_and_json_say_the_same(pairs):
    lines = "\n".join(f"{number!r} {at}" for number, at in pairs)
    objects = json.dumps([{"value": number, "at": at} for number, at in pairs])
    found = read_samples(lines.encode())
    assert found == read_samples(objects.encode())
    assert [one.at for one in found] == sorted(one.at for one in found)
