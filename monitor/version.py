"""The version of this Upfront."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version


def _installed() -> str:
    try:
        return version("upfront-status")
    except PackageNotFoundError:
        return "0+unknown"


VERSION = _installed()
