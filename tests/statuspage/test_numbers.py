"""Shares and latencies claim no more than the data carries."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents import words
from statuspage.views import numbers

WORDS = words.load("en")
A_QUARTER = numbers.resolution(timedelta(days=90), timedelta(seconds=30))


@pytest.mark.parametrize(
    ("good", "resolution", "text"),
    [
        (1.0, A_QUARTER, "100 %"),
        (0.9995, A_QUARTER, "99.95 %"),
        (0.99999999, A_QUARTER, "99.99 %"),
        (0.999, 1e-3, "99.9 %"),
        (0.9999, 1e-3, "99.9 %"),
        (0.995, 1 / 100, "99 %"),
        (0.5, 1.0, "50 %"),
        (0.0, A_QUARTER, "0.00 %"),
    ],
)
def test_a_share_is_written_with_the_digits_it_has(good, resolution, text):
    assert numbers.percent(WORDS, good, resolution).replace("\u00a0", " ") == text


@given(st.floats(0, 1, exclude_max=True), st.floats(0, 1))
def test_whatever_was_lost_is_never_a_hundred_and_never_flattered(good, resolution):
    text = numbers.percent(WORDS, good, resolution)
    number = float(text.removesuffix("%").strip())
    assert number < 100
    assert number <= good * 100 + 1e-6


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "–"),
        (0.00042, "0.4 ms"),
        (0.0423, "42 ms"),
        (0.9994, "999 ms"),
        (0.9996, "1.0 s"),
        (1.94, "1.9 s"),
        (120.4, "120 s"),
    ],
)
def test_a_latency_is_short(seconds, text):
    assert numbers.latency(WORDS, seconds).replace("\u00a0", " ") == text
