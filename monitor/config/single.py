"""A check from nothing but its kind and target, where there is no file around it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from pydantic import ValidationError

from checks.model import Check, Kind, Named
from monitor.config.validation import adapter
from monitor.config.wording import said


def single_check(id: str, kind: Kind, target: str, longest: timedelta) -> Check:
    """A check of nothing but a target, with what its kind expects by itself.

    It is called by its target, and its one location by the first part of its id.

    Raises:
        ValueError: The target cannot be read; the words are for people.
    """
    return Check(
        id=id,
        name=target,
        kind=kind,
        options=_short_options(kind, target),
        interval=longest,
        timeout=longest,
        locations=(id.partition("/")[0],),
        expect=tuple(Named(key, stated) for key, stated in kind.expected.items()),
    )


def _short_options(kind: Kind, text: str) -> Any:
    """Read what would stand behind the kind's key, as in `tcp: pay.example:443`."""
    try:
        return adapter(kind.options).read({kind.short: text})
    except ValidationError as error:
        told = (
            ": ".join(filter(None, said(details))) for details in error.errors(include_url=False)
        )
        raise ValueError("; ".join(told)) from error
