"""Texts of others made fit to stand in a line: no control characters, no bidi tricks."""

from __future__ import annotations

import re

# C0 and C1 controls, bidi embeddings, overrides and isolates, lone surrogates, non-characters.
_UNFIT = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069"
    "\ud800-\udfff\ufeff\ufffe\uffff]"
)


def fit(text: str) -> str:
    """Text without control characters and without marks that turn its direction."""
    return _UNFIT.sub("", text)


def line(text: str) -> str:
    """The same in one line, white space collapsed."""
    return " ".join(fit(text).split())
