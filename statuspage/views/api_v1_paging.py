"""Lists a page at a time: a cursor is a place in the order, so that nothing moves a page."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

from msgspec import UNSET, UnsetType

from checks.instants import from_microseconds, to_microseconds
from statuspage.queries import WrongParameter

Row = TypeVar("Row")
Place = tuple[datetime, str]
"""The instant and the id that a row is sorted by."""


def page(
    newest_first: Sequence[Row], place: Callable[[Row], Place], after: Place | None, limit: int
) -> tuple[Sequence[Row], str | None]:
    """The rows after a place, and the cursor of the next page where there is one."""
    rest = [row for row in newest_first if after is None or place(row) < after]
    rows = rest[:limit]
    return rows, cursor(place(rows[-1])) if len(rest) > len(rows) else None


def cursor(place: Place) -> str:
    """A place as text that nobody needs to understand."""
    at, id = place
    text = f"{to_microseconds(at)} {id}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def place_of(cursor: str | UnsetType) -> Place | None:
    """The place that a cursor tells.

    Raises:
        WrongParameter: It is none of ours.
    """
    if cursor is UNSET:
        return None
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        count, _, id = text.partition(" ")
        return from_microseconds(int(count)), id
    except (ValueError, OverflowError) as error:
        raise WrongParameter("cursor", "cursor: that is none of ours") from error
