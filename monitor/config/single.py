"""The options of one kind from a bare scalar, where there is no file around it."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from checks.model import Kind
from monitor.config.validation import adapter
from monitor.config.wording import said


def short_options(kind: Kind, text: str) -> Any:
    """Read what would stand behind the kind's key, as in `tcp: pay.example:443`.

    Raises:
        ValueError: It cannot be read; the words are for people.
    """
    try:
        return adapter(kind.options).read({kind.short: text})
    except ValidationError as error:
        told = (
            ": ".join(filter(None, said(details))) for details in error.errors(include_url=False)
        )
        raise ValueError("; ".join(told)) from error
