"""Mistakes found in the configuration, each with its place and the mend."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from monitor.config.nodes import Node, Place, Spot, spot_of

SHORT_SECRET = 4
"""Shorter values are hidden where they stand in quotes only: "5" is part of many words."""


@dataclass(frozen=True, slots=True)
class Issue:
    """One mistake, or a warning, which does not keep the configuration from being used."""

    place: Place
    message: str
    hint: str = ""
    warning: bool = False

    def __str__(self) -> str:
        word = "warning: " if self.warning else ""
        hint = f" ({self.hint})" if self.hint else ""
        return f"{self.place} {word}{self.message}{hint}"


class Issues:
    """Collects issues; the same one at the same definition is kept once.

    `secrets` maps what variables hold to how they are written: no issue tells the former.
    """

    def __init__(self) -> None:
        """Begin with none."""
        self._found: dict[tuple[Place, str, bool], Issue] = {}
        self.broken: set[str] = set()
        self.secrets: dict[str, str] = {}

    def add(self, at: Spot | Node | Place, message: str, hint: str = "") -> None:
        """Note a mistake."""
        self._note(at, message, hint, warning=False)

    def warn(self, at: Spot | Node | Place, message: str, hint: str = "") -> None:
        """Note something that works and may surprise."""
        self._note(at, message, hint, warning=True)

    def broke(self, file: str, place: Place, message: str, hint: str = "") -> None:
        """Note the one mistake of a file that could not be read at all."""
        self.broken.add(file)
        self.add(place, message, hint)

    def _note(self, at: Spot | Node | Place, message: str, hint: str, *, warning: bool) -> None:
        spot = at if isinstance(at, Spot) else Spot(at) if isinstance(at, Place) else spot_of(at)
        message, hint = self._redacted(message), self._redacted(hint)
        told = message
        if spot.via and spot.defined:
            told = f"{message}, {spot.via.what} at {spot.defined}"
        key = (spot.defined or spot.place, message, warning)
        self._found.setdefault(key, Issue(spot.place, told, hint, warning))

    def _redacted(self, text: str) -> str:
        for value, source in self.secrets.items():
            quoted = len(value) < SHORT_SECRET
            text = text.replace(
                f'"{value}"' if quoted else value, f'"{source}"' if quoted else source
            )
        return text

    def sorted(self, files: Iterable[str] = ()) -> tuple[Issue, ...]:
        """All of them, by file in the order given, then by line."""
        order = {file: index for index, file in enumerate(files)}
        last = len(order)
        return tuple(
            sorted(
                self._found.values(),
                key=lambda issue: (order.get(issue.place.file, last), issue.place, issue.warning),
            )
        )

    def __bool__(self) -> bool:
        """Whether anything but warnings was found."""
        return any(not issue.warning for issue in self._found.values())
