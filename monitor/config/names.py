"""Identifiers: what may be one, and how it is made readable."""

from __future__ import annotations

import re

from monitor.config.issues import Issues
from monitor.config.nodes import Scalar

IDENTIFIER = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}", re.ASCII)


def readable(identifier: str) -> str:
    """`card-payments` as a person would write it: "Card payments"."""
    words = identifier.replace("-", " ").replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def is_identifier(text: str, at: Scalar, issues: Issues) -> bool:
    """Whether a text can be an id; notes the issue and a possible id if not."""
    if IDENTIFIER.fullmatch(text):
        return True
    possible = re.sub(r"[^a-z0-9_-]+", "-", text.lower()).strip("-_")[:64].rstrip("-_")
    hint = f'such as "{possible}"; the name for people goes into name:' if possible else ""
    if len(text) > 64:
        issues.add(at, f'"{text[:20]}…" is longer than 64 characters')
    else:
        issues.add(at, f'"{text}" cannot be an id: small letters, digits, - and _ can', hint)
    return False
