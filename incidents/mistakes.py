"""Why what someone typed cannot be taken, in the language of whoever typed it."""

from __future__ import annotations

from incidents.words import FALLBACK, Words, load


class Mistake(ValueError):
    """What someone typed cannot be taken; as a text it says so in English."""

    def __init__(self, key: str, **values: object) -> None:
        """Keep the key of the sentence and what fills it."""
        super().__init__(key, values)
        self.key = key
        self.values = values

    def __str__(self) -> str:
        return self.told(load(FALLBACK))

    def told(self, words: Words) -> str:
        """The sentence in a language."""
        return words(self.key, **self.values)
