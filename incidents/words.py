"""All texts that people read, in one language, looked up by key."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from typing import Any

from babel import Locale

FALLBACK = "en"


class Words:
    """One language: its texts, its plurals and how it joins a list."""

    def __init__(self, language: str, texts: Mapping[str, str]) -> None:
        """Take the texts as they stand under dotted keys."""
        self.language = language
        self.locale = Locale.parse(language, sep="-")
        self.direction = self.locale.text_direction
        self._texts = texts

    def __call__(self, key: str, /, **values: object) -> str:
        """The text under a key, its {names} filled in."""
        return self._texts[key].format_map(values)

    @property
    def keys(self) -> frozenset[str]:
        """All keys that there are texts for."""
        return frozenset(self._texts)

    def __contains__(self, key: str) -> bool:
        return key in self._texts

    def count(self, key: str, number: int, /, **values: object) -> str:
        """The text for so many: "{number} update" or "{number} updates"."""
        form = f"{key}.{self.locale.plural_form(number)}"
        return self(form if form in self else f"{key}.other", number=number, **values)

    def listed(self, names: Sequence[str], at_most: int = 3) -> str:
        """Names in a row: "A", "A and B", "A, B and C", "A, B and 4 more"."""
        if len(names) > at_most:
            shown, rest = names[: at_most - 1], len(names) - at_most + 1
            names = [*shown, self.count("list.more", rest)]
        if len(names) < 2:
            return "".join(names)
        return self("list.comma").join(names[:-1]) + self("list.and") + names[-1]


def load(language: str) -> Words:
    """The words of a language, from `locale/LANGUAGE.toml`.

    "de-AT" is served by "de", and a language that we do not write by English.
    """
    folder = files("incidents").joinpath("locale")
    for written in (language, language.partition("-")[0], FALLBACK):
        found = folder.joinpath(f"{written}.toml")
        if found.is_file():
            return Words(written, dict(_flat(tomllib.loads(found.read_text("utf-8")))))
    raise FileNotFoundError(f"locale/{FALLBACK}.toml")


def _flat(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, str):
            yield prefix + key, value
        else:
            yield from _flat(value, f"{prefix}{key}.")
