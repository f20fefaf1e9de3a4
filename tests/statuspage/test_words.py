"""The texts that people read: complete in every language, none left over, joined as it does."""

import re
from pathlib import Path

import pytest
from babel import Locale

import incidents
import monitor
import statuspage
from incidents import words
from incidents.words import Words, load, negotiate, texts

SOURCES = "\n".join(
    path.read_text()
    for package in (incidents, statuspage, monitor)
    for path in sorted(Path(package.__file__).parent.rglob("*"))
    if path.suffix in (".py", ".html")
)
NAMED = set(re.findall(r"[\"']([a-z_]+(?:\.[a-z0-9_]+)+)[\"']", SOURCES))
STEMS = set(re.findall(r"f[\"']([a-z_]+\.[a-z_.]*)\{", SOURCES))
STEMS |= set(re.findall(r"[\"']([a-z_]+\.[a-z_.]*)[\"'] ~", SOURCES))
ASKED = set(
    re.findall(r"\b(?:t|words|count|Mistake)\(\s*[\"']([a-z_]+\.[a-z0-9_.]+)[\"']\s*[,)]", SOURCES)
)

ENGLISH = texts("en")
COUNTED = {key.removesuffix(".other") for key in ENGLISH if key.endswith(".other")}


def keys_of(language: str) -> set[str]:
    """The keys that a language must have: English's, in its own plural forms."""
    forms = Locale.parse(language, sep="-").plural_form.tags | {"other"}
    plain = {key for key in ENGLISH if key.rpartition(".")[0] not in COUNTED}
    return plain | {f"{key}.{form}" for key in COUNTED for form in forms}


def placeholders(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


def test_no_text_is_left_over():
    keys = {group if (group := key.rpartition(".")[0]) in COUNTED else key for key in ENGLISH}
    assert not [key for key in keys - NAMED if not key.startswith(tuple(STEMS))]


def test_no_text_that_is_asked_for_is_missing():
    assert ASKED
    assert not ASKED - ENGLISH.keys() - COUNTED


@pytest.mark.parametrize("language", words.written())
def test_every_language_has_every_text_in_all_its_plural_forms(language):
    found, wanted = texts(language).keys(), keys_of(language)
    assert sorted(wanted - found) == []
    assert sorted(found - wanted) == []


@pytest.mark.parametrize("language", words.written())
def test_every_language_fills_in_the_same_names(language):
    for key, text in texts(language).items():
        group = key.rpartition(".")[0]
        english = ENGLISH[f"{group}.other" if group in COUNTED else key]
        may_lack = {"number"} if group in COUNTED else set()
        assert placeholders(text) - placeholders(english) == set(), key
        assert placeholders(english) - placeholders(text) <= may_lack, key


@pytest.mark.parametrize("language", words.written())
def test_no_text_is_empty_or_has_stray_space(language):
    joints = {"list.comma", "list.and"}
    assert not [
        key
        for key, text in texts(language).items()
        if not text or (text != text.strip() and key not in joints)
    ]


def test_german_has_german_typography():
    german = "".join(texts("de").values())
    assert not set(german) & set("\"'“’")  # they are „ and “ in pairs, and no apostrophes
    assert " - " not in german
    assert "..." not in german


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
    assert load("en").listed(names) == text


def test_names_that_are_not_at_hand_are_counted_with_the_others():
    assert load("de").listed(["A", "B"], more=7) == "A, B und 7 weitere"
    assert load("en").listed(["A", "B"], at_most=2, more=1) == "A and 2 more"


def test_a_number_has_its_form():
    found = load("en")
    assert found.count("span.minutes", 1) == "1 minute"
    assert found.count("span.minutes", 0) == "0 minutes"
    assert load("de").count("span.days", 1234) == "1.234 Tage"


@pytest.mark.parametrize("language", ["en", "en-GB", "tlh", "", "../en", "fr_FR.UTF-8"])
def test_every_page_has_some_language(language):
    assert load(language)("headline.operational") == "Everything is working."


def test_a_language_serves_its_regions_and_is_read_once():
    assert load("de-AT") is load("de-CH") is load("de")


def test_a_text_that_is_nowhere_breaks_no_page():
    assert load("de")("some.day") == "some.day"
    assert load("de").count("some.day", 2) == "some.day.other"


def test_a_name_keeps_its_own_direction_in_a_language_that_runs_the_other_way():
    arabic = Words("ar", {"list.comma": "، ", "list.and": " + "})
    assert arabic.direction == "rtl"
    assert arabic.listed(["Shop (EU)", "Mail"]) == "\u2068Shop (EU)\u2069 + \u2068Mail\u2069"


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("de", "de"),
        ("DE-de", "de"),
        ("de-AT", "de"),
        ("de-AT-1996,en;q=0.9", "de"),
        ("fr, de;q=0.5, en;q=0.4", "de"),
        ("en;q=0.4, de;q=0.5", "de"),
        ("fr-FR, DE ; q = 0.8", "de"),
        ("fr, tlh", "en"),
        ("*", "en"),
        ("fr, *;q=0.1", "en"),
        ("*;q=0.5, en;q=0.4", "de"),
        ("en;q=0", "de"),
        ("en;q=0, *", "de"),
        ("en;q=0, de;q=0", "pt-BR"),
        ("en;q=0, de;q=0, pt;q=0", "en"),
        ("*;q=0", "en"),
        ("pt", "pt-BR"),
        ("pt-PT", "pt-BR"),
        ("de;q=2, pt;q=0.1", "pt-BR"),
        ("de;q=nan", "en"),
        ("de;q=-1", "en"),
        ("de;q=", "en"),
        ("de;level=1", "en"),
        ("de_DE.UTF-8", "en"),
        (",;,=;q,\x00\r\n, de", "de"),
        ("ä, \ud800, de", "de"),
        ("x" * 1_000_000, "en"),
        ("de," * 100_000, "de"),
        ("-, de-, -de", "en"),
    ],
)
def test_a_reader_is_answered_in_the_language_liked_best(header, language):
    assert negotiate(header, ["en", "de", "pt-BR"]) == language


def test_the_closest_of_several_is_taken():
    assert negotiate("de", ["en", "de-CH", "de"]) == "de"
    assert negotiate("de-CH", ["en", "de", "de-CH"]) == "de-CH"
    assert negotiate("zh-Hant-TW", ["en", "zh", "zh-Hant"]) == "zh-Hant"
    assert negotiate("de", ["fr"]) == "fr"
