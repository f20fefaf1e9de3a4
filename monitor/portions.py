"""Long lists in portions, so that others get their turn on the loop in between."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")


def portions(whole: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """A sequence in parts of that size at most."""
    for first in range(0, len(whole), size):
        yield whole[first : first + size]
