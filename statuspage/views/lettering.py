"""How wide text is in Helvetica, and so in Arial and Liberation Sans, which share its widths."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

_ASCII = (
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278,  # space to /
    556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556,  # 0 to ?
    1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778,  # @ to O
    667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556,  # P to _
    333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556,  # ` to o
    556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,  # p to ~
)  # fmt: skip
"""Thousandths of the size, from the Adobe font metrics of Helvetica."""

_OTHERS = {
    "\u00a0": 278, "\u202f": 139, "–": 556, "—": 1000, "’": 222, "‘": 222, "…": 1000, "·": 278,
    "ß": 611,
}  # fmt: skip
_WIDE = 1000
_USUAL = 600
"""Greek, Cyrillic, Arabic and what else the table lacks."""


@lru_cache(maxsize=1024)
def width(text: str, size: int) -> int:
    """The width of a line of text at a size, both in pixels."""
    plain = unicodedata.normalize("NFD", text)
    return round(sum(map(_advance, plain)) * size / 1000)


def shortened(text: str, characters: int) -> str:
    """Text of at most so many characters, the rest told by an ellipsis."""
    return text if len(text) <= characters else text[: characters - 1].rstrip() + "…"


def _advance(character: str) -> int:
    number = ord(character) - 32
    if 0 <= number < len(_ASCII):
        return _ASCII[number]
    if unicodedata.combining(character):
        return 0
    if unicodedata.east_asian_width(character) in ("W", "F"):
        return _WIDE
    return _OTHERS.get(character, _USUAL)
