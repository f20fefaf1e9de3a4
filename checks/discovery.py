"""Collect one named object from every module of a folder, so that no list is kept by hand."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from types import ModuleType
from typing import Any


def discover(package: ModuleType, name: str) -> Iterator[tuple[str, Any]]:
    """Yield (module name, object called `name`) for each module of a package, in name order.

    An import error in one of them rises: a broken kind is not a missing kind.

    Raises:
        AttributeError: A module of the package has no such object.
    """
    for module in sorted(pkgutil.iter_modules(package.__path__), key=lambda found: found.name):
        if not module.name.startswith("_"):
            loaded = importlib.import_module(f"{package.__name__}.{module.name}")
            yield module.name, getattr(loaded, name)
