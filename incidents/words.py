"""All texts that people read, in one language, looked up by key."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, cached_property, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from incidents.negotiation import broader, negotiate

if TYPE_CHECKING:
    from babel import Locale

__all__ = ["FALLBACK", "Words", "load", "negotiate", "texts", "written"]

FALLBACK = "en"
"""Has every text, and stands in for what a language lacks."""

# What a name is wrapped in, so that its own direction does not turn the sentence around it.
_FIRST_STRONG_ISOLATE, _POP_ISOLATE = "\u2068", "\u2069"


class Words:
    """One language: its texts, its plurals and how it joins a list."""

    def __init__(self, language: str, texts: Mapping[str, str]) -> None:
        """Take the texts as they stand under dotted keys."""
        self.language = language
        self._texts = texts

    @cached_property
    def locale(self) -> Locale:
        """What CLDR knows of the language: plurals, names of days, how numbers are written."""
        from babel import Locale  # large, and not needed before something is told

        return Locale.parse(self.language, sep="-")

    @property
    def direction(self) -> str:
        """`ltr` or `rtl`."""
        return str(self.locale.text_direction)

    @property
    def keys(self) -> frozenset[str]:
        """All keys that there are texts for."""
        return frozenset(self._texts)

    def __contains__(self, key: str) -> bool:
        return key in self._texts

    def __call__(self, key: str, /, **values: object) -> str:
        """The text under a key, its {names} filled in; where there is none, the key."""
        text = self._texts.get(key)
        return key if text is None else text.format_map(values)

    def count(self, key: str, number: int, /, **values: object) -> str:
        """The text for so many: "{number} update" or "{number} updates"."""
        form = f"{key}.{self.locale.plural_form(number)}"
        values["number"] = self._grouped(number)
        return self(form if form in self else f"{key}.other", **values)

    def listed(self, names: Sequence[str], at_most: int = 3, more: int = 0) -> str:
        """Names in a row: "A", "A and B", "A, B and C", "A, B and 4 more".

        `more` says how many there are whose names are not at hand.
        """
        total = len(names) + more
        rest = total - at_most + 1 if total > at_most else 0
        row = [self._isolated(name) for name in names[: total - rest]]
        if rest:
            row.append(self.count("list.more", rest))
        if len(row) < 2:
            return "".join(row)
        return self("list.comma").join(row[:-1]) + self("list.and") + row[-1]

    def _isolated(self, name: str) -> str:
        if self.direction == "ltr":
            return name
        return f"{_FIRST_STRONG_ISOLATE}{name}{_POP_ISOLATE}"

    def _grouped(self, number: int) -> str:
        """A number as the language writes it: "1,000" or "1.000"."""
        if number < 1000:
            return str(number)
        from babel.numbers import format_decimal  # as with the locale

        return str(format_decimal(number, locale=self.locale))


@cache
def written() -> tuple[str, ...]:
    """The languages that there is a file of texts for."""
    found = files("incidents").joinpath("locale").iterdir()
    names = (file.name.removesuffix(".toml") for file in found if file.name.endswith(".toml"))
    return tuple(sorted(names))


@lru_cache(maxsize=64)
def load(language: str) -> Words:
    """The words of a language, from `locale/LANGUAGE.toml`.

    "de-AT" is served by "de", and a language that we do not write by English.
    """
    return _loaded(next((one for one in broader(language) if one in written()), FALLBACK))


@cache
def _loaded(language: str) -> Words:
    own = texts(language)
    return Words(language, own if language == FALLBACK else {**texts(FALLBACK), **own})


def texts(language: str) -> dict[str, str]:
    """A language's file, by dotted keys."""
    file = files("incidents").joinpath("locale", f"{language}.toml")
    return dict(_flat(tomllib.loads(file.read_text("utf-8"))))


def _flat(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, str):
            yield prefix + key, value
        else:
            yield from _flat(value, f"{prefix}{key}.")
