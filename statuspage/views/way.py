"""A name that leads somewhere, as pages link it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Way:
    """What something is called, and the path of its page, empty where it has none."""

    name: str
    path: str
