"""States that earlier versions of Upfront kept, in today's form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from incidents.detect.learned import tail
from incidents.detect.learned.parameters import NEVER
from incidents.detect.learned.state import Learned


def from_first(data: bytes) -> Learned:
    """A state of version 1, in which `null` stood for what had not been yet.

    Raises:
        msgspec.DecodeError: It is none.
    """
    kept = msgspec.json.decode(data, type=dict[str, Any])
    try:
        kept |= {name: change(kept[name]) for name, change in _CHANGED.items()}
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise msgspec.ValidationError(f"not a state of version 1: {error!r}") from None
    return msgspec.convert(kept, Learned)


def _course(kept: Sequence[Any]) -> list[Any]:
    since, block_from, slot, (middle, high), *others = kept
    return [since, block_from, slot, middle, high, *others]


def _drift(kept: Sequence[Any]) -> list[Any]:
    (slight, much), began, count, total, hint = kept
    return [slight, much, _instant(began), count, total, _instant(hint)]


def _tail(kept: Sequence[Any]) -> list[Any]:
    sums, rate, began, times = kept
    return [sums, rate, _instant(began), [NEVER] * (tail.KEPT - len(times)) + times]


def _instant(kept: float | None) -> float:
    return NEVER if kept is None else kept


_CHANGED = {"course": _course, "drift": _drift, "tail": _tail}
