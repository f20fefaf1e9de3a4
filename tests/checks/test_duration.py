"""Spans as people write them, and as people read them."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.duration import format_duration, parse_duration, say_span


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("500ms", timedelta(milliseconds=500)),
        ("30s", timedelta(seconds=30)),
        ("1.5h", timedelta(minutes=90)),
        ("1h30m", timedelta(minutes=90)),
        ("2w1d", timedelta(days=15)),
        ("5200w", timedelta(weeks=5200)),
    ],
)
def test_spans_are_read(text, span):
    assert parse_duration(text) == span


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("5", '"5" has no unit: write 5s'),
        (5, "has no unit"),
        ("5.5", "has no unit"),
        ("-5s", "is no duration"),
        ("5 minutes", "is no duration"),
        ("", "is no duration"),
        ("٣s", "is no duration"),
        (None, "is no duration"),
        (True, "is no duration"),
        ("30s1h", "units must fall"),
        ("1h1h", "units must fall"),
        ("0s", "more than zero"),
        ("0.0001ms", "more than zero"),
        ("5201w", "longer than a hundred years"),
        ("9" * 400 + "s", "longer than a hundred years"),
    ],
)
def test_what_is_no_span_is_refused_with_a_sentence(text, reason):
    with pytest.raises(ValueError, match=reason):
        parse_duration(text)


@given(st.timedeltas(min_value=timedelta(milliseconds=1), max_value=timedelta(weeks=5200)))
def test_a_span_survives_its_text_to_the_millisecond(span):
    rounded = timedelta(milliseconds=round(span / timedelta(milliseconds=1)))
    assert parse_duration(format_duration(span)) == rounded


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0s"), (0.25, "250ms"), (90, "1m30s"), (-90, "-1m30s"), (14 * 86_400, "14d")],
)
def test_spans_are_written(seconds, text):
    assert format_duration(timedelta(seconds=seconds)) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0004, "0 ms"),
        (0.34, "340 ms"),
        (0.9996, "1 s"),
        (1.24, "1.2 s"),
        (5, "5 s"),
        (119.96, "2 minutes"),
        (150, "2 minutes"),
        (7200, "2 hours"),
        (172_800, "2 days"),
        (-9.5 * 86_400, "9 days"),
    ],
)
def test_spans_are_said_as_exactly_as_a_person_needs_it(seconds, text):
    assert say_span(timedelta(seconds=seconds)) == text
