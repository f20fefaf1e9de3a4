"""The texts of the pages: none missing, none left over, and joined as the language does."""

import re
from pathlib import Path

import pytest

import incidents
import statuspage
from incidents import words

SOURCES = "\n".join(
    path.read_text()
    for package in (incidents, statuspage)
    for path in sorted(Path(package.__file__).parent.rglob("*"))
    if path.suffix in (".py", ".html")
)
NAMED = set(re.findall(r"[\"']([a-z_]+(?:\.[a-z0-9_]+)+)[\"']", SOURCES))
STEMS = tuple(set(re.findall(r"f\"([a-z_]+\.[a-z_.]*)\{|[\"']([a-z_]+\.[a-z_.]*)[\"'] ~", SOURCES)))
PREFIXES = tuple(stem for pair in STEMS for stem in pair if stem)


def test_no_text_is_left_over():
    keys = {re.sub(r"\.(one|other)$", "", key) for key in words.load("en").keys}
    assert not [key for key in keys - NAMED if not key.startswith(PREFIXES)]


@pytest.mark.parametrize(
    ("names", "text"),
    [
        ([], ""),
        (["A"], "A"),
        (["A", "B"], "A and B"),
        (["A", "B", "C"], "A, B and C"),
        (["A", "B", "C", "D"], "A, B and 2 more"),
    ],
)
def test_names_are_joined(names, text):
    assert words.load("en").listed(names) == text


def test_a_number_has_its_form():
    found = words.load("en")
    assert found.count("span.minutes", 1) == "1 minute"
    assert found.count("span.minutes", 0) == "0 minutes"


@pytest.mark.parametrize("language", ["en", "en-GB", "tlh"])
def test_every_page_has_some_language(language):
    assert words.load(language)("headline.operational") == "Everything is working."
