"""What the packages measure of themselves, without knowing who collects it."""

from __future__ import annotations

from typing import Protocol


class Meter(Protocol):
    """Receives counts, values and durations under fixed names with few fixed labels."""

    def count(self, name: str, amount: float = 1, /, **labels: str) -> None:
        """Add to a counter."""
        ...

    def gauge(self, name: str, value: float, /, **labels: str) -> None:
        """Set a value that goes up and down."""
        ...

    def observe(self, name: str, value: float, /, **labels: str) -> None:
        """Add one observation to a histogram; durations in seconds."""
        ...


class SilentMeter:
    """The default: measures nothing."""

    def count(self, name: str, amount: float = 1, /, **labels: str) -> None:
        """Nothing."""

    def gauge(self, name: str, value: float, /, **labels: str) -> None:
        """Nothing."""

    def observe(self, name: str, value: float, /, **labels: str) -> None:
        """Nothing."""


SILENT: Meter = SilentMeter()
