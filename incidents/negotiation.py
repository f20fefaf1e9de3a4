"""Which of the offered languages a reader is answered in, by the Accept-Language header."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache

LONGEST_HEADER = 500
"""What stands beyond is not read."""

ANY = "*"

_RANGE = re.compile(r"([a-z]{1,8}(?:-[a-z0-9]{1,8})*|\*)(?:;q=(0(?:\.\d*)?|1(?:\.0*)?))?")


def negotiate(accept_language: str, offered: Sequence[str]) -> str:
    """The offered language that a reader likes best; the first where nothing else is liked.

    "de-AT" is answered in "de" where that is offered, and "pt" in "pt-BR". What cannot be
    understood in the header is passed over. At least one language is offered.
    """
    return _negotiated(accept_language[:LONGEST_HEADER].lower(), tuple(offered))


def broader(language: str) -> Iterator[str]:
    """A language tag and those that it is a case of: "de-AT-1996", "de-AT", "de"."""
    while language:
        yield language
        language = language.rpartition("-")[0]


@lru_cache(maxsize=512)
def _negotiated(header: str, offered: tuple[str, ...]) -> str:
    weights = _weights(header)
    refused = {name for name, weight in weights.items() if not weight} - {ANY}
    welcome = [one for one in offered if not _is_named(one, refused)]
    liked = sorted((name for name in weights if weights[name]), key=lambda name: -weights[name])
    for wanted in liked:
        if wanted == ANY:
            found = [one for one in welcome if not _is_named(one, weights)]
        else:
            found = _serving(wanted, welcome)
        if found:
            return found[0]
    return (welcome or offered)[0]


def _weights(header: str) -> dict[str, float]:
    """The ranges of a header and how much each is liked, 0 for not at all."""
    weights: dict[str, float] = {}
    for item in header.split(","):
        found = _RANGE.fullmatch("".join(item.split()))
        if found:
            weights.setdefault(found[1], float(found[2] or 1))
    return weights


def _serving(wanted: str, offered: Sequence[str]) -> list[str]:
    """Those that serve a wanted language, the closest ones first."""
    exact = [[one for one in offered if one.lower() == name] for name in broader(wanted)]
    cases = [[one for one in offered if _is_named(one, (name,))] for name in broader(wanted)]
    return [one for pair in zip(exact, cases, strict=True) for found in pair for one in found]


def _is_named(language: str, names: Collection[str]) -> bool:
    return any(name in names for name in broader(language.lower()))
