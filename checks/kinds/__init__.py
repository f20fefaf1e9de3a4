"""The kinds of checks, by name: every module in this folder is one."""

from __future__ import annotations

import sys
from collections.abc import Mapping

from checks.discovery import discover
from checks.model import Kind

KINDS: Mapping[str, Kind] = {kind.name: kind for _, kind in discover(sys.modules[__name__], "KIND")}
