"""Regular expressions that run in time proportional to the text, whatever they say.

The text comes from strangers, so a backtracking engine would let a page stall the monitor. RE2
has the dialect of blackbox_exporter and Prometheus: no look-around, no back-references.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any

from checks.settings import Written

_MEMORY = 8 << 20


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression, matched anywhere in a text unless anchored."""

    text: str

    def found_in(self, text: str) -> bool:
        """Whether it matches somewhere in the text."""
        return compiled(self.text).search(text) is not None


def parse_pattern(text: object) -> Pattern:
    """Read a regular expression.

    Raises:
        ValueError: It is none, with what is wrong about it.
    """
    if not isinstance(text, str) or not text:
        raise ValueError(f"{text!r} is no regular expression: write it as text")
    compiled(text)
    return Pattern(text)


OptionalPattern = Annotated[Pattern | None, Written(parse_pattern, {"type": "string"})]


@lru_cache(maxsize=4096)
def compiled(text: str) -> Any:
    """The compiled form; kept, since every probe of a check uses the same."""
    import re2  # type: ignore[import-untyped]  # loads a shared library: only where needed

    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MEMORY
    try:
        return re2.compile(text, options)
    except re2.error as refused:
        raise ValueError(f'"{text}" is no regular expression: {_why(refused)}') from None


def _why(refused: Exception) -> str:
    said = refused.args[0] if refused.args else refused
    words = said.decode(errors="replace") if isinstance(said, bytes) else str(said)
    if words.startswith("invalid perl operator"):
        return f"{words} (look-around and other constructs that can take for ever are left out)"
    return words
