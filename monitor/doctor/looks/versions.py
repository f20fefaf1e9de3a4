"""The versions of Python and SQLite that Upfront runs on."""

from __future__ import annotations

import platform
import sqlite3
from collections.abc import Sequence

from monitor.doctor.model import Found, Look, Surroundings, well, wrong
from monitor.version import VERSION

OLDEST_SQLITE = (3, 35)
"""Knows everything that is asked of it: upserts, RETURNING, WAL."""


async def _versions(surroundings: Surroundings) -> Sequence[Found]:
    told = f"Upfront {VERSION}, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        oldest = ".".join(map(str, OLDEST_SQLITE))
        return [wrong(told, f"use a Python with SQLite {oldest} or newer")]
    return [well(told)]


LOOK = Look("versions", _versions, of_file=False)
