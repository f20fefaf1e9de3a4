"""Types of settings that are written as text: durations, sizes, shares.

The configuration loader (pydantic) finds out how to read them through two methods that
return plain mappings, so that nothing here needs to import it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Any

from checks.duration import PATTERN, parse_duration


@dataclass(frozen=True, slots=True, eq=False)
class Written:
    """Marks a setting that a function reads from what stands in the file.

    `read` takes the raw value (text, number, list or mapping) and raises ValueError with a
    sentence for people. `schema` is the JSON Schema of the raw value, for editors.
    """

    read: Callable[[Any], Any]
    schema: Mapping[str, Any]

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> dict[str, Any]:
        """Tell pydantic to call `read`; the format is pydantic-core's own."""
        return {
            "type": "function-plain",
            "function": {"type": "no-info", "function": self.read},
            "metadata": {"pydantic_js_functions": [self._json_schema]},
        }

    def _json_schema(self, schema: Any, handler: Any) -> dict[str, Any]:
        return dict(self.schema)


@dataclass(frozen=True, slots=True, eq=False)
class Shaped:
    """Marks a setting that is written in another shape than the value it becomes.

    The raw value is validated as `shape`, so that a mistake inside it keeps its place, and
    `make` turns that into the value; it may raise ValueError with a sentence for people.
    """

    shape: Any
    make: Callable[[Any], Any]

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> dict[str, Any]:
        """Tell pydantic to validate the shape, then to call `make`."""
        return {
            "type": "function-after",
            "schema": handler.generate_schema(self.shape),
            "function": {"type": "no-info", "function": self.make},
        }


@dataclass(frozen=True, slots=True, eq=False)
class Shorthand:
    """Marks a setting with a short form, such as `tls: true` for `tls: {}`.

    `expand` turns the short form into the full one and leaves everything else as it is.
    `schema` is the JSON Schema of the short form alone.
    """

    expand: Callable[[Any], Any]
    schema: Mapping[str, Any]

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> dict[str, Any]:
        """Tell pydantic to call `expand` before it validates."""
        return {
            "type": "function-before",
            "schema": handler(source),
            "function": {"type": "no-info", "function": self.expand},
            "metadata": {"pydantic_js_functions": [self._json_schema]},
        }

    def _json_schema(self, schema: Any, handler: Any) -> dict[str, Any]:
        return {"anyOf": [dict(self.schema), handler(schema["schema"])]}


_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*(B|kB|KB|MB|GB|KiB|MiB|GiB)", re.ASCII)
_SIZES = {
    "B": 1, "kB": 10**3, "KB": 10**3, "MB": 10**6, "GB": 10**9,
    "KiB": 2**10, "MiB": 2**20, "GiB": 2**30,
}  # fmt: skip
_SHARE = re.compile(r"(\d+(?:\.\d+)?)\s*%", re.ASCII)


def parse_text(value: object) -> str:
    """Read text; numbers and booleans become text as YAML writes them."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, int, float)):
        return str(value)
    raise ValueError("text is due here, not a list or a mapping")


def items_of(raw: object) -> Sequence[object]:
    """What stands in a list, or what stands alone."""
    return raw if isinstance(raw, (list, tuple)) else [raw]


def one_or_list(item: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON Schema of what `items_of` reads."""
    return {"anyOf": [item, {"type": "array", "items": item}]}


def parse_size(text: object) -> int:
    """Read "64KiB" or "1MB" as a number of bytes; raises ValueError without a unit."""
    match = _SIZE.fullmatch(str(text))
    if not match:
        raise ValueError(f'"{text}" is no size: write it like 64KiB or 1MB')
    return int(float(match[1]) * _SIZES[match[2]])


def parse_share(text: object) -> float:
    """Read "99.95%" as 0.9995; raises ValueError without the sign or above 100 %."""
    match = _SHARE.fullmatch(str(text))
    if not match:
        raise ValueError(f'"{text}" is no share: write it with a percent sign, like 99.9%')
    share = float(Decimal(match[1]) / 100)
    if share > 1:
        raise ValueError(f'"{text}" is more than 100 %')
    return share


Text = Annotated[str, Written(parse_text, {"type": ["string", "number", "boolean"]})]
Duration = Annotated[
    timedelta,
    Written(parse_duration, {"type": "string", "pattern": PATTERN, "examples": ["30s", "1h30m"]}),
]
Size = Annotated[
    int,
    Written(parse_size, {"type": "string", "pattern": _SIZE.pattern, "examples": ["64KiB"]}),
]
Share = Annotated[
    float,
    Written(parse_share, {"type": "string", "pattern": _SHARE.pattern, "examples": ["99.9%"]}),
]
